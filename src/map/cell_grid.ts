/**
 * A rectangle of the world cut into square cells: the ground that maps stand on.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";

/** Options for {@linkcode CellGrid}. */
export interface CellGridOptions {
  /** Wanted side of a cell, metres; larger where the place is too large for it. @default {0.1} */
  cell?: number;
  /** Metres added around the bounds. @default {0.5} */
  margin?: number;
  /** Most cells along the longer side: larger places get larger cells. @default {256} */
  most?: number;
}

/** Cells over the floor of `bounds`; row-major, rows along y. */
export class CellGrid {
  /** Side of a cell, metres. */
  readonly cell: number;
  readonly columns: number;
  readonly rows: number;
  /** World position of the lower left corner, metres. */
  readonly x0: number;
  readonly y0: number;

  constructor(
    { min, max }: Bounds,
    { cell = 0.1, margin = 0.5, most = 256 }: CellGridOptions = {},
  ) {
    const width = Math.max(max[0] - min[0], 0) + 2 * margin;
    const depth = Math.max(max[1] - min[1], 0) + 2 * margin;
    this.cell = Math.max(cell, Math.max(width, depth) / most);
    this.columns = Math.max(1, Math.ceil(width / this.cell));
    this.rows = Math.max(1, Math.ceil(depth / this.cell));
    this.x0 = min[0] - margin;
    this.y0 = min[1] - margin;
  }

  /** Number of cells. */
  get size(): number {
    return this.columns * this.rows;
  }

  /** Cell at a world position, or -1 outside. */
  at(x: number, y: number): number {
    const column = Math.floor((x - this.x0) / this.cell);
    const row = Math.floor((y - this.y0) / this.cell);
    return column >= 0 && row >= 0 && column < this.columns && row < this.rows
      ? row * this.columns + column
      : -1;
  }

  /** World x of a cell's middle, metres. */
  x(index: number): number {
    return this.x0 + (index % this.columns + 0.5) * this.cell;
  }

  /** World y of a cell's middle, metres. */
  y(index: number): number {
    return this.y0 + (Math.floor(index / this.columns) + 0.5) * this.cell;
  }

  /** Offsets in cells of all cells whose middles are within `radius` metres. */
  disc(radius: number): { dx: number; dy: number }[] {
    const reach = Math.floor(radius / this.cell + 1e-6);
    const squared = (radius / this.cell) ** 2 + 1e-6;
    const offsets: { dx: number; dy: number }[] = [];
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        if (dx * dx + dy * dy <= squared) offsets.push({ dx, dy });
      }
    }
    return offsets;
  }

  /** The cell `dx` columns and `dy` rows beside `index`, or -1 outside. */
  beside(index: number, dx: number, dy: number): number {
    const column = index % this.columns;
    const x = column + dx;
    const y = (index - column) / this.columns + dy;
    return x < 0 || y < 0 || x >= this.columns || y >= this.rows
      ? -1
      : y * this.columns + x;
  }

  /**
   * The marked cell of `mask` whose middle is nearest to a world position, the
   * first of equals; -1 if none is marked.
   */
  nearest(x: number, y: number, mask: Uint8Array): number {
    const { cell, columns, rows } = this;
    const column = Math.floor((x - this.x0) / cell);
    const row = Math.floor((y - this.y0) / cell);
    const farthest = Math.max(
      Math.abs(column),
      Math.abs(row),
      Math.abs(columns - 1 - column),
      Math.abs(rows - 1 - row),
    );
    let best = -1;
    let least = Infinity;
    // Rings round the position's own cell; what is in one is at least so far.
    for (let ring = 0; ring <= farthest; ring++) {
      if ((ring - 0.5) * cell > least) break;
      const bottom = Math.max(row - ring, 0);
      const top = Math.min(row + ring, rows - 1);
      for (let at = bottom; at <= top; at++) {
        const isEdge = at === row - ring || at === row + ring;
        const step = isEdge || ring === 0 ? 1 : 2 * ring;
        const right = Math.min(column + ring, columns - 1);
        let from = column - ring;
        if (from < 0) from = step === 1 ? 0 : from + step;
        for (let beside = from; beside <= right; beside += step) {
          const index = at * columns + beside;
          if (mask[index] !== 1) continue;
          const away = Math.hypot(this.x(index) - x, this.y(index) - y);
          if (
            away < least - 1e-9 || (away < least + 1e-9 && index < best)
          ) [best, least] = [index, Math.min(away, least)];
        }
      }
    }
    return best;
  }

  /** Writes 1 to `mask` in all cells whose middle is within `radius` metres of a marked cell of `source`. */
  grow(source: Uint8Array, mask: Uint8Array, radius: number): void {
    const { columns, rows } = this;
    const disc = this.disc(radius);
    mask.fill(0);
    for (let index = 0; index < source.length; index++) {
      if (source[index] === 0) continue;
      const column = index % columns;
      const row = (index - column) / columns;
      for (const { dx, dy } of disc) {
        const x = column + dx;
        const y = row + dy;
        if (x >= 0 && y >= 0 && x < columns && y < rows) {
          mask[y * columns + x] = 1;
        }
      }
    }
  }
}

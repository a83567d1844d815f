/**
 * In how many looks low things were in view in each cell. A level look shows
 * neither what is at one's feet nor what is behind a sofa, though the air above
 * is seen.
 *
 * @module
 */

import type { CellGrid } from "./cell_grid.ts";
import type { Column } from "./view_columns.ts";

/** Low things were in view if a ray passed or ended there at least so far below the eyes, metres. */
const LOW = 0.7;
/** Low things farther than this are too small to be told, metres. */
const RANGE = 6;

/** Counts looks. */
export class LowLooks {
  /** One a cell, 255 at most. */
  readonly counts: Uint8Array;
  readonly #grid: CellGrid;
  /** 1 in cells that the present look shows. */
  readonly #looked: Uint8Array;

  constructor(grid: CellGrid) {
    this.#grid = grid;
    this.counts = new Uint8Array(grid.size);
    this.#looked = new Uint8Array(grid.size);
  }

  /** Marks what one column of the present look shows. */
  add(column: Column): void {
    const { depth, slope, ground, stretch } = column;
    // What lower rows have yet to add: they look nearer, or below what hangs over.
    let near = Infinity;
    let far = 0;
    // The upper half looks up.
    for (let i = depth.length >> 1; i < depth.length; i++) {
      if (slope[i]! * depth[i]! < LOW) continue;
      const from = LOW / slope[i]! * stretch;
      const to = Math.min(ground[i]!, RANGE);
      this.#mark(column, from, Math.min(to, near));
      this.#mark(column, Math.max(from, far), to);
      near = Math.min(near, from);
      far = Math.max(far, to);
    }
  }

  /** Ends the present look. */
  count(): void {
    const { counts } = this;
    for (let i = 0; i < counts.length; i++) {
      if (this.#looked[i] === 1 && counts[i]! < 0xff) counts[i]!++;
    }
    this.#looked.fill(0);
  }

  #mark({ x, y, dx, dy }: Column, from: number, to: number): void {
    const { x0, y0, cell, columns, rows } = this.#grid;
    const looked = this.#looked;
    const step = cell / 2;
    for (let at = from; at <= to; at += step) {
      const across = Math.floor((x + dx * at - x0) / cell);
      const along = Math.floor((y + dy * at - y0) / cell);
      if (across < 0 || along < 0 || across >= columns || along >= rows) {
        continue;
      }
      looked[along * columns + across] = 1;
    }
  }
}

/**
 * Shortest ways over a grid of cells.
 *
 * @module
 */

import type { CellGrid } from "./cell_grid.ts";

/** Costs of a straight and of a diagonal step, in fifths of a cell. */
const STRAIGHT = 5;
const DIAGONAL = 7;
const FAR = 0x7fffffff;

/** Ways from one cell to all others (Dial's algorithm: buckets of whole costs). */
export class Walk {
  readonly #grid: CellGrid;
  readonly #cost: Int32Array;
  readonly #from: Int32Array;

  /** @param isOpen Cells that may be entered are 1. `start` itself need not be. */
  constructor(grid: CellGrid, isOpen: Uint8Array, start: number) {
    this.#grid = grid;
    this.#cost = new Int32Array(grid.size).fill(FAR);
    this.#from = new Int32Array(grid.size).fill(-1);
    if (start < 0) return;
    const { columns, rows } = grid;
    const buckets: number[][] = Array.from({ length: DIAGONAL + 1 }, () => []);
    this.#cost[start] = 0;
    buckets[0]!.push(start);
    let waiting = 1;
    for (let cost = 0; waiting > 0; cost++) {
      const bucket = buckets[cost % buckets.length]!;
      while (bucket.length > 0) {
        const index = bucket.pop()!;
        waiting--;
        if (this.#cost[index] !== cost) continue;
        const column = index % columns;
        const row = (index - column) / columns;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const x = column + dx;
            const y = row + dy;
            if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
            const next = y * columns + x;
            if (isOpen[next] !== 1) continue;
            const total = cost + (dx !== 0 && dy !== 0 ? DIAGONAL : STRAIGHT);
            if (total >= this.#cost[next]!) continue;
            this.#cost[next] = total;
            this.#from[next] = index;
            buckets[total % buckets.length]!.push(next);
            waiting++;
          }
        }
      }
    }
  }

  /** Metres of the way to `index`, infinite if there is none. */
  distance(index: number): number {
    const cost = this.#cost[index] ?? FAR;
    return cost === FAR ? Infinity : cost / STRAIGHT * this.#grid.cell;
  }

  /** The cell at most `metres` along the way to `index`; `index` itself if nearer. */
  along(index: number, metres: number): number {
    let at = index;
    while (this.distance(at) > metres && this.#from[at]! >= 0) {
      at = this.#from[at]!;
    }
    return at;
  }

  /** Cells of the way to `index`, both ends included; empty if there is none. */
  path(index: number): number[] {
    if (this.distance(index) === Infinity) return [];
    const cells = [index];
    for (
      let at = this.#from[index]!;
      at >= 0;
      at = this.#from[at]!
    ) cells.push(at);
    return cells.reverse();
  }
}

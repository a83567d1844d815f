/**
 * Shortest ways over a grid of cells.
 *
 * @module
 */

import type { CellGrid } from "./cell_grid.ts";

/** Costs of a straight and of a diagonal step, in fifths of a cell. */
export const STRAIGHT = 5;
export const DIAGONAL = 7;
/** The cost of what cannot be reached. */
export const FAR = 0x7fffffff;

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
    const cost = this.#cost;
    const from = this.#from;
    const { columns, rows } = grid;
    const buckets: number[][] = Array.from({ length: DIAGONAL + 1 }, () => []);
    cost[start] = 0;
    buckets[0]!.push(start);
    let waiting = 1;
    for (let spent = 0; waiting > 0; spent++) {
      const bucket = buckets[spent % buckets.length]!;
      while (bucket.length > 0) {
        const index = bucket.pop()!;
        waiting--;
        if (cost[index] !== spent) continue;
        const column = index % columns;
        const row = (index - column) / columns;
        const left = column > 0 ? -1 : 0;
        const right = column < columns - 1 ? 1 : 0;
        const below = row > 0 ? -1 : 0;
        const above = row < rows - 1 ? 1 : 0;
        for (let dy = below; dy <= above; dy++) {
          for (let dx = left; dx <= right; dx++) {
            const next = index + dy * columns + dx;
            if (isOpen[next] !== 1) continue;
            const total = spent +
              (dx !== 0 && dy !== 0 ? DIAGONAL : STRAIGHT);
            if (total >= cost[next]!) continue;
            cost[next] = total;
            from[next] = index;
            buckets[total % buckets.length]!.push(next);
            waiting++;
          }
        }
      }
    }
  }

  /** Metres of the way to `index`, infinite if there is none. */
  distance(index: number): number {
    const cost = this.cost(index);
    return cost === FAR ? Infinity : cost / STRAIGHT * this.#grid.cell;
  }

  /** The same in fifths of a cell, {@linkcode FAR} if there is none. */
  cost(index: number): number {
    return this.#cost[index] ?? FAR;
  }

  /** The cell farthest to walk to, of those that can be reached; -1 if none can. */
  get farthest(): number {
    let farthest = -1;
    let most = -1;
    for (let index = 0; index < this.#cost.length; index++) {
      const cost = this.#cost[index]!;
      if (cost < FAR && cost > most) [farthest, most] = [index, cost];
    }
    return farthest;
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

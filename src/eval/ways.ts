/**
 * Lengths of ways as the metrics count them: over the ground that can be
 * reached from the start.
 *
 * @module
 */

import type { FreeSpace } from "../map/free_space.ts";
import { Walk } from "../map/walk.ts";

/** A position on the ground, metres. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Ways over free ground that is connected to a start. */
export class Ways {
  readonly #space: FreeSpace;
  /** 1 in cells that can be reached. */
  readonly #reachable: Uint8Array;
  /** Ways from the start. */
  readonly fromStart: Walk;

  constructor(space: FreeSpace, start: Spot & { readonly z: number }) {
    this.#space = space;
    this.fromStart = space.walkFrom(start);
    this.#reachable = new Uint8Array(space.grid.size);
    for (let cell = 0; cell < space.grid.size; cell++) {
      if (this.fromStart.distance(cell) < Infinity) this.#reachable[cell] = 1;
    }
  }

  /** Cells that can be reached. */
  get cells(): number[] {
    return Array.from(this.#reachable.keys()).filter((cell) =>
      this.#reachable[cell] === 1
    );
  }

  /**
   * Metres of the shortest way between two positions: between the reachable
   * cells nearest to them, but never less than the straight line.
   */
  between(a: Spot, b: Spot): number {
    const straight = Math.hypot(b.x - a.x, b.y - a.y);
    if (straight === 0) return 0;
    const walk = new Walk(this.#space.grid, this.#reachable, this.#nearest(a));
    return Math.max(straight, walk.distance(this.#nearest(b)));
  }

  /** The reachable cell nearest to a position. */
  #nearest({ x, y }: Spot): number {
    const { grid } = this.#space;
    const own = grid.at(x, y);
    if (own >= 0 && this.#reachable[own] === 1) return own;
    let best = -1;
    let least = Infinity;
    for (let cell = 0; cell < grid.size; cell++) {
      if (this.#reachable[cell] !== 1) continue;
      const away = Math.hypot(grid.x(cell) - x, grid.y(cell) - y);
      if (away < least) [best, least] = [cell, away];
    }
    return best;
  }
}

/**
 * Lengths of ways as the metrics count them: over the ground that can be
 * reached from the start.
 *
 * @module
 */

import type { FreeSpace } from "../map/free_space.ts";
import type { Walk } from "../map/walk.ts";

/** A position on the ground, metres. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Ways over free ground, all of which is connected to the start. */
export class Ways {
  readonly #space: FreeSpace;
  /** Ways from the start. */
  readonly fromStart: Walk;

  constructor(space: FreeSpace, start: Spot & { readonly z: number }) {
    this.#space = space;
    this.fromStart = space.walkFrom(start);
  }

  /** Cells that can be reached. */
  get cells(): number[] {
    const cells = Array.from({ length: this.#space.grid.size }, (_, i) => i);
    return cells.filter((cell) => this.fromStart.distance(cell) < Infinity);
  }

  /**
   * Metres of the shortest way between two positions: between the free cells
   * nearest to them, but never less than the straight line.
   */
  between(a: Spot, b: Spot): number {
    const isSame = a.x === b.x && a.y === b.y;
    return isSame ? 0 : this.#space.pathLength({ ...a, z: 0 }, { ...b, z: 0 });
  }
}

/**
 * The floor that can be reached, as a picture of bits: small enough to be sent
 * and kept.
 *
 * @module
 */

import type { FreeSpace, Position } from "./free_space.ts";

/** Cells over the ground; rows along y. */
export interface FloorPlan {
  /** World x and y of the lower left corner, metres. */
  readonly min: readonly [x: number, y: number];
  /** Side of a cell, metres. */
  readonly cell: number;
  readonly columns: number;
  readonly rows: number;
  /** A bit a cell in base64, the least y first, the least bit first: 1 where somebody can stand who starts where the plan was made. */
  readonly open: string;
}

/** The floor of `space` that can be reached from `start`. */
export function floorPlan(space: FreeSpace, start: Position): FloorPlan {
  const { grid } = space;
  const { cell, columns, rows, x0, y0 } = grid;
  const walk = space.walkFrom(start);
  const bits = new Uint8Array(Math.ceil(grid.size / 8));
  for (let index = 0; index < grid.size; index++) {
    if (walk.distance(index) < Infinity) bits[index >> 3]! |= 1 << (index & 7);
  }
  return { min: [x0, y0], cell, columns, rows, open: bits.toBase64() };
}

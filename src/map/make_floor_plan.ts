/**
 * The plan of a free space.
 *
 * @module
 */

import type { FloorPlan } from "./floor_plan.ts";
import type { FreeSpace, Position } from "./free_space.ts";

/** The floor of `space` that can be reached from `start`. */
export function makeFloorPlan(space: FreeSpace, start: Position): FloorPlan {
  const { grid } = space;
  const { cell, columns, rows, x0, y0 } = grid;
  const walk = space.walkFrom(start);
  const bits = new Uint8Array(Math.ceil(grid.size / 8));
  for (let index = 0; index < grid.size; index++) {
    if (walk.distance(index) < Infinity) bits[index >> 3]! |= 1 << (index & 7);
  }
  return { min: [x0, y0], cell, columns, rows, open: bits.toBase64() };
}

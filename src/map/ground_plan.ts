/**
 * The ground plan of one storey: the columns in which somebody of a certain
 * radius may stand, and at which heights the camera may be there.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { CellGrid } from "./cell_grid.ts";
import type { Sliced } from "./in_slices.ts";
import type { Occupancy } from "./occupancy.ts";
import { BLOCKED, OPEN, type Storey } from "./storey.ts";

/** A number a cell of the grid. */
export interface GroundPlan {
  readonly grid: CellGrid;
  /** 1 where an agent may stand. */
  readonly open: Uint8Array;
  /** World z of the floor, metres. */
  readonly floor: Float32Array;
  /** World z between which a camera may be where it is open, metres. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** World z of the ceiling over most of the open ground, metres; absent under the sky. */
  readonly ceiling: number | undefined;
}

/** Options for {@linkcode makeGroundPlan}. */
export interface GroundPlanOptions {
  /** World box that agents stay in, metres. */
  readonly bounds: Bounds;
  /** Of the agent, metres. */
  readonly radius: number;
  /** Of the camera above the floor, metres; absent where any height will do. */
  readonly cameraHeight: number | undefined;
}

/** The camera stays so far above the floor and below what hangs, in units. */
const ABOVE_FLOOR = 0.2;
const BELOW_ROOF = 0.15;
/** The floor under an agent is level but for this, in units. */
const UNEVEN = 0.3;
/** A camera of a stated height keeps it but for so many voxels: floors are known no better. */
const HEIGHT_SLACK = 1.5;
/** Cells between two looks at the clock. */
const BLOCK = 2048;

/** Grows what is solid on `storey` by the agent's radius. */
export function* makeGroundPlan(
  { grid, unit }: Occupancy,
  { state, floor, roof }: Storey,
  { bounds, radius, cameraHeight }: GroundPlanOptions,
): Sliced<GroundPlan> {
  const open = new Uint8Array(grid.size);
  const low = new Float32Array(grid.size);
  const high = new Float32Array(grid.size);
  const disc = grid.disc(radius);
  const slack = HEIGHT_SLACK * grid.cell;
  const roofs: number[] = [];
  for (let cell = 0; cell < grid.size; cell++) {
    if (cell % BLOCK === 0) yield;
    if (state[cell] !== OPEN) continue;
    if (!isInside(bounds, grid.x(cell), grid.y(cell))) continue;
    let isFree = true;
    let [lowest, highest] = [floor[cell]!, floor[cell]!];
    let top = roof[cell]!;
    for (const { dx, dy } of disc) {
      const near = grid.beside(cell, dx, dy);
      if (near < 0) continue;
      if (state[near] === BLOCKED) {
        isFree = false;
        break;
      }
      if (state[near] !== OPEN) continue;
      lowest = Math.min(lowest, floor[near]!);
      highest = Math.max(highest, floor[near]!);
      top = Math.min(top, roof[near]!);
    }
    if (!isFree || highest - lowest > UNEVEN * unit) continue;
    open[cell] = 1;
    low[cell] = highest + ABOVE_FLOOR * unit;
    high[cell] = top - BELOW_ROOF * unit;
    if (cameraHeight !== undefined) {
      const eye = floor[cell]! + cameraHeight;
      low[cell] = Math.min(Math.max(low[cell]!, eye - slack), high[cell]!);
      high[cell] = Math.max(Math.min(high[cell]!, eye + slack), low[cell]!);
    }
    roofs.push(top);
  }
  roofs.sort((a, b) => a - b);
  const middle = roofs[roofs.length >> 1];
  return {
    grid,
    open,
    floor,
    low,
    high,
    ceiling: middle !== undefined && middle < Infinity ? middle : undefined,
  };
}

/** Whether a place is within `bounds`, seen from above. */
export function isInside({ min, max }: Bounds, x: number, y: number): boolean {
  return x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1];
}

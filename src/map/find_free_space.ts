/**
 * Finds the free space round a start, or says why there is none to be trusted.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import { FreeSpace, type Position } from "./free_space.ts";
import { type GroundPlan, makeGroundPlan } from "./ground_plan.ts";
import { atOnce, type Sliced } from "./in_slices.ts";
import type { Occupancy } from "./occupancy.ts";
import { findStorey } from "./storey.ts";
import { whyNoGround } from "./surroundings.ts";

/** Options for {@linkcode findFreeSpace}. */
export interface FindFreeSpaceOptions {
  /** Whose storey it is: the start viewpoint. */
  readonly start: Position;
  /** World box that agents stay in, metres. */
  readonly bounds: Bounds;
  /** Of the agent, metres. @default {0.18, less in places of unknown scale that are small} */
  readonly radius?: number;
  /** Of the camera above the floor, metres. @default {the start's, and any other that suits} */
  readonly cameraHeight?: number;
}

/** Why a place cannot be walked, in words for people. */
export interface Distrust {
  readonly problem: string;
}

/** Radius of an agent, in units: Habitat's. */
const RADIUS = 0.18;
/** The start is so near to free ground, in units. */
const START_REACH = 1;
/** A place to walk in has so much connected ground, square units, and so much of it with floor to be seen. */
const LEAST_AREA = 1.5;
const LEAST_SUPPORT = 0.5;
/** Columns of the grid that are walked over at least, of those with anything in them. */
const LEAST_SHARE = 0.04;

/** The free space round the start, or why there is none to be trusted. */
export function findFreeSpace(
  occupancy: Occupancy,
  options: FindFreeSpaceOptions,
): FreeSpace | Distrust {
  return atOnce(lookForFreeSpace(occupancy, options));
}

/** {@linkcode findFreeSpace} in slices, for large places. */
export function* lookForFreeSpace(
  occupancy: Occupancy,
  { start, bounds, radius, cameraHeight }: FindFreeSpaceOptions,
): Sliced<FreeSpace | Distrust> {
  const distrust = (lack: string): Distrust => ({
    problem: whyNoGround(
      occupancy,
      start,
      cameraHeight === undefined
        ? lack
        : `${lack}, the camera being ${cameraHeight} m above the floor`,
    ),
  });
  const storey = yield* findStorey(occupancy, { start, cameraHeight });
  if (storey === undefined) return distrust("no floor is seen");
  if (storey.support < LEAST_SUPPORT) {
    return distrust("hardly any floor is seen under the start");
  }
  const { unit, grid } = occupancy;
  const own = radius ?? RADIUS * unit;
  const plan = yield* makeGroundPlan(occupancy, storey, {
    bounds,
    radius: own,
    cameraHeight,
  });
  const home = yield* connect(plan, start, {
    reach: START_REACH * unit,
    least: LEAST_AREA * unit ** 2,
  });
  if (typeof home === "string") return distrust(home);
  const space = new FreeSpace({
    plan,
    home,
    bounds,
    radius: own,
    level: storey.level,
    otherFloors: storey.others,
    cameraHeight,
  });
  const covered = space.area / (occupiedCells(occupancy) * grid.cell ** 2);
  return covered < LEAST_SHARE
    ? distrust("free ground is only a small part of the place")
    : space;
}

/**
 * Closes all cells of `plan` that cannot be walked to from the start: to stand
 * in a pocket behind a wardrobe is no good to anybody.
 *
 * @returns the open cell next to the start, or why there is none.
 */
function* connect(
  { grid, open }: GroundPlan,
  start: Position,
  { reach, least }: { reach: number; least: number },
): Sliced<number | string> {
  const part = new Int32Array(grid.size);
  const areas = [0];
  for (let cell = 0; cell < grid.size; cell++) {
    if (open[cell] === 1 && part[cell] === 0) {
      yield;
      areas.push(spread(grid, open, { part, cell, name: areas.length }));
    }
  }
  yield;
  let home = -1;
  let nearest = Infinity;
  let largest = 0;
  for (let cell = 0; cell < grid.size; cell++) {
    if (part[cell] === 0) continue;
    const away = Math.hypot(grid.x(cell) - start.x, grid.y(cell) - start.y);
    if (away > reach) continue;
    const area = areas[part[cell]!]! * grid.cell ** 2;
    largest = Math.max(largest, area);
    if (area >= least && away < nearest) [home, nearest] = [cell, away];
  }
  if (home < 0) {
    return largest === 0
      ? "the start is not near any free ground"
      : `only ${largest.toFixed(1)} square metres of free ground are seen`;
  }
  for (let cell = 0; cell < grid.size; cell++) {
    if (part[cell] !== part[home]) open[cell] = 0;
  }
  return home;
}

/** Names all cells that can be walked to from `cell`; returns how many. */
function spread(
  grid: GroundPlan["grid"],
  open: Uint8Array,
  { part, cell, name }: { part: Int32Array; cell: number; name: number },
): number {
  const waiting = [cell];
  part[cell] = name;
  let count = 0;
  while (waiting.length > 0) {
    const at = waiting.pop()!;
    count++;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const next = grid.beside(at, dx, dy);
        if (next < 0 || open[next] !== 1 || part[next] !== 0) continue;
        part[next] = name;
        waiting.push(next);
      }
    }
  }
  return count;
}

/** Columns with anything in them. */
function occupiedCells({ grid, layers, filled }: Occupancy): number {
  let cells = 0;
  for (let cell = 0; cell < grid.size; cell++) {
    let layer = 0;
    while (layer < layers && filled[cell * layers + layer] === 0) layer++;
    if (layer < layers) cells++;
  }
  return Math.max(1, cells);
}

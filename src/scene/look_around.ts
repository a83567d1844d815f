/**
 * What can be seen from a point of a coarse grid. Upright axes, file units.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import { cellAt, type CoarseGrid } from "./coarse_grid.ts";

/** Directions looked along. */
const AZIMUTHS = 48;

/** Slopes looked along in each: down to the ground, level, a little up. */
const SLOPES = [-0.5, -0.15, 0, 0.15];

/** Half the width of a view, radians: the default field of view of 75 degrees. */
const HALF_VIEW = 37.5 * Math.PI / 180;

/** Splats of a cell that is full of detail, as a multiple of a typical cell's. */
const DETAILED = 4;

/** What there is to see from a point. */
export interface Outlook {
  /** Share of directions in which there is anything, [0, 1]. */
  readonly enclosure: number;
  /** Share of level views behind whose first surface there is more, [0, 1]. */
  readonly behind: number;
  /** How far one sees and yet sees something: mean over all directions, 0 or more. */
  readonly openness: number;
  /** Azimuth of the view with most in it, radians counter-clockwise from x. */
  readonly heading: number;
}

/** Looks all around from `position`; views as long as a quarter of `reach` count half. */
export function lookAround(
  grid: CoarseGrid,
  position: Vector3,
  reach: number,
): Outlook {
  const value = new Float64Array(AZIMUTHS);
  let surrounded = 0;
  let seenLevel = 0;
  let behind = 0;
  for (let i = 0; i < AZIMUTHS; i++) {
    const azimuth = 2 * Math.PI * i / AZIMUTHS;
    let hits = 0;
    for (const slope of SLOPES) {
      const { distance, density, isMore } = look(grid, position, [
        Math.cos(azimuth),
        Math.sin(azimuth),
        slope,
      ]);
      if (distance === undefined) continue;
      hits++;
      // Trainers put many splats where there is much to see.
      const detail = 0.5 + 0.5 * Math.min(1, density / DETAILED);
      value[i]! += detail * distance / (distance + 0.25 * reach);
      if (slope >= -0.15) {
        seenLevel++;
        if (isMore) behind++;
      }
    }
    if (hits > 0) surrounded++;
  }
  return {
    enclosure: surrounded / AZIMUTHS,
    behind: seenLevel === 0 ? 0 : behind / seenLevel,
    openness: value.reduce((sum, v) => sum + v, 0) / AZIMUTHS,
    heading: bestHeading(value),
  };
}

/** Azimuth round which the values within a view sum up to most. */
function bestHeading(value: Float64Array): number {
  const half = Math.round(HALF_VIEW / (2 * Math.PI) * AZIMUTHS);
  let best = 0;
  let most = -1;
  for (let i = 0; i < AZIMUTHS; i++) {
    let sum = 0;
    for (let d = -half; d <= half; d++) {
      sum += value[(i + d + AZIMUTHS) % AZIMUTHS]!;
    }
    // Of equals the first: sums differ in their last bits.
    if (sum > most + 1e-9) {
      most = sum;
      best = i;
    }
  }
  return 2 * Math.PI * best / AZIMUTHS;
}

/** Follows a ray: how far to the first filled cell, and whether there is more behind the surface it belongs to. */
function look(
  grid: CoarseGrid,
  position: Vector3,
  direction: Vector3,
): { distance?: number; density: number; isMore: boolean } {
  const { filled, size, cell } = grid;
  let density = 0;
  const [width, depth, height] = size;
  let distance: number | undefined;
  let gap = 0;
  for (let step = 1;; step++) {
    const along = step * cell;
    const x = cellAt(grid, 0, position[0] + along * direction[0]);
    const y = cellAt(grid, 1, position[1] + along * direction[1]);
    const z = cellAt(grid, 2, position[2] + along * direction[2]);
    if (
      x < 0 || y < 0 || z < 0 || x >= width || y >= depth || z >= height
    ) break;
    const index = x + width * (y + depth * z);
    const isFilled = filled[index] === 1;
    if (distance === undefined) {
      if (isFilled) {
        distance = along;
        density = grid.density[index]!;
      }
    } else if (!isFilled) gap++;
    else if (gap >= 2) return { distance, density, isMore: true };
    else gap = 0;
  }
  return distance === undefined
    ? { density, isMore: false }
    : { distance, density, isMore: false };
}

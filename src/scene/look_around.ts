/**
 * What can be seen from a point of a coarse grid. Upright axes, file units.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import type { CoarseGrid } from "./coarse_grid.ts";

/** Directions looked along. */
const AZIMUTHS = 48;

/** Slopes looked along in each: down to the ground, level, a little up. */
const SLOPES = [-0.5, -0.15, 0, 0.15];

/** Slopes from here on are level views. */
const LEVEL = -0.15;

/** All that is looked along, azimuth by azimuth. */
const DIRECTIONS = Array.from({ length: AZIMUTHS }, (_, i) => {
  const azimuth = 2 * Math.PI * i / AZIMUTHS;
  return SLOPES.map((slope): Vector3 => [
    Math.cos(azimuth),
    Math.sin(azimuth),
    slope,
  ]);
});

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

/** What a ray meets first. */
interface Sight {
  /** To the first filled cell. */
  readonly distance: number;
  /** Of that cell. */
  readonly density: number;
  /** Whether there is more behind the surface it belongs to; not asked of the ground. */
  readonly isMore: boolean;
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
    let hits = 0;
    for (const direction of DIRECTIONS[i]!) {
      const sight = look(grid, position, direction);
      if (sight === undefined) continue;
      const { distance, density, isMore } = sight;
      hits++;
      // Trainers put many splats where there is much to see.
      const detail = 0.5 + 0.5 * Math.min(1, density / DETAILED);
      value[i]! += detail * distance / (distance + 0.25 * reach);
      if (direction[2] >= LEVEL) {
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
  [across, along, up]: Vector3,
): Sight | undefined {
  const { filled, cell, corner, size } = grid;
  const width = size[0];
  const depth = size[1];
  const height = size[2];
  let sight: Sight | undefined;
  let gap = 0;
  for (let step = 1;; step++) {
    // As cellAt() tells it, without a call: this runs millions of times.
    const distance = step * cell;
    const x = Math.floor((position[0] + distance * across - corner[0]) / cell);
    const y = Math.floor((position[1] + distance * along - corner[1]) / cell);
    const z = Math.floor((position[2] + distance * up - corner[2]) / cell);
    // Numbers beyond all range are outside, too: a comparison with NaN is false.
    const isInside = x >= 0 && y >= 0 && z >= 0 && x < width && y < depth &&
      z < height;
    if (!isInside) return sight;
    const index = x + width * (y + depth * z);
    if (filled[index] === 0) {
      if (sight) gap++;
    } else if (!sight) {
      sight = { distance, density: grid.density[index]!, isMore: false };
      // What is behind the ground says nothing.
      if (up < LEVEL) return sight;
    } else if (gap >= 2) return { ...sight, isMore: true };
    else gap = 0;
  }
}

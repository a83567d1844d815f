/**
 * Finds where to stand and where to look at first in a place of which only the
 * splats are known. Everything in upright axes and file units; the same splats
 * give the same answer, whichever axes their file had.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Vector3 } from "../geometry/vector.ts";
import {
  cellAt,
  cellCentre,
  type CoarseGrid,
  distanceMap,
  makeCoarseGrid,
  median,
} from "./coarse_grid.ts";
import type { PlaceSample } from "./place_sample.ts";

/** Eye height as a share of the height from floor to top, where metres are unknown: 1.5 m of a room's 2.5 m. */
export const EYE_SHARE = 0.6;

/** Directions looked along from a candidate. */
const AZIMUTHS = 48;

/** Slopes looked along in each: down to the ground, level, a little up. */
const SLOPES = [-0.5, -0.15, 0, 0.15];

/** Candidates whose view is judged. */
const MAX_CANDIDATES = 300;

/** Half the width of a view, radians: the default field of view of 75 degrees. */
const HALF_VIEW = 37.5 * Math.PI / 180;

/** A place seen from within surrounds its viewer with this share of directions at least. */
const LEAST_ENCLOSURE = 0.55;

/** In a place seen from within there is more behind what is seen: in so large a share of directions at least. */
const LEAST_BEHIND = 0.3;

/** Where to stand, where to look, and why. */
export interface FoundStart {
  readonly position: Vector3;
  /** Radians counter-clockwise from x. */
  readonly heading: number;
  /** Around which an agent may move. */
  readonly bounds: Bounds;
  /** Whether the splats are an object to look at from outside. */
  readonly isObject: boolean;
  /** One line for people. */
  readonly reason: string;
}

/** Options of {@linkcode findStart}. */
export interface FindStartOptions {
  /** Robust box of the splats. */
  box: Bounds;
  /** Height of the eye above the floor; a share of the box's height if absent. */
  eyeHeight?: number;
  /** Vertical field of view, radians. */
  fov: number;
}

/** A place to stand, judged. */
interface Candidate {
  readonly position: Vector3;
  /** To the nearest filled cell at eye level. */
  readonly clearance: number;
  readonly enclosure: number;
  readonly behind: number;
  readonly score: number;
  readonly heading: number;
}

/** The best start in `sample`. */
export function findStart(
  sample: PlaceSample,
  { box, eyeHeight, fov }: FindStartOptions,
): FoundStart {
  const grid = makeCoarseGrid(sample, box);
  const candidates = findCandidates(grid, box, eyeHeight);
  const best = candidates.find((candidate) =>
    candidate.enclosure >= LEAST_ENCLOSURE &&
    candidate.behind >= LEAST_BEHIND &&
    !isInsideSplat(sample, candidate.position)
  );
  if (!best) return outside(box, fov);
  const { position, heading, enclosure } = best;
  return {
    position,
    heading,
    bounds: {
      min: [0, 1, 2].map((a) =>
        Math.min(box.min[a as 0]!, position[a as 0]!)
      ) as unknown as Vector3,
      max: [0, 1, 2].map((a) =>
        Math.max(box.max[a as 0]!, position[a as 0]!)
      ) as unknown as Vector3,
    },
    isObject: false,
    reason: `a free viewpoint ${
      eyeHeight === undefined
        ? `at ${EYE_SHARE} of the height`
        : "at eye height"
    }, ${Math.round(100 * enclosure)}% of its surroundings in sight`,
  };
}

/** Free columns at eye level, best first. */
function findCandidates(
  grid: CoarseGrid,
  box: Bounds,
  eyeHeight: number | undefined,
): Candidate[] {
  const [width, depth] = grid.size;
  const floors = floorMap(grid);
  const known = floors.filter((floor) => floor >= 0);
  if (known.length === 0) return [];
  const typicalFloor = median(known);
  const top = box.max[2];
  const eyeOver = (floor: number): number => {
    const height = top - floor;
    return eyeHeight !== undefined && eyeHeight < 0.9 * height
      ? eyeHeight
      : EYE_SHARE * height;
  };
  // Blocked at eye level: anything from knee to a hand above the eye.
  const eyes = new Float64Array(width * depth);
  const blocked = new Uint8Array(width * depth);
  for (let y = 0; y < depth; y++) {
    for (let x = 0; x < width; x++) {
      const column = x + width * y;
      const floor = cellCentre(
        grid,
        2,
        smoothFloor(floors, { x, y, width, depth, fallback: typicalFloor }),
      );
      const eye = floor + eyeOver(floor);
      eyes[column] = eye;
      const from = cellAt(grid, 2, eye - 0.5 * (eye - floor));
      const to = cellAt(grid, 2, eye + 0.15 * (eye - floor));
      for (
        let z = Math.max(from, 0);
        z <= Math.min(to, grid.size[2] - 1);
        z++
      ) {
        if (grid.filled[column + width * depth * z]) {
          blocked[column] = 1;
          break;
        }
      }
    }
  }
  const distance = distanceMap(blocked, width, depth);
  const free: { column: number; clearance: number }[] = [];
  for (let column = 0; column < blocked.length; column++) {
    const clearance = Math.sqrt(distance[column]!);
    const x = cellCentre(grid, 0, column % width);
    const y = cellCentre(grid, 1, Math.floor(column / width));
    const isInside = x > box.min[0] && x < box.max[0] && y > box.min[1] &&
      y < box.max[1];
    if (isInside && clearance >= 2) free.push({ column, clearance });
  }
  // The freest, and of those one in each neighbourhood.
  const stride = Math.max(
    1,
    Math.floor(Math.sqrt(free.length / MAX_CANDIDATES)),
  );
  const chosen = free.filter(({ column }) =>
    column % width % stride === 0 && Math.floor(column / width) % stride === 0
  );
  return chosen.map(({ column, clearance }) =>
    judge(grid, {
      position: [
        cellCentre(grid, 0, column % width),
        cellCentre(grid, 1, Math.floor(column / width)),
        eyes[column]!,
      ],
      clearance: clearance * grid.cell,
      box,
    })
  ).sort((a, b) => b.score - a.score);
}

/** Lowest filled cell of each column, -1 where there is none. */
function floorMap(grid: CoarseGrid): Float64Array {
  const [width, depth, height] = grid.size;
  const floors = new Float64Array(width * depth).fill(-1);
  for (let z = height - 1; z >= 0; z--) {
    const layer = z * width * depth;
    for (let column = 0; column < width * depth; column++) {
      if (grid.filled[layer + column]) floors[column] = z;
    }
  }
  return floors;
}

/** Median floor around a column. */
function smoothFloor(
  floors: Float64Array,
  { x, y, width, depth, fallback }: {
    x: number;
    y: number;
    width: number;
    depth: number;
    fallback: number;
  },
): number {
  const around: number[] = [];
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= depth) {
        continue;
      }
      const floor = floors[x + dx + width * (y + dy)]!;
      if (floor >= 0) around.push(floor);
    }
  }
  return around.length > 0 ? median(Float64Array.from(around)) : fallback;
}

/** Looks around from a candidate. */
function judge(
  grid: CoarseGrid,
  { position, clearance, box }: {
    position: Vector3;
    clearance: number;
    box: Bounds;
  },
): Candidate {
  const reach = Math.hypot(
    box.max[0] - box.min[0],
    box.max[1] - box.min[1],
  );
  const value = new Float64Array(AZIMUTHS);
  let surrounded = 0;
  let seenLevel = 0;
  let behind = 0;
  for (let i = 0; i < AZIMUTHS; i++) {
    const azimuth = 2 * Math.PI * i / AZIMUTHS;
    let hits = 0;
    for (const slope of SLOPES) {
      const { distance, isMore } = look(grid, position, [
        Math.cos(azimuth),
        Math.sin(azimuth),
        slope,
      ]);
      if (distance === undefined) continue;
      hits++;
      value[i]! += distance / (distance + 0.25 * reach);
      if (slope >= -0.15) {
        seenLevel++;
        if (isMore) behind++;
      }
    }
    if (hits > 0) surrounded++;
  }
  const half = Math.round(HALF_VIEW / (2 * Math.PI) * AZIMUTHS);
  let heading = 0;
  let most = -1;
  let all = 0;
  for (let i = 0; i < AZIMUTHS; i++) {
    let sum = 0;
    for (let d = -half; d <= half; d++) {
      sum += value[(i + d + AZIMUTHS) % AZIMUTHS]!;
    }
    all += value[i]!;
    if (sum > most + 1e-9) {
      most = sum;
      heading = 2 * Math.PI * i / AZIMUTHS;
    }
  }
  const enclosure = surrounded / AZIMUTHS;
  // Room to turn round in counts up to a point.
  const ease = Math.min(1, clearance / (0.06 * reach));
  return {
    position,
    clearance,
    enclosure,
    behind: seenLevel === 0 ? 0 : behind / seenLevel,
    score: (all / AZIMUTHS) * (0.4 + 0.6 * ease) * enclosure,
    heading,
  };
}

/** Follows a ray: how far to the first filled cell, and whether there is more behind the surface it belongs to. */
function look(
  grid: CoarseGrid,
  position: Vector3,
  direction: Vector3,
): { distance?: number; isMore: boolean } {
  const { filled, size, cell } = grid;
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
    const isFilled = filled[x + width * (y + depth * z)] === 1;
    if (distance === undefined) {
      if (isFilled) distance = along;
    } else if (!isFilled) gap++;
    else if (gap >= 2) return { distance, isMore: true };
    else gap = 0;
  }
  return distance === undefined
    ? { isMore: false }
    : { distance, isMore: false };
}

/** Whether `position` lies in the body of splats that can be seen. */
function isInsideSplat(sample: PlaceSample, position: Vector3): boolean {
  let mass = 0;
  for (let i = 0; i < sample.count; i++) {
    const reach = 2 * sample.radius[i]!;
    const dx = sample.x[i]! - position[0];
    if (dx > reach || dx < -reach) continue;
    const dy = sample.y[i]! - position[1];
    const dz = sample.z[i]! - position[2];
    if (dx * dx + dy * dy + dz * dz < reach * reach) mass += sample.weight[i]!;
  }
  return mass > 1;
}

/** In front of an object, its middle at eye level, the whole of it in view. */
function outside(box: Bounds, fov: number): FoundStart {
  const centre = ([0, 1, 2] as const).map((a) => (box.min[a] + box.max[a]) / 2);
  const size = ([0, 1, 2] as const).map((a) => box.max[a] - box.min[a]);
  // A margin of a fifth around the object's box.
  const away = 0.6 * Math.max(size[1]!, size[2]!) / Math.tan(fov / 2);
  const distance = size[0]! / 2 + away;
  const around = Math.hypot(size[0]!, size[1]!) / 2 + away;
  return {
    position: [centre[0]! - distance, centre[1]!, centre[2]!],
    heading: 0,
    bounds: {
      min: [centre[0]! - around, centre[1]! - around, box.min[2]],
      max: [
        centre[0]! + around,
        centre[1]! + around,
        box.max[2] + 0.5 * size[2]!,
      ],
    },
    isObject: true,
    reason:
      "before the splats, which look like an object seen from around: its middle at eye level, all of it in view",
  };
}

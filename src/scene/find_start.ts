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
import { findOutside } from "./find_outside.ts";
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

/** A place seen from within surrounds its viewer in this share of directions at least. */
const LEAST_ENCLOSURE = 0.55;

/** Share of the box that is free to stand in over a level floor: rooms and gardens have most, statues none. */
const LEAST_FLOOR = 0.3;

/** Floors within this share of the height of the lowest ones are level with them. */
const LEVEL = 0.2;

/**
 * Share of level views behind whose first surface there is more. A furnished
 * place has a third and more, the hollow inside of an object next to none.
 */
const LEAST_BEHIND = 0.2;

/** Nearest that splats may fill the view, as a share of the horizontal diagonal: a hand's breadth to an arm's length. */
const NEAR_SHARE = 0.03;

/** Share of all directions that splats so near may cover. */
const MOST_NEAR = 0.1;

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
  const { candidates, floorShare } = findCandidates(grid, box, eyeHeight);
  // An empty room is hollow, too, but it is wider than high.
  const isRoomShaped = Math.min(
    box.max[0] - box.min[0],
    box.max[1] - box.min[1],
  ) >= box.max[2] - box.min[2];
  const best = floorShare < LEAST_FLOOR
    ? undefined
    : candidates.find((c) =>
      c.enclosure >= LEAST_ENCLOSURE &&
      (c.behind >= LEAST_BEHIND || isRoomShaped) &&
      coverNearby(sample, c.position, nearOf(box)) <= MOST_NEAR
    );
  if (!best) return findOutside(sample, box, fov);
  const { position, heading, enclosure } = best;
  return {
    position,
    heading,
    bounds: box,
    isObject: false,
    reason: `a free viewpoint ${
      eyeHeight === undefined
        ? `at ${EYE_SHARE} of the height`
        : "at eye height"
    }, with something to see in ${Math.round(100 * enclosure)}% of directions`,
  };
}

/** Free columns at eye level, best first, and the share of the box that is free over level floor. */
function findCandidates(
  grid: CoarseGrid,
  box: Bounds,
  eyeHeight: number | undefined,
): { candidates: Candidate[]; floorShare: number } {
  const [width, depth] = grid.size;
  const floors = floorMap(grid);
  const known = floors.filter((floor) => floor >= 0);
  if (known.length === 0) return { candidates: [], floorShare: 0 };
  const { eyes, blocked } = eyeLevel(grid, {
    floors,
    top: box.max[2],
    eyeHeight,
  });
  const distance = distanceMap(blocked, width, depth);
  const levelTop = known.toSorted()[Math.floor(0.1 * known.length)]! +
    LEVEL * (box.max[2] - box.min[2]) / grid.cell;
  const free: { column: number; clearance: number }[] = [];
  let area = 0;
  let levelArea = 0;
  for (let column = 0; column < blocked.length; column++) {
    const x = cellCentre(grid, 0, column % width);
    const y = cellCentre(grid, 1, Math.floor(column / width));
    const isInside = x > box.min[0] && x < box.max[0] && y > box.min[1] &&
      y < box.max[1];
    if (!isInside) continue;
    area++;
    const floor = floors[column]!;
    if (!blocked[column] && floor >= 0 && floor <= levelTop) levelArea++;
    const clearance = Math.sqrt(distance[column]!);
    if (clearance >= 2) free.push({ column, clearance });
  }
  // One in each neighbourhood.
  const stride = Math.max(
    1,
    Math.floor(Math.sqrt(free.length / MAX_CANDIDATES)),
  );
  const candidates = free.filter(({ column }) =>
    column % width % stride === 0 && Math.floor(column / width) % stride === 0
  ).map(({ column, clearance }) =>
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
  return { candidates, floorShare: area === 0 ? 0 : levelArea / area };
}

/** Height of the eye over each column, and whether anything from knee to a hand above it is in the way. */
function eyeLevel(
  grid: CoarseGrid,
  { floors, top, eyeHeight }: {
    floors: Float64Array;
    top: number;
    eyeHeight: number | undefined;
  },
): { eyes: Float64Array; blocked: Uint8Array } {
  const [width, depth, height] = grid.size;
  const fallback = median(floors.filter((floor) => floor >= 0));
  const eyes = new Float64Array(width * depth);
  const blocked = new Uint8Array(width * depth);
  for (let y = 0; y < depth; y++) {
    for (let x = 0; x < width; x++) {
      const column = x + width * y;
      const floor = cellCentre(
        grid,
        2,
        smoothFloor(floors, { x, y, width, depth, fallback }),
      );
      const room = top - floor;
      const rise = eyeHeight !== undefined && eyeHeight < 0.9 * room
        ? eyeHeight
        : EYE_SHARE * room;
      eyes[column] = floor + rise;
      const from = Math.max(cellAt(grid, 2, floor + 0.5 * rise), 0);
      const to = Math.min(cellAt(grid, 2, floor + 1.15 * rise), height - 1);
      for (let z = from; z <= to && !blocked[column]; z++) {
        blocked[column] = grid.filled[column + width * depth * z]!;
      }
    }
  }
  return { eyes, blocked };
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

/** Distance within which splats stand in the way of a view of `box`. */
function nearOf({ min, max }: Bounds): number {
  return NEAR_SHARE * Math.hypot(max[0] - min[0], max[1] - min[1]);
}

/** Share of all directions from `position` that splats nearer than `reach` cover; may exceed 1. */
function coverNearby(
  sample: PlaceSample,
  position: Vector3,
  reach: number,
): number {
  let cover = 0;
  for (let i = 0; i < sample.count; i++) {
    const radius = 1.5 * sample.radius[i]!;
    const dx = sample.x[i]! - position[0];
    if (Math.abs(dx) > reach + radius) continue;
    const dy = sample.y[i]! - position[1];
    const dz = sample.z[i]! - position[2];
    const square = dx * dx + dy * dy + dz * dz;
    if (square > (reach + radius) ** 2) continue;
    // Solid angle of a disc of that radius, as a share of the sphere.
    const share = 0.5 - 0.5 * Math.sqrt(square / (square + radius * radius));
    cover += sample.weight[i]! * share;
  }
  return cover;
}

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
  cellCentre,
  type CoarseGrid,
  distanceMap,
  makeCoarseGrid,
} from "./coarse_grid.ts";
import { EYE_SHARE, findEyeLevel } from "./eye_level.ts";
import { findOutside } from "./find_outside.ts";
import { lookAround, type Outlook } from "./look_around.ts";
import type { PlaceSample } from "./place_sample.ts";

/** Candidates whose view is judged. */
const MAX_CANDIDATES = 300;

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

/** Room to turn round in is a gain up to this share of the horizontal diagonal. */
const EASE_SHARE = 0.06;

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
interface Candidate extends Outlook {
  readonly position: Vector3;
  readonly score: number;
}

/** Where most is to be seen from `position`, radians counter-clockwise from x. */
export function findHeading(
  sample: PlaceSample,
  box: Bounds,
  position: Vector3,
): number {
  const grid = makeCoarseGrid(sample, box);
  return lookAround(grid, position, diagonalOf(box)).heading;
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
      coverNearby(sample, c.position, NEAR_SHARE * diagonalOf(box)) <=
        MOST_NEAR
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
  const { floors, eyes, blocked } = findEyeLevel(grid, {
    top: box.max[2],
    eyeHeight,
  });
  const known = floors.filter((floor) => floor >= 0);
  if (known.length === 0) return { candidates: [], floorShare: 0 };
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
  ).map(({ column, clearance }): Candidate => {
    const position: Vector3 = [
      cellCentre(grid, 0, column % width),
      cellCentre(grid, 1, Math.floor(column / width)),
      eyes[column]!,
    ];
    const reach = diagonalOf(box);
    const outlook = lookAround(grid, position, reach);
    const ease = Math.min(1, clearance * grid.cell / (EASE_SHARE * reach));
    const score = outlook.openness * outlook.enclosure * (0.4 + 0.6 * ease);
    return { ...outlook, position, score };
  }).sort((a, b) => b.score - a.score);
  return { candidates, floorShare: area === 0 ? 0 : levelArea / area };
}

/** Horizontal diagonal. */
function diagonalOf({ min, max }: Bounds): number {
  return Math.hypot(max[0] - min[0], max[1] - min[1]);
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

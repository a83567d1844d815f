/**
 * Places that an agent can go to from where it stands, by what it and its team
 * have seen: along the floor of the picture, and elsewhere.
 *
 * @module
 */

import {
  moved,
  type Pose,
  turnBetween,
  wrapDegrees,
} from "../geometry/pose.ts";
import type { Blackboard } from "../map/blackboard.ts";
import { type ExploredMap, HEADINGS } from "../map/explored_map.ts";
import type { Walk } from "../map/walk.ts";
import { FloorPicture } from "./floor_picture.ts";
import type { Observation } from "./policy.ts";

/** A numbered way. */
export interface Waypoint {
  /** From 1, from left to right; those outside of the picture follow. */
  readonly number: number;
  /** Where it leads, looking on in its direction, or to where most is unseen. */
  readonly pose: Pose;
  /** Metres of the way. */
  readonly distance: number;
  /** Degrees from the present heading, left positive, [-180, 180). */
  readonly bearing: number;
  /** Whether it shows floor that nobody has seen. */
  readonly isNew: boolean;
  /** Who is there or goes there, if somebody else does. */
  readonly takenBy: number | undefined;
  /** Whether its end is on floor that the picture shows, or right below it. */
  readonly isInPicture: boolean;
}

/** Ways in the picture, and elsewhere: more numbers crowd it, and are no better told apart. */
const MOST = { inPicture: 5, elsewhere: 3 };
/** The largest number of a way. */
export const MOST_WAYPOINTS = MOST.inPicture + MOST.elsewhere;

/** Shorter ways are not worth a step, and longer ones lead past what is to be seen, metres. */
const SHORTEST = 0.7;
const LONGEST = 4;
/** Ways that are not straight on are at most so long, metres. */
const LONGEST_ELSEWHERE = 8;
/** Kept to where the open floor ends, metres. */
const SPARE = 0.15;
/** Directions that are looked along, degrees apart. */
const FINE = 3;
/** Neighbours in the picture are at least this part of its width apart: their numbers must not touch. */
const LEAST_APART = 0.15;
/** Half of the wedge in which unseen floor counts for a way, degrees. */
const WEDGE = 35;
/** Unseen floor that makes a way new, square metres. */
const NEW = 1;
/** Square metres beyond this count no more, and what each is worth in metres of way. */
const MOST_GAIN = 4;
const GAIN_WORTH = 0.7;
/** Places elsewhere are compared so far apart and kept this far from one another, metres. */
const SPACING = 0.5;
const APART = 1.5;
/** Nearer than this to another's goal a place is taken, metres. */
const TAKEN = 1.2;

type Candidate = Omit<Waypoint, "number" | "takenBy">;

/** What {@linkcode findWaypoints} goes by. */
export interface WaypointOptions {
  readonly observation: Observation;
  /** What the team knows; the observation is part of it. */
  readonly board: Blackboard;
  readonly agentId: number;
  /** World z of the floor, metres. */
  readonly floor: number;
}

/** The ways to choose from; none where no floor is known. */
export function findWaypoints(options: WaypointOptions): Waypoint[] {
  const { observation: { pose }, board, agentId, floor } = options;
  if (!Number.isFinite(floor)) return [];
  const walk = board.map.walkFrom(pose.x, pose.y);
  const ahead = waysAhead(options, walk);
  const goals = board.goalsOfOthers(agentId);
  return [...ahead, ...waysElsewhere(options, walk, ahead)].map((
    candidate,
    index,
  ) => ({
    ...candidate,
    number: index + 1,
    takenBy: goals.find((goal) => apart(goal, candidate.pose) < TAKEN)
      ?.agentId,
  }));
}

/** Straight ways over floor that the picture shows, from left to right. */
function waysAhead(
  { observation, board: { map }, floor }: WaypointOptions,
  walk: Walk,
): Candidate[] {
  const { pose } = observation;
  const picture = new FloorPicture(observation, floor);
  const found: (Candidate & { readonly column: number })[] = [];
  const edge = picture.halfWidth - FINE;
  for (let bearing = -edge; bearing <= edge; bearing += FINE) {
    const yaw = wrapDegrees(pose.yaw + bearing);
    for (
      let distance = reach(map, walk, { ...pose, yaw }) - SPARE;
      distance >= SHORTEST;
      distance -= SPARE
    ) {
      const at = { ...moved(pose, yaw, distance), yaw };
      if (!picture.shows(at)) continue;
      found.push({
        pose: at,
        distance,
        bearing: turnBetween(pose.yaw, yaw),
        isNew: gainAlong(map, at, yaw) >= NEW,
        isInPicture: true,
        column: picture.project(at)[0] / observation.image.width,
      });
      break;
    }
  }
  const worth = ({ pose, distance }: Candidate): number =>
    distance +
    GAIN_WORTH * Math.min(gainAlong(map, pose, pose.yaw), MOST_GAIN);
  return best(found, worth, {
    most: MOST.inPicture,
    fits: (a, b) => Math.abs(a.column - b.column) >= LEAST_APART,
  }).sort((a, b) => a.column - b.column).map(({ column: _, ...way }) => way);
}

/** Reachable places that show something new and that no way ahead leads to. */
function waysElsewhere(
  { observation, board: { map } }: WaypointOptions,
  walk: Walk,
  aheads: readonly Candidate[],
): Candidate[] {
  const { pose } = observation;
  const { grid } = map;
  const every = Math.max(1, Math.round(SPACING / grid.cell));
  const found: (Candidate & { readonly gain: number })[] = [];
  for (let row = every >> 1; row < grid.rows; row += every) {
    for (let column = every >> 1; column < grid.columns; column += every) {
      const cell = row * grid.columns + column;
      const distance = walk.distance(cell);
      if (distance < SHORTEST || distance > LONGEST_ELSEWHERE) continue;
      const at = { x: grid.x(cell), y: grid.y(cell), z: pose.z };
      if (aheads.some((way) => apart(way.pose, at) < APART)) continue;
      const { yaw, gain } = widest(map, at);
      if (gain < NEW) continue;
      const towards = Math.atan2(at.y - pose.y, at.x - pose.x) * 180 / Math.PI;
      found.push({
        pose: { ...at, yaw },
        distance,
        bearing: turnBetween(pose.yaw, towards),
        isNew: true,
        isInPicture: false,
        gain,
      });
    }
  }
  return best(found, ({ gain, distance }) => gain / (1 + 0.3 * distance), {
    most: MOST.elsewhere,
    fits: (a, b) => apart(a.pose, b.pose) >= APART,
  }).map(({ gain: _, ...way }) => way);
}

/** The best of `all` that fit each other, the best first. */
function best<Item>(
  all: readonly Item[],
  worth: (item: Item) => number,
  { most, fits }: { most: number; fits: (a: Item, b: Item) => boolean },
): Item[] {
  const ranked = all.map((item) => ({ item, worth: worth(item) }))
    .sort((a, b) => b.worth - a.worth);
  const chosen: Item[] = [];
  for (const { item } of ranked) {
    if (chosen.length === most) break;
    if (chosen.every((other) => fits(item, other))) chosen.push(item);
  }
  return chosen;
}

/** Metres that one can go straight on over open floor. */
function reach(map: ExploredMap, walk: Walk, from: Pose): number {
  const { grid } = map;
  let free = 0;
  for (let at = grid.cell; at <= LONGEST; at += grid.cell / 2) {
    const { x, y } = moved(from, from.yaw, at);
    const way = walk.distance(grid.at(x, y));
    // Whoever stands near to something leaves over floor that is not open.
    if (!map.isOpen(x, y) && at > 2 * map.radius) break;
    if (way > 1.15 * at + 2 * grid.cell) break;
    free = at;
  }
  return free;
}

/** Unseen floor in a wedge about `yaw`, square metres. */
function gainAlong(
  map: ExploredMap,
  { x, y }: { x: number; y: number },
  yaw: number,
): number {
  return wedge(map.unseenAround(x, y), yaw);
}

/** The heading with most unseen floor. */
function widest(
  map: ExploredMap,
  { x, y }: { x: number; y: number },
): { yaw: number; gain: number } {
  const areas = map.unseenAround(x, y);
  let found = { yaw: 0, gain: 0 };
  for (let heading = 0; heading < HEADINGS; heading++) {
    const yaw = heading * 360 / HEADINGS;
    const gain = wedge(areas, yaw);
    if (gain > found.gain) found = { yaw, gain };
  }
  return found;
}

function wedge(areas: Float64Array, yaw: number): number {
  return areas.reduce(
    (sum, area, heading) =>
      Math.abs(turnBetween(yaw, heading * 360 / HEADINGS)) <= WEDGE
        ? sum + area
        : sum,
    0,
  );
}

function apart(
  a: { x: number; y: number },
  b: { x: number; y: number },
): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

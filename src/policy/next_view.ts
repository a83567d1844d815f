/**
 * Where to look next when nothing is in sight: the reachable viewpoint that
 * shows the most unseen floor for the steps it costs.
 *
 * @module
 */

import { type Pose, turnBetween, wrapDegrees } from "../geometry/pose.ts";
import { type ExploredMap, HEADINGS } from "../map/explored_map.ts";
import type { Walk } from "../map/walk.ts";

/** Options for {@linkcode chooseView}. */
export interface ChooseViewOptions {
  readonly map: ExploredMap;
  /** Ways from the present position. */
  readonly walk: Walk;
  readonly pose: Pose;
  /** Horizontal field of view, degrees. */
  readonly fov: number;
  /** Longest move in a step, metres. */
  readonly stride: number;
  /** Larger where the agent should rather go; 1 is neutral. */
  readonly preference: (cell: number) => number;
  /** Where somebody has been: the last resort is to look from elsewhere. */
  readonly visited: readonly Pose[];
}

/** A step of exploration. */
export interface NextView {
  readonly pose: Pose;
  /** Unseen floor expected from the goal, square metres. */
  readonly gain: number;
  /** Where it leads in the end, world metres. */
  readonly goal: { readonly x: number; readonly y: number };
  /** Metres of the way to the goal. */
  readonly distance: number;
}

/** Distance between viewpoints that are compared, metres. */
const SPACING = 0.5;
/**
 * Less unseen floor than this is not worth a look, square metres; and the steps
 * that a metre of the way counts for, beside the whole steps: turning costs no
 * way. Two agents in 140 flats with 1.5 instead of 0.6: SPL 55 instead of 50 %,
 * 7.6 instead of 7.3 steps; with 2 or 3 it is much the same, with 8 steps are
 * lost and no way is won.
 */
const LEAST_GAIN = 1.5;
const WAY_COST = 1.5;
/** Looks after which a place is known: one may miss what is there. */
const MOST_LOOKS = 3;
/** A place this far from all earlier ones is elsewhere, metres. */
const ELSEWHERE = 0.6;
/** Share by which the present heading is preferred among equals. */
const KEEP_HEADING = 0.06;

/**
 * The best next view: one that shows enough unseen floor for its way; else the
 * one that shows the most; else one from where the agent has not been.
 * `undefined` if there is nowhere to go.
 */
export function chooseView(options: ChooseViewOptions): NextView | undefined {
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    const next = chooseAmong(options, looks);
    if (next !== undefined && next.gain >= LEAST_GAIN) return next;
  }
  return chooseAmong(options, MOST_LOOKS);
}

/** The best view of what fewer than `looks` looks have shown. */
function chooseAmong(
  options: ChooseViewOptions,
  looks: number,
): NextView | undefined {
  const { map, walk, pose, stride, visited } = options;
  const { grid } = map;
  const every = Math.max(1, Math.round(SPACING / grid.cell));
  let best: { cell: number; worth: number; gain: number } | undefined;
  const consider = (cell: number): void => {
    const distance = walk.distance(cell);
    if (distance === Infinity) return;
    const [x, y] = [grid.x(cell), grid.y(cell)];
    const { gain } = bestHeading(options, [x, y], looks);
    const steps = Math.max(1, Math.ceil(distance / stride));
    const away = Math.min(
      ...visited.map((old) => Math.hypot(old.x - x, old.y - y)),
    );
    const worth = gain >= LEAST_GAIN
      ? gain * options.preference(cell) / (steps + WAY_COST * distance)
      : options.preference(cell) * (0.01 * gain +
        (away > ELSEWHERE ? 0.001 * Math.min(away, stride) : 0));
    if (worth > (best?.worth ?? 0)) best = { cell, worth, gain };
  };
  consider(grid.at(pose.x, pose.y));
  for (let row = every >> 1; row < grid.rows; row += every) {
    for (let column = every >> 1; column < grid.columns; column += every) {
      consider(row * grid.columns + column);
    }
  }
  if (best === undefined) return undefined;
  const { cell: goal, gain } = best;
  const stop = walk.along(goal, stride);
  const isHere = stop === grid.at(pose.x, pose.y);
  const x = isHere ? pose.x : grid.x(stop);
  const y = isHere ? pose.y : grid.y(stop);
  // On the way, look where there is most to see, or else where the way leads.
  const look = bestHeading(options, [x, y], looks);
  const yaw = stop === goal || look.gain >= LEAST_GAIN
    ? look.yaw
    : Math.atan2(grid.y(goal) - y, grid.x(goal) - x) * 180 / Math.PI;
  return {
    pose: { x, y, z: pose.z, yaw: wrapDegrees(yaw) },
    gain,
    goal: { x: grid.x(goal), y: grid.y(goal) },
    distance: walk.distance(goal),
  };
}

/** The heading from (x, y) that shows the most unseen floor. */
function bestHeading(
  { map, fov, pose }: ChooseViewOptions,
  [x, y]: readonly [number, number],
  looks: number,
): { yaw: number; gain: number } {
  const areas = map.unseenAround(x, y, looks);
  const half = Math.max(0, Math.round(fov / 360 * HEADINGS / 2 - 0.5));
  let best = { yaw: pose.yaw, gain: 0, worth: 0 };
  for (let heading = 0; heading < HEADINGS; heading++) {
    let gain = 0;
    for (let side = -half; side <= half; side++) {
      gain += areas[(heading + side + HEADINGS) % HEADINGS]!;
    }
    const yaw = heading / HEADINGS * 360;
    const turn = Math.abs(turnBetween(pose.yaw, yaw)) / 180;
    const worth = gain * (1 - KEEP_HEADING * turn);
    if (worth > best.worth) best = { yaw, gain, worth };
  }
  return best;
}

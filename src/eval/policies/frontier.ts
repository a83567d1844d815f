/**
 * The classic explorer: to the nearest place from which something unseen can be
 * seen (Yamauchi 1997), whatever there may be farther on.
 *
 * @module
 */

import { type Pose, wrapDegrees } from "../../geometry/pose.ts";
import { ExploredMap, HEADINGS } from "../../map/explored_map.ts";
import { STRIDE } from "../../policy/explorer.ts";
import type { Observation, Policy } from "../../policy/policy.ts";
import { movesOnly } from "./blind.ts";

/** Distance between viewpoints that are compared, metres. */
const SPACING = 0.5;
/** Less unseen floor than this is no frontier, square metres. */
const LEAST_GAIN = 0.6;

/** Goes from frontier to frontier; turns by half a view when none is left. */
export function frontierPolicy(): Policy {
  let map: ExploredMap | undefined;
  return movesOnly((observation) => {
    const { pose, fov, image: { width, height } } = observation;
    map ??= new ExploredMap(observation.bounds);
    map.add({ ...observation, width, height });
    return nearestFrontier(map, pose, fov) ??
      { ...pose, yaw: wrapDegrees(pose.yaw + fov / 2) };
  });
}

function nearestFrontier(
  map: ExploredMap,
  pose: Pose,
  fov: Observation["fov"],
): Pose | undefined {
  const { grid } = map;
  const walk = map.walkFrom(pose.x, pose.y);
  const every = Math.max(1, Math.round(SPACING / grid.cell));
  const here = grid.at(pose.x, pose.y);
  const cells = [here];
  for (let row = every >> 1; row < grid.rows; row += every) {
    for (let column = every >> 1; column < grid.columns; column += every) {
      const cell = row * grid.columns + column;
      if (walk.distance(cell) < Infinity) cells.push(cell);
    }
  }
  cells.sort((a, b) => walk.distance(a) - walk.distance(b));
  for (const goal of cells) {
    const yaw = unseenHeading(map, [grid.x(goal), grid.y(goal)], fov);
    if (yaw === undefined) continue;
    if (goal === here) return { ...pose, yaw };
    const stop = walk.along(goal, STRIDE);
    const [x, y] = [grid.x(stop), grid.y(stop)];
    return {
      x,
      y,
      z: pose.z,
      yaw: stop === goal ? yaw : wrapDegrees(
        Math.atan2(grid.y(goal) - y, grid.x(goal) - x) * 180 / Math.PI,
      ),
    };
  }
  return undefined;
}

/** The heading that shows the most unseen floor, degrees; none if that is little. */
function unseenHeading(
  map: ExploredMap,
  [x, y]: readonly [number, number],
  fov: number,
): number | undefined {
  const areas = map.unseenAround(x, y);
  const half = Math.floor(fov / 360 * HEADINGS / 2);
  let best: number | undefined;
  let most = LEAST_GAIN;
  for (let heading = 0; heading < HEADINGS; heading++) {
    let gain = 0;
    for (let side = -half; side <= half; side++) {
      gain += areas[(heading + side + HEADINGS) % HEADINGS]!;
    }
    if (gain >= most) {
      most = gain;
      best = heading / HEADINGS * 360;
    }
  }
  return best;
}

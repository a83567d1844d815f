/**
 * The best that anybody could do: it knows where the target is and walks there
 * by the shortest way. It reads the truth, and is in the table as the ceiling.
 *
 * @module
 */

import {
  distanceBetween,
  type Pose,
  wrapDegrees,
} from "../../geometry/pose.ts";
import type { FreeSpace } from "../../map/free_space.ts";
import { STRIDE } from "../../policy/explorer.ts";
import type { Decision, Policy } from "../../policy/policy.ts";
import type { Goal } from "../place.ts";

/** As near as this it has arrived, metres and degrees. */
const ARRIVED = 0.15;

/** Walks to `goal` and claims it; stands still if there is none. */
export function oraclePolicy(goal: Goal | undefined, space: FreeSpace): Policy {
  return {
    decide({ pose }, signal): Promise<Decision> {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (goal === undefined) {
        return Promise.resolve({
          action: "move",
          pose,
          reasoning: "There is nothing to find here.",
        });
      }
      if (
        distanceBetween(pose, goal.pose) < ARRIVED &&
        Math.abs(pose.yaw - goal.pose.yaw) < 1
      ) {
        return Promise.resolve({
          action: "found",
          description: "It is here, as was known.",
        });
      }
      return Promise.resolve({
        action: "move",
        pose: towards(goal.pose, pose, space),
        reasoning: "Going where it is known to be.",
      });
    },
  };
}

/** The next pose on the shortest way to `to`. */
function towards(to: Pose, from: Pose, space: FreeSpace): Pose {
  const { grid } = space;
  const walk = space.walkFrom(from);
  const end = grid.at(to.x, to.y);
  if (!(walk.distance(end) > STRIDE)) return to;
  const stop = walk.along(end, STRIDE);
  const [x, y] = [grid.x(stop), grid.y(stop)];
  const yaw = wrapDegrees(Math.atan2(to.y - y, to.x - x) * 180 / Math.PI);
  return { x, y, z: from.z, yaw };
}

/**
 * Policies that only move: they see depth, claim nothing, and show what moving
 * alone brings into view.
 *
 * @module
 */

import { moved, type Pose, turned, wrapDegrees } from "../../geometry/pose.ts";
import { ExploredMap } from "../../map/explored_map.ts";
import type { Decision, Observation, Policy } from "../../policy/policy.ts";
import { STRIDE } from "../../policy/explorer.ts";
import type { Random } from "../../scene/demo/random.ts";

/** Room that the forward policy wants ahead, and its step, metres. */
const AHEAD = 1.4;
const FORWARD = 1;
/** Part of the picture that must be clear to go forward: the middle of its width and height. */
const MIDDLE = { from: 0.35, to: 0.65 };
/** Least turn when something is ahead, degrees. */
const LEAST_TURN = 45;

/** Walks to a random one of the places that it knows to be reachable, and looks anywhere. */
export function randomPolicy(random: Random): Policy {
  let map: ExploredMap | undefined;
  return movesOnly((observation) => {
    const { pose } = observation;
    map ??= new ExploredMap(observation.bounds);
    map.add({ ...observation, ...sizeOf(observation) });
    const walk = map.walkFrom(pose.x, pose.y);
    const { grid } = map;
    const reachable: number[] = [];
    for (let cell = 0; cell < grid.size; cell++) {
      if (walk.distance(cell) <= STRIDE) reachable.push(cell);
    }
    const yaw = wrapDegrees(random.between(0, 360));
    if (reachable.length === 0) return { ...pose, yaw };
    const cell = random.pick(reachable);
    return { x: grid.x(cell), y: grid.y(cell), z: pose.z, yaw };
  });
}

/** Goes forward while it can, else turns by a random angle (Habitat's RandomForwardAgent). */
export function forwardPolicy(random: Random): Policy {
  return movesOnly((observation) => {
    const { pose } = observation;
    return clearance(observation) > AHEAD
      ? moved(pose, pose.yaw, FORWARD)
      : turned(
        pose,
        random.between(LEAST_TURN, 360 - LEAST_TURN),
      );
  });
}

/** A policy of moves that follow from what is seen. */
export function movesOnly(next: (observation: Observation) => Pose): Policy {
  return {
    decide(observation, signal): Promise<Decision> {
      if (signal.aborted) return Promise.reject(signal.reason);
      return Promise.resolve({
        action: "move",
        pose: next(observation),
        reasoning: "Moving without looking for anything.",
      });
    },
  };
}

/** Metres to the nearest thing in the middle of the picture. */
function clearance({ image: { width, height }, depth }: Observation): number {
  let nearest = Infinity;
  const [left, right] = [MIDDLE.from * width, MIDDLE.to * width];
  const [top, bottom] = [MIDDLE.from * height, MIDDLE.to * height];
  for (let y = Math.floor(top); y < bottom; y++) {
    for (let x = Math.floor(left); x < right; x++) {
      const metres = depth[y * width + x]!;
      if (metres > 0 && metres < nearest) nearest = metres;
    }
  }
  return nearest;
}

function sizeOf({ image: { width, height } }: Observation): {
  width: number;
  height: number;
} {
  return { width, height };
}

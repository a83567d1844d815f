/**
 * Where an agent can stand, as the loop needs it.
 *
 * @module
 */

import { type Bounds, clampPose } from "../geometry/bounds.ts";
import { distanceBetween, type Pose } from "../geometry/pose.ts";

/** Where a move leads. */
export interface Arrival {
  readonly pose: Pose;
  /** What was changed and why, in words for the policy; absent if nothing was. */
  readonly note?: string;
}

/** The place as an agent moves in it. */
export interface Ground {
  /** World box that poses are clamped to, metres. */
  readonly bounds: Bounds;
  /** The pose that an agent at `from` reaches when it wants to be at `wanted`, all of it finite. */
  arrive(from: Pose, wanted: Pose): Arrival;
  /** Whether an agent could stand there. */
  isFree(pose: Pose): boolean;
}

/** Metres below which a changed pose is not worth a word. */
const WORTH_TELLING = 0.05;

/** Ground of which nothing is known but the bounds. */
export function boundedGround(bounds: Bounds): Ground {
  return {
    bounds,
    arrive: (_from, wanted) => {
      const pose = clampPose(wanted, bounds);
      return distanceBetween(pose, wanted) < WORTH_TELLING ? { pose } : {
        pose,
        note: "Your last move left the bounds and was pulled back into them.",
      };
    },
    isFree: (pose) =>
      distanceBetween(clampPose(pose, bounds), pose) < WORTH_TELLING,
  };
}

/**
 * Where an agent can stand, as the loop needs it.
 *
 * @module
 */

import { type Bounds, clampPose, contains } from "../geometry/bounds.ts";
import { distanceBetween, moved, type Pose } from "../geometry/pose.ts";
import type { FreeSpace } from "../map/free_space.ts";

/** Where a move leads. */
export interface Arrival {
  readonly pose: Pose;
  /** What was changed and why, in words for the policy; absent if nothing was. */
  readonly note?: string;
  /** Where it was to lead, if something solid is there. */
  readonly blocked?: Pose;
}

/** The place as an agent moves in it. */
export interface Ground {
  /** World box that poses are clamped to, metres. */
  readonly bounds: Bounds;
  /** The pose that an agent at `from` reaches when it wants to be at `wanted`, all of it finite. */
  arrive(from: Pose, wanted: Pose): Arrival;
  /** Whether an agent could stand there. */
  isFree(pose: Pose): boolean;
  /** Whether nothing is in the way of a step along `heading` (degrees in the world). */
  mayStep(pose: Pose, heading: number, metres: number): boolean;
  /** Corners of the shortest way, both ends included; empty where none is known. */
  path(from: Pose, to: Omit<Pose, "yaw">): Omit<Pose, "yaw">[];
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
    mayStep: (pose, heading, metres) => {
      const { x, y, z } = moved(pose, heading, metres);
      return contains(bounds, [x, y, z]);
    },
    path: () => [],
  };
}

/**
 * Ground whose solid parts are known. Poses are absolute, so a move may lead
 * anywhere that is free; one that would end in something solid ends at the
 * nearest free place on the straight way there.
 */
export function freeGround(space: FreeSpace): Ground {
  const { bounds } = space;
  const arrive = (from: Pose, wanted: Pose): Arrival => {
    const inside = clampPose(wanted, bounds);
    const { x, y, z, yaw } = inside;
    // Whoever stands where nobody can may stay there and turn.
    const stays = distanceBetween(from, inside) < WORTH_TELLING;
    const end = stays || space.isFree(x, y, z)
      ? inside
      : space.nearestAlong(from, inside) ??
        (space.isFree(from.x, from.y) ? from : space.nearest(inside) ?? from);
    const pose = { x: end.x, y: end.y, z: end.z, yaw };
    const note = changeInWords(pose, {
      from,
      wanted,
      inside,
      cameraHeight: space.cameraHeight,
    });
    if (note === undefined) return { pose };
    return end === inside ? { pose, note } : { pose, note, blocked: inside };
  };
  return {
    bounds,
    arrive,
    isFree: ({ x, y, z }) => space.isFree(x, y, z),
    mayStep: (pose, heading, metres) => {
      const end = moved(pose, heading, metres);
      return space.isFree(end.x, end.y, end.z) &&
        // From within something solid every free place is a way out.
        (!space.isFree(pose.x, pose.y) || space.isClear(pose, end));
    },
    path: (from, to) => space.path(from, to),
  };
}

/** What became of a wish, for whoever wished it. */
function changeInWords(
  pose: Pose,
  { from, wanted, inside, cameraHeight }: {
    from: Pose;
    wanted: Pose;
    inside: Pose;
    cameraHeight: number | undefined;
  },
): string | undefined {
  const short = Math.hypot(pose.x - wanted.x, pose.y - wanted.y);
  const height = Math.abs(pose.z - wanted.z);
  if (Math.hypot(short, height) < WORTH_TELLING) return undefined;
  const isMoved = Math.hypot(pose.x - inside.x, pose.y - inside.y) >=
    WORTH_TELLING;
  if (!isMoved && short >= WORTH_TELLING) {
    return "Your last move left the bounds and was pulled back into them.";
  }
  if (isMoved) {
    const hasStayed = Math.hypot(pose.x - from.x, pose.y - from.y) <
      WORTH_TELLING;
    const [x, y] = [wanted.x.toFixed(2), wanted.y.toFixed(2)];
    return hasStayed
      ? `Your last move to (${x}, ${y}) is blocked by something solid: you stayed where you were.`
      : `Your last move to (${x}, ${y}) would have ended in something solid: you stand at the nearest free place on the way, ${
        short.toFixed(1)
      } m short of it.`;
  }
  return `Your height was changed from ${wanted.z.toFixed(2)} to ${
    pose.z.toFixed(2)
  } m, ${
    cameraHeight === undefined
      ? "between the floor and what hangs above"
      : `at which your camera is ${cameraHeight} m above the floor`
  }.`;
}

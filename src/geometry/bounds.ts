/**
 * Axis-aligned boxes.
 *
 * @module
 */

import type { Pose } from "./pose.ts";
import type { Vector3 } from "./vector.ts";

/** A closed box; the unit and the axes are the owner's. */
export interface Bounds {
  readonly min: Vector3;
  readonly max: Vector3;
}

/** Whether `point` is inside or on the border. */
export function contains(bounds: Bounds, point: Vector3): boolean {
  return point.every((value, axis) =>
    value >= bounds.min[axis as 0]! && value <= bounds.max[axis as 0]!
  );
}

/** `pose` with its position pulled to the nearest point of `bounds`. */
export function clampPose(pose: Pose, bounds: Bounds): Pose {
  const clamp = (value: number, axis: 0 | 1 | 2): number =>
    Math.min(Math.max(value, bounds.min[axis]), bounds.max[axis]);
  return {
    x: clamp(pose.x, 0),
    y: clamp(pose.y, 1),
    z: clamp(pose.z, 2),
    yaw: pose.yaw,
  };
}

/** Extents along x, y, z. */
export function sizeOf({ min, max }: Bounds): Vector3 {
  return [max[0] - min[0], max[1] - min[1], max[2] - min[2]];
}

/** Metres on the ground from a position to the nearest point of a box; 0 within. */
export function distanceToBox(
  { min, max }: Bounds,
  { x, y }: Pick<Pose, "x" | "y">,
): number {
  return Math.hypot(
    Math.max(min[0] - x, 0, x - max[0]),
    Math.max(min[1] - y, 0, y - max[1]),
  );
}

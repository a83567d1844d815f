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

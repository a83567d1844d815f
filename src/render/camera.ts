/**
 * Cameras: a pose in the world, or a matrix in the file's axes, to what the
 * renderers need. Renderers work in file axes and units, so that spherical
 * harmonics stay as they were trained; depth leaves them in metres.
 *
 * View axes: x right, y down, z forward (OpenCV). Pixel (0, 0) is the upper
 * left; its centre is at (0.5, 0.5).
 *
 * @module
 */

import { lookDirection, type TiltedPose } from "../geometry/pose.ts";
import { cross, type Vector3 } from "../geometry/vector.ts";
import { fileFromWorld, type SceneFrame } from "../scene/scene_frame.ts";

/** A pinhole or orthographic camera in file axes and units. */
export interface Camera {
  /** Orthographic cameras are for maps. */
  readonly projection: "perspective" | "orthographic";
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Focal length in pixels; pixels a file unit if orthographic. */
  readonly fx: number;
  /** As {@linkcode fx}, along y. */
  readonly fy: number;
  /** Principal point, pixels from the left edge. */
  readonly cx: number;
  /** Principal point, pixels from the upper edge. */
  readonly cy: number;
  /** Nine numbers, row-major: the rows are right, down and forward in file axes; orthonormal. */
  readonly rotation: Float64Array;
  /** Three numbers: the camera's centre, file axes and units. */
  readonly position: Float64Array;
  /** Splats whose centre is nearer than this along z are left out; file units, > 0. */
  readonly near: number;
  /** Metres a file unit: depth is multiplied by it. */
  readonly metresPerUnit: number;
}

/** Options for {@linkcode cameraAtPose}. */
export interface CameraOptions {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Vertical field of view, degrees. @default {frame.fov} */
  fov?: number;
}

/** A pinhole camera with square pixels at `pose` in the world of `frame`. */
export function cameraAtPose(
  frame: SceneFrame,
  pose: TiltedPose,
  { width, height, fov = frame.fov }: CameraOptions,
): Camera {
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const forward = lookDirection(pose);
  const yaw = pose.yaw * Math.PI / 180;
  const right: Vector3 = [Math.sin(yaw), -Math.cos(yaw), 0];
  const down = cross(forward, right);
  const rows = [right, down, forward].flatMap((row) =>
    [0, 1, 2].map((axis) =>
      frame.axes.reduce(
        (sum, world, i) => sum + row[i as 0]! * world[axis as 0]!,
        0,
      )
    )
  );
  return {
    projection: "perspective",
    width,
    height,
    fx: focal,
    fy: focal,
    cx: width / 2,
    cy: height / 2,
    rotation: Float64Array.from(rows),
    position: Float64Array.from(
      fileFromWorld(frame, [pose.x, pose.y, pose.z]),
    ),
    near: frame.near,
    metresPerUnit: frame.metresPerUnit,
  };
}

/**
 * How a file's axes and units lie in the world: right-handed, z up, metres,
 * origin at the start viewpoint (or at the file's own origin).
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";
import type { UpAxis } from "./scene_file.ts";

/** A similarity between file and world, and what an agent must know of the place. */
export interface SceneFrame {
  readonly up: UpAxis;
  readonly metresPerUnit: number;
  /** The world's x, y and z axes as unit vectors in file axes. */
  readonly axes: readonly [Vector3, Vector3, Vector3];
  /** The world's origin in file axes and units. */
  readonly origin: Vector3;
  /** Robust box of the place, world metres. */
  readonly bounds: Bounds;
  /** Start viewpoint in the world: zeros unless the file's own origin is kept. */
  readonly start: Pose;
  /** Of the start above the floor, metres, where somebody asked for it. */
  readonly eyeHeight?: number;
  /** Vertical field of view, degrees. */
  readonly fov: number;
  /** Nearest distance at which splats are drawn, file units. */
  readonly near: number;
  /** How up, scale and start were decided, one line each, for `inspect`. */
  readonly reasons: readonly string[];
  /** Why a guess of up may be wrong, in words, and what sets it right. */
  readonly doubt?: string;
  /** What is a guess (`up`, `scale`), for the line on stderr. */
  readonly guessed: readonly ("up" | "scale")[];
}

/** The part of a frame that maps points. */
export type Similarity = Pick<SceneFrame, "axes" | "origin" | "metresPerUnit">;

/** World point -> file point. */
export function fileFromWorld(frame: Similarity, world: Vector3): Vector3 {
  const { axes: [x, y, z], origin, metresPerUnit } = frame;
  const at = (axis: 0 | 1 | 2): number =>
    origin[axis] +
    (world[0] * x[axis] + world[1] * y[axis] + world[2] * z[axis]) /
      metresPerUnit;
  return [at(0), at(1), at(2)];
}

/** File point -> world point. */
export function worldFromFile(frame: Similarity, file: Vector3): Vector3 {
  const { axes, origin, metresPerUnit } = frame;
  const along = (axis: Vector3): number =>
    metresPerUnit * ((file[0] - origin[0]) * axis[0] +
      (file[1] - origin[1]) * axis[1] + (file[2] - origin[2]) * axis[2]);
  return [along(axes[0]), along(axes[1]), along(axes[2])];
}

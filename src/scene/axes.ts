/**
 * The axes along which a place stands upright, in those of its file.
 *
 * @module
 */

import { cross, dot, type Vector3 } from "../geometry/vector.ts";
import type { UpAxis } from "./scene_file.ts";
import type { SceneFrame } from "./scene_frame.ts";

/** World x, y and z in file axes, unit vectors. */
export type Axes = SceneFrame["axes"];

/**
 * The world's axes before the start is known. Down-y files (3DGS) look along
 * +z, up-y files (.spz, glTF) along -z, so that the same splats in both give
 * the same world.
 */
export const BASE_AXES: Readonly<Record<UpAxis, Axes>> = {
  "-y": [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
  "+y": [[0, 0, -1], [-1, 0, 0], [0, 1, 0]],
  "+z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "-z": [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
  "+x": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
  "-x": [[0, 1, 0], [0, 0, -1], [-1, 0, 0]],
};

/** `axes` turned about the third by `angle`, radians counter-clockwise. */
export function turned([x, y, z]: Axes, angle: number): Axes {
  // Zero must stay exactly zero, not become a signed or tiny number.
  if (angle === 0) return [x, y, z];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const mix = (a: Vector3, b: Vector3, p: number, q: number): Vector3 => [
    p * a[0] + q * b[0],
    p * a[1] + q * b[1],
    p * a[2] + q * b[2],
  ];
  return [mix(x, y, c, s), mix(x, y, -s, c), z];
}

/** Axes whose z is `up`, given along `base`, and whose x is ahead as before. */
export function tilted(base: Axes, up: Vector3): Axes {
  const [ux, , uz] = up;
  const length = Math.hypot(ux, uz);
  const x: Vector3 = [uz / length, 0, -ux / length];
  const z = toFile(base, up);
  const ahead = toFile(base, x);
  return [ahead, cross(z, ahead), z];
}

/** Coordinates along `axes` of a point or direction in file axes. */
export function inAxes(axes: Axes, point: Vector3): Vector3 {
  return [dot(axes[0], point), dot(axes[1], point), dot(axes[2], point)];
}

/** File coordinates of a point given along `axes`. */
export function toFile([x, y, z]: Axes, point: Vector3): Vector3 {
  const at = (a: 0 | 1 | 2): number =>
    point[0] * x[a] + point[1] * y[a] + point[2] * z[a];
  return [at(0), at(1), at(2)];
}

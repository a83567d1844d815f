/**
 * Three-vectors as plain tuples: for the few computations outside the hot
 * loops, which work on typed arrays instead.
 *
 * @module
 */

/** Three numbers along x, y, z; the unit and the axes are the owner's. */
export type Vector3 = readonly [x: number, y: number, z: number];

/** Component-wise sum. */
export function add(a: Vector3, b: Vector3): Vector3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** Component-wise difference, `a - b`. */
export function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** Each component times `factor`. */
export function scale(a: Vector3, factor: number): Vector3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** Inner product. */
export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Right-handed cross product. */
export function cross(a: Vector3, b: Vector3): Vector3 {
  return [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
}

/** Euclidean length. */
export function length(a: Vector3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

/**
 * `a` scaled to length one.
 *
 * @throws {RangeError} If `a` has no direction: length zero or not finite.
 */
export function normalize(a: Vector3): Vector3 {
  const norm = length(a);
  if (!(norm > 0 && norm < Infinity)) {
    throw new RangeError(
      `Cannot normalize a vector as its length must be > 0 and finite: current value is [${a}]`,
    );
  }
  return scale(a, 1 / norm);
}

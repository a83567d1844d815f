/**
 * Arbitrary directions and matrices for property tests.
 *
 * @module
 */

import fc from "fast-check";
import type { Vector3 } from "../../src/geometry/vector.ts";
import type { Matrix3 } from "../../src/scene/sh_rotation.ts";

const component = fc.double({ min: -1, max: 1, noNaN: true });

/** A unit vector. */
export const direction: fc.Arbitrary<Vector3> = fc.tuple(
  component,
  component,
  component,
)
  .filter((v) => Math.hypot(...v) > 0.1)
  .map((v) => v.map((x) => x / Math.hypot(...v)) as unknown as Vector3);

/** An orthogonal matrix by Gram and Schmidt, a mirror or not. */
export const orthogonal: fc.Arbitrary<Matrix3> = fc.tuple(
  direction,
  direction,
  fc.constantFrom(1, -1),
).filter(([a, b]) => Math.abs(dot(a, b)) < 0.95).map(([a, b, sign]) => {
  const rest = b.map((x, i) => x - dot(a, b) * a[i]!);
  const second = rest.map((x) => x / Math.hypot(...rest));
  const [p, q] = [a, second];
  const third = [
    sign * (p[1] * q[2]! - p[2] * q[1]!),
    sign * (p[2] * q[0]! - p[0] * q[2]!),
    sign * (p[0] * q[1]! - p[1] * q[0]!),
  ];
  return [...a, ...second, ...third];
});

/** Inner product. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

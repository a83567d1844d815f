/**
 * Moving, turning and stretching splats: the covariance of each becomes
 * M C M^T exactly, also where M is not a similarity.
 *
 * @module
 */

import { type Matrix3, rotateSh, shRotation } from "./sh_rotation.ts";
import type { Splats } from "./splats.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/** x -> linear * x + translation. */
export interface Affine {
  /** Row by row. */
  readonly linear: Matrix3;
  readonly translation: readonly number[];
}

/** Greatest departure of M^T M / k^2 from the identity that still counts as a similarity. */
const SIMILARITY_TOLERANCE = 1e-5;

/** Applies `affine` to `splats`, in place: positions, scales, rotations and SH. */
export function transformSplats(
  splats: Splats,
  { linear, translation }: Affine,
): void {
  const { positions, scales, rotations, sh, shDegree } = splats;
  movePositions(positions, { linear, translation });
  const factor = similarityFactor(linear);
  const turn = factor > 0
    ? linear.map((value) => value / factor)
    : polarRotation(linear);
  if (factor > 0) {
    for (let i = 0; i < scales.length; i++) scales[i]! *= factor;
    // A covariance does not tell a mirror from a half turn.
    const sign = Math.sign(determinant(turn));
    turnRotations(rotations, quaternionOf(turn.map((value) => sign * value)));
  } else {
    stretch(scales, rotations, linear);
  }
  rotateSh(sh, { rotation: shRotation(turn), shDegree });
}

function movePositions(
  positions: Float32Array,
  { linear: m, translation: t }: Affine,
): void {
  for (let i = 0; i < positions.length; i += 3) {
    const x = positions[i]!;
    const y = positions[i + 1]!;
    const z = positions[i + 2]!;
    positions[i] = m[0]! * x + m[1]! * y + m[2]! * z + t[0]!;
    positions[i + 1] = m[3]! * x + m[4]! * y + m[5]! * z + t[1]!;
    positions[i + 2] = m[6]! * x + m[7]! * y + m[8]! * z + t[2]!;
  }
}

/** q' = turn * q for all rotations w, x, y, z. */
function turnRotations(
  rotations: Float32Array,
  [w, x, y, z]: readonly [number, number, number, number],
): void {
  for (let i = 0; i < rotations.length; i += 4) {
    const a = rotations[i]!;
    const b = rotations[i + 1]!;
    const c = rotations[i + 2]!;
    const d = rotations[i + 3]!;
    rotations[i] = w * a - x * b - y * c - z * d;
    rotations[i + 1] = w * b + x * a + y * d - z * c;
    rotations[i + 2] = w * c - x * d + y * a + z * b;
    rotations[i + 3] = w * d + x * c - y * b + z * a;
  }
}

/** New scales and rotations from the axes of M R S S R^T M^T. */
function stretch(
  scales: Float32Array,
  rotations: Float32Array,
  linear: Matrix3,
): void {
  for (let i = 0; i < scales.length / 3; i++) {
    const [w, x, y, z] = rotations.subarray(4 * i, 4 * i + 4);
    const turned = multiply(linear, matrixOf([w!, x!, y!, z!]));
    const shape = turned.map((value, at) => value * scales[3 * i + at % 3]!);
    const { values, vectors } = symmetricEigen(multiply(
      shape,
      transpose(shape),
    ));
    for (let axis = 0; axis < 3; axis++) {
      scales[3 * i + axis] = Math.sqrt(Math.max(0, values[axis]!));
    }
    const sign = Math.sign(determinant(vectors));
    rotations.set(quaternionOf(vectors.map((value) => sign * value)), 4 * i);
  }
}

/** k where M is k times an orthogonal matrix, else 0. */
function similarityFactor(matrix: Matrix3): number {
  const product = multiply(transpose(matrix), matrix);
  const square = (product[0]! + product[4]! + product[8]!) / 3;
  const isSimilarity = product.every((value, at) =>
    Math.abs(value - (at % 4 === 0 ? square : 0)) <=
      SIMILARITY_TOLERANCE * square
  );
  return isSimilarity ? Math.sqrt(square) : 0;
}

/**
 * The orthogonal matrix nearest to `matrix`, by Newton's iteration; the
 * identity where there is none. N. Higham, "Computing the polar
 * decomposition", 1986.
 */
function polarRotation(matrix: Matrix3): Matrix3 {
  let rotation = matrix;
  for (let step = 0; step < 60; step++) {
    const inverse = inverseTranspose(rotation);
    if (!inverse) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
    // Scaling by the norms lets very uneven matrices converge as fast.
    const scale = Math.sqrt(Math.hypot(...inverse) / Math.hypot(...rotation));
    const next = rotation.map((value, at) =>
      0.5 * (scale * value + inverse[at]! / scale)
    );
    const change = Math.hypot(
      ...next.map((value, at) => value - rotation[at]!),
    );
    rotation = next;
    if (change < 1e-12) break;
  }
  return rotation;
}

function inverseTranspose(m: Matrix3): Matrix3 | undefined {
  const cofactors = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => {
      const at = (r: number, c: number): number =>
        m[3 * ((row + r) % 3) + (column + c) % 3]!;
      return at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1);
    })
  );
  const value = m[0]! * cofactors[0]! + m[1]! * cofactors[1]! +
    m[2]! * cofactors[2]!;
  if (!(Math.abs(value) > 1e-12 * Math.hypot(...m) ** 3)) return undefined;
  return cofactors.map((cofactor) => cofactor / value);
}

function determinant(m: Matrix3): number {
  return m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) -
    m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) +
    m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!);
}

function multiply(a: Matrix3, b: Matrix3): number[] {
  return Array.from({ length: 9 }, (_, at) => {
    const row = at - at % 3;
    return a[row]! * b[at % 3]! + a[row + 1]! * b[at % 3 + 3]! +
      a[row + 2]! * b[at % 3 + 6]!;
  });
}

function transpose(m: Matrix3): number[] {
  return [0, 3, 6, 1, 4, 7, 2, 5, 8].map((at) => m[at]!);
}

/** The rotation matrix of a unit quaternion w, x, y, z. */
function matrixOf(
  [w, x, y, z]: readonly [number, number, number, number],
): Matrix3 {
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

/** The unit quaternion w, x, y, z of a rotation matrix, from its largest component. */
function quaternionOf(m: Matrix3): [number, number, number, number] {
  const [xx, yy, zz] = [m[0]!, m[4]!, m[8]!];
  const squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz];
  squares.push(1 - xx - yy + zz);
  const largest = squares.indexOf(Math.max(...squares));
  const products = [
    [squares[0]!, m[7]! - m[5]!, m[2]! - m[6]!, m[3]! - m[1]!],
    [m[7]! - m[5]!, squares[1]!, m[1]! + m[3]!, m[2]! + m[6]!],
    [m[2]! - m[6]!, m[1]! + m[3]!, squares[2]!, m[5]! + m[7]!],
    [m[3]! - m[1]!, m[2]! + m[6]!, m[5]! + m[7]!, squares[3]!],
  ][largest]!;
  const norm = Math.hypot(...products);
  const [w, x, y, z] = products.map((value) => value / norm);
  return [w!, x!, y!, z!];
}

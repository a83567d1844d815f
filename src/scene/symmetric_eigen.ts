/**
 * Axes of a symmetric 3 x 3 matrix.
 *
 * @module
 */

import type { Matrix3 } from "./sh_rotation.ts";

/** Eigenvalues, and eigenvectors as columns in the same order (row by row). */
export interface Eigen {
  readonly values: readonly number[];
  readonly vectors: Matrix3;
}

/** Pairs of axes that Jacobi's method turns one after another. */
const PAIRS = [[0, 1], [0, 2], [1, 2]] as const;

/** Sweeps until float64 is exhausted: convergence is quadratic, five are usual. */
const MAX_SWEEPS = 16;

/** Eigenvalues and orthonormal eigenvectors of the symmetric `matrix`, by Jacobi's method. */
export function symmetricEigen(matrix: Matrix3): Eigen {
  const a = [...matrix];
  const vectors = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    const rest = Math.abs(a[1]!) + Math.abs(a[2]!) + Math.abs(a[5]!);
    if (rest <= 1e-16 * (Math.abs(a[0]!) + Math.abs(a[4]!) + Math.abs(a[8]!))) {
      break;
    }
    for (const [p, q] of PAIRS) turnPair(a, vectors, [p, q]);
  }
  return { values: [a[0]!, a[4]!, a[8]!], vectors };
}

/** Turns axes p and q such that a[p][q] becomes zero. */
function turnPair(
  a: number[],
  vectors: number[],
  [p, q]: readonly [number, number],
): void {
  const off = a[3 * p + q]!;
  if (off === 0) return;
  const theta = (a[4 * q]! - a[4 * p]!) / (2 * off);
  const tangent = (theta >= 0 ? 1 : -1) /
    (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (const matrix of [a, vectors]) {
    for (let row = 0; row < 3; row++) {
      const left = matrix[3 * row + p]!;
      const right = matrix[3 * row + q]!;
      matrix[3 * row + p] = cosine * left - sine * right;
      matrix[3 * row + q] = sine * left + cosine * right;
    }
  }
  for (let column = 0; column < 3; column++) {
    const upper = a[3 * p + column]!;
    const lower = a[3 * q + column]!;
    a[3 * p + column] = cosine * upper - sine * lower;
    a[3 * q + column] = sine * upper + cosine * lower;
  }
}

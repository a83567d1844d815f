/**
 * Turning spherical harmonics with the splats they belong to.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import { SH_REST_COEFFICIENTS, type ShDegree } from "./splats.ts";

/** Nine numbers, row by row. */
export type Matrix3 = readonly number[];

/** A turn of the coefficients of degrees 1 to 3: for each degree a matrix, row by row. */
export type ShRotation = readonly Float64Array[];

/**
 * Lebedev's 26 points integrate polynomials of degree 7 over the sphere
 * exactly; products of two harmonics of degree 3 have 6.
 * V. I. Lebedev, "Quadratures on a sphere", 1976.
 */
const LEBEDEV_WEIGHTS = [0, 1 / 21, 4 / 105, 9 / 280];

/** Where the coefficients of each degree begin, without the constant one. */
const FIRST = [0, 0, 3, 8];

/**
 * The higher real spherical harmonics in the direction `[x, y, z]` (unit
 * length), with the signs of 3DGS: 15 numbers, three of degree 1, five of 2,
 * seven of 3.
 */
export function shBasis([x, y, z]: Vector3): number[] {
  const [xx, yy, zz] = [x * x, y * y, z * z];
  return [
    -0.4886025119029199 * y,
    0.4886025119029199 * z,
    -0.4886025119029199 * x,
    1.0925484305920792 * x * y,
    -1.0925484305920792 * y * z,
    0.31539156525252005 * (2 * zz - xx - yy),
    -1.0925484305920792 * x * z,
    0.5462742152960396 * (xx - yy),
    -0.5900435899266435 * y * (3 * xx - yy),
    2.890611442640554 * x * y * z,
    -0.4570457994644658 * y * (4 * zz - xx - yy),
    0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
    -0.4570457994644658 * x * (4 * zz - xx - yy),
    1.445305721320277 * z * (xx - yy),
    -0.5900435899266435 * x * (xx - 3 * yy),
  ];
}

/**
 * The matrices that turn coefficients with `turn`, an orthogonal matrix
 * (mirrors included): a function c becomes the function d -> c(turn^-1 d).
 * Entry (m, k) is the integral of Y_m(d) Y_k(turn^-1 d) over the sphere.
 */
export function shRotation(turn: Matrix3): ShRotation {
  const matrices = [0, 3, 5, 7].map((size) => new Float64Array(size * size));
  for (const [direction, weight] of lebedevPoints()) {
    const before = shBasis(multiplyTransposed(turn, direction));
    const after = shBasis(direction);
    for (let degree = 1; degree <= 3; degree++) {
      const size = 2 * degree + 1;
      const first = FIRST[degree]!;
      for (let m = 0; m < size; m++) {
        for (let k = 0; k < size; k++) {
          matrices[degree]![m * size + k]! += 4 * Math.PI * weight *
            after[first + m]! * before[first + k]!;
        }
      }
    }
  }
  return matrices;
}

/** Turns the coefficients of all splats in `sh`, laid out as in `Splats.sh`, in place. */
export function rotateSh(
  sh: Float16Array,
  { rotation, shDegree }: { rotation: ShRotation; shDegree: ShDegree },
): void {
  const stride = 3 * SH_REST_COEFFICIENTS[shDegree];
  if (stride === 0) return;
  const old = new Float64Array(21);
  for (let base = 0; base < sh.length; base += stride) {
    for (let degree = 1; degree <= shDegree; degree++) {
      const size = 2 * degree + 1;
      const matrix = rotation[degree]!;
      const first = base + 3 * FIRST[degree]!;
      for (let i = 0; i < 3 * size; i++) old[i] = sh[first + i]!;
      for (let m = 0; m < size; m++) {
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let k = 0; k < size; k++) {
          const factor = matrix[m * size + k]!;
          red += factor * old[3 * k]!;
          green += factor * old[3 * k + 1]!;
          blue += factor * old[3 * k + 2]!;
        }
        sh[first + 3 * m] = red;
        sh[first + 3 * m + 1] = green;
        sh[first + 3 * m + 2] = blue;
      }
    }
  }
}

/** The points of Lebedev's rule and their weights, which sum to 1. */
function lebedevPoints(): [Vector3, number][] {
  const points: [Vector3, number][] = [];
  const steps = [-1, 0, 1];
  for (const x of steps) {
    for (const y of steps) {
      for (const z of steps) {
        const axes = Math.abs(x) + Math.abs(y) + Math.abs(z);
        if (axes === 0) continue;
        const length = Math.sqrt(axes);
        points.push([
          [x / length, y / length, z / length],
          LEBEDEV_WEIGHTS[axes]!,
        ]);
      }
    }
  }
  return points;
}

/** The transpose of `matrix` times `vector`: for an orthogonal matrix its inverse. */
function multiplyTransposed(matrix: Matrix3, [x, y, z]: Vector3): Vector3 {
  const row = (column: number): number =>
    matrix[column]! * x + matrix[3 + column]! * y + matrix[6 + column]! * z;
  return [row(0), row(1), row(2)];
}

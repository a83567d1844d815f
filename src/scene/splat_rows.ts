/**
 * Splats as trainers store them (logarithms, logits, raw quaternions), a row
 * each, into {@linkcode Splats}.
 *
 * @module
 */

import { SPLAT_PROPERTIES } from "./ply_columns.ts";
import { SH_C0, SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** Rows of numbers, all of one length. */
export interface SplatRows {
  readonly values: Float32Array;
  /** Numbers a row. */
  readonly stride: number;
  /** Rows. */
  readonly count: number;
}

/** Largest half float. */
const MAX_HALF = 65504;

/** Largest float32. */
const MAX_FLOAT = 3.4028234663852886e38;

/** Quaternions shorter than this have no direction left in float32. */
const MIN_ROTATION = 1e-18;

/** Writes rows into splats one after another and keeps account of what is wrong with them. */
export class SplatRowWriter {
  /** Splats written. */
  kept = 0;
  /** Rows left out as they are not finite. */
  broken = 0;
  /** Row and property of the first of them. */
  firstBroken = "";
  /** Rows whose rotation was zero and became none. */
  unrotated = 0;
  readonly #splats: Splats;
  readonly #columns: Int32Array;
  /** From a colour in the rows to SH: `factor * value + offset`. */
  readonly #color: { factor: number; offset: number };
  #rows = 0;

  /**
   * @param columns where in a row the values stand, see {@linkcode SplatColumns}
   * @param colorRange full intensity of plain colours; absent where colours are SH
   */
  constructor(splats: Splats, columns: Int32Array, colorRange?: number) {
    this.#splats = splats;
    this.#columns = columns;
    this.#color = colorRange === undefined
      ? { factor: 1, offset: 0 }
      : { factor: 1 / (colorRange * SH_C0), offset: -0.5 / SH_C0 };
  }

  /** Writes all rows of `rows` whose numbers are finite. */
  write({ values, stride, count }: SplatRows): void {
    const { positions, scales, rotations, opacities, colors, sh, shDegree } =
      this.#splats;
    const leavesSh = this.#splats.fileSh !== undefined;
    const columns = this.#columns;
    const { factor, offset } = this.#color;
    const [x, y, z, s0, s1, s2, r0, r1, r2, r3, o, c0, c1, c2] =
      columns as unknown as number[] as Column14;
    const rest = 3 * SH_REST_COEFFICIENTS[shDegree];
    const restColumns = columns.subarray(SPLAT_PROPERTIES.length);
    let kept = this.kept;
    for (let row = 0; row < count; row++) {
      const base = row * stride;
      const px = values[base + x]!;
      const py = values[base + y]!;
      const pz = values[base + z]!;
      const scale0 = Math.exp(values[base + s0]!);
      const scale1 = Math.exp(values[base + s1]!);
      const scale2 = s2 < 0 ? 0 : Math.exp(values[base + s2]!);
      let qw = values[base + r0]!;
      let qx = values[base + r1]!;
      let qy = values[base + r2]!;
      let qz = values[base + r3]!;
      const norm = Math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz);
      // An infinite logit is a legal way to say 0 or 1.
      const opacity = 1 / (1 + Math.exp(-values[base + o]!));
      const red = factor * values[base + c0]! + offset;
      const green = factor * values[base + c1]! + offset;
      const blue = factor * values[base + c2]! + offset;
      // Finite minus itself is zero, all else is NaN.
      let poison = (px - px) + (py - py) + (pz - pz) + (red - red) +
        (green - green) + (blue - blue) + (norm - norm) + (opacity - opacity);
      const into = kept * rest;
      // Those that stay in the file are looked at, too: a splat is kept as a whole.
      for (let i = 0; leavesSh && i < rest; i++) {
        const value = values[base + restColumns[i]!]!;
        poison += value - value;
      }
      for (let i = 0; !leavesSh && i < rest; i++) {
        const value = values[base + restColumns[i]!]!;
        if (value >= -MAX_HALF && value <= MAX_HALF) sh[into + i] = value;
        else {
          poison += value - value;
          sh[into + i] = value > 0 ? MAX_HALF : -MAX_HALF;
        }
      }
      if (
        poison !== 0 ||
        !(scale0 <= MAX_FLOAT && scale1 <= MAX_FLOAT && scale2 <= MAX_FLOAT)
      ) {
        this.#reject(values, base, row);
        continue;
      }
      if (norm > MIN_ROTATION) {
        qw /= norm;
        qx /= norm;
        qy /= norm;
        qz /= norm;
      } else {
        this.unrotated++;
        qw = 1;
        qx = qy = qz = 0;
      }
      positions[3 * kept] = px;
      positions[3 * kept + 1] = py;
      positions[3 * kept + 2] = pz;
      scales[3 * kept] = scale0;
      scales[3 * kept + 1] = scale1;
      scales[3 * kept + 2] = scale2;
      rotations[4 * kept] = qw;
      rotations[4 * kept + 1] = qx;
      rotations[4 * kept + 2] = qy;
      rotations[4 * kept + 3] = qz;
      opacities[kept] = opacity;
      colors[3 * kept] = red;
      colors[3 * kept + 1] = green;
      colors[3 * kept + 2] = blue;
      kept++;
    }
    this.#rows += count;
    this.kept = kept;
  }

  #reject(values: Float32Array, base: number, row: number): void {
    if (this.broken++ > 0) return;
    const name = (index: number): string => {
      if (index < SPLAT_PROPERTIES.length) return SPLAT_PROPERTIES[index]!;
      return "f_rest";
    };
    const index = this.#columns.findIndex((column, index) => {
      const value = column < 0 ? 0 : values[base + column]!;
      const isScale = index >= 3 && index < 6;
      const isOpacity = index === 10;
      return isScale
        ? !(Math.exp(value) <= MAX_FLOAT)
        : isOpacity
        ? Number.isNaN(value)
        : !Number.isFinite(value);
    });
    const value = index < 0
      ? "too large"
      : values[base + this.#columns[index]!];
    this.firstBroken = `splat ${this.#rows + row}: ${
      index < 0 ? "rotation" : name(index)
    } is ${value}`;
  }
}

// deno-fmt-ignore
type Column14 = [
  number, number, number, number, number, number, number,
  number, number, number, number, number, number, number,
];

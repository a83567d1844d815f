/**
 * Which splats of a scene a device gets, and in which order.
 *
 * @module
 */

import { SH_REST_COEFFICIENTS, type Splats } from "../../scene/splats.ts";
import { mortonOrder } from "./morton.ts";

/** Opacity below which alpha never reaches 1/255. */
const MIN_OPACITY = 1 / 255;

/** File units: squares of what is larger leave the range of f32. */
const MAX_COORDINATE = 1e15;

/** log2 of a scale is kept from -32 to below 32; a larger splat is left out. */
const MAX_SCALE = 2 ** 32;

/** The place of a splat that the device does not get. */
export const NOWHERE = 2 ** 32 - 1;

/** Which splats the device gets, and in which order. */
export interface SceneOrder {
  readonly splats: Splats;
  /** Indices of the splats that can leave a trace, ascending. */
  readonly kept: Uint32Array<ArrayBuffer>;
  /** Rank in {@linkcode kept} of each splat in Morton order. */
  readonly slots: Uint32Array<ArrayBuffer>;
  /** Place in Morton order of each splat of the file; {@linkcode NOWHERE} of those that are left out. */
  readonly places: Uint32Array<ArrayBuffer>;
  /** Near the middle of the scene; positions on the device are relative to it. File units. */
  readonly origin: readonly [number, number, number];
  /** Box of the kept positions relative to {@linkcode origin}. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Leaves out what leaves no trace: values that are not finite, faint and immense splats. */
export function orderScene(splats: Splats): SceneOrder {
  const kept = keepVisible(splats);
  const { positions } = splats;
  const [low, high]: [number[], number[]] = [[], []];
  for (let axis = 0; axis < 3; axis++) {
    let [least, most] = [Infinity, -Infinity];
    for (let k = 0; k < kept.length; k++) {
      const value = positions[3 * kept[k]! + axis]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    low[axis] = least;
    high[axis] = most;
  }
  const slots = mortonOrder(positions, kept);
  const places = new Uint32Array(splats.count).fill(NOWHERE);
  for (let place = 0; place < slots.length; place++) {
    places[kept[slots[place]!]!] = place;
  }
  const origin = middle(positions, kept);
  return {
    splats,
    kept,
    slots,
    places,
    origin,
    low: low.map((value, axis) => value - origin[axis]!),
    high: high.map((value, axis) => value - origin[axis]!),
  };
}

function keepVisible(splats: Splats): Uint32Array<ArrayBuffer> {
  const { count, positions, scales, rotations, opacities, colors } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(
    splats.sh.buffer,
    splats.sh.byteOffset,
    splats.sh.length,
  );
  const mayBreak = hasInfinite(splats.sh);
  const kept = new Uint32Array(count);
  let length = 0;
  const within = (
    values: Float32Array,
    first: number,
    limit: number,
  ): boolean =>
    Math.abs(values[first]!) <= limit &&
    Math.abs(values[first + 1]!) <= limit &&
    Math.abs(values[first + 2]!) <= limit;
  splat: for (let i = 0; i < count; i++) {
    // Comparisons with NaN are false.
    if (
      !(opacities[i]! >= MIN_OPACITY && opacities[i]! < Infinity) ||
      !within(positions, 3 * i, MAX_COORDINATE) ||
      !within(scales, 3 * i, MAX_SCALE) ||
      !within(colors, 3 * i, Number.MAX_VALUE)
    ) continue;
    const square = rotations[4 * i]! ** 2 + rotations[4 * i + 1]! ** 2 +
      rotations[4 * i + 2]! ** 2 + rotations[4 * i + 3]! ** 2;
    if (!(square > 0 && square < Infinity)) continue;
    for (let c = i * rest; mayBreak && c < (i + 1) * rest; c++) {
      // Exponent bits all set: infinite or not a number.
      if ((halves[c]! & 0x7c00) === 0x7c00) continue splat;
    }
    kept[length++] = i;
  }
  return new Uint32Array(kept.buffer.transfer(4 * length));
}

/** Whether any of `values` is infinite or not a number: two at a time, as they hardly ever are. */
function hasInfinite(values: Float16Array): boolean {
  const { buffer, byteOffset, length } = values;
  if (byteOffset % 4 !== 0) return true; // Unknown: each splat is looked at.
  const words = new Uint32Array(buffer, byteOffset, length >> 1);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (
      (word & 0x7c00) === 0x7c00 || (word & 0x7c000000) === 0x7c000000
    ) return true;
  }
  return length % 2 === 1 && !Number.isFinite(values[length - 1]!);
}

/** Median of a sample, in whole units so that differences to it stay exact. */
function middle(
  positions: Float32Array,
  kept: Uint32Array,
): [number, number, number] {
  const step = Math.max(1, Math.floor(kept.length / 1024));
  const at = (axis: number): number => {
    const sample: number[] = [];
    for (let k = 0; k < kept.length; k += step) {
      sample.push(positions[3 * kept[k]! + axis]!);
    }
    sample.sort((a, b) => a - b);
    return Math.fround(Math.round(sample[sample.length >> 1] ?? 0));
  };
  return [at(0), at(1), at(2)];
}

/**
 * Morton order: neighbours in space become neighbours in memory, so that a
 * workgroup's splats are seen or not seen together.
 *
 * @module
 */

import { free } from "../../scene/free.ts";

/** Bits an axis; three axes make a code of 30 bits. */
const BITS = 10;

/** Positions looked at to find the box that the codes divide. */
const SAMPLES = 4096;

/**
 * Ranks in `kept` in Morton order of their positions, equal codes in the order of `kept`.
 *
 * The codes divide the box of the middle 98 % along each axis; what lies
 * outside counts as on its border, so that a few strays do not coarsen the rest.
 *
 * @param positions x, y, z a splat, finite where kept
 */
export function mortonOrder(
  positions: Float32Array,
  kept: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const [x, y, z] = [0, 1, 2].map((axis) => axisScale(positions, kept, axis));
  const codes = new Uint32Array(kept.length);
  for (let k = 0; k < kept.length; k++) {
    const p = 3 * kept[k]!;
    codes[k] = spread(cell(positions[p]!, x!)) |
      spread(cell(positions[p + 1]!, y!)) << 1 |
      spread(cell(positions[p + 2]!, z!)) << 2;
  }
  return sortByCode(codes);
}

interface AxisScale {
  readonly low: number;
  readonly cellsPerUnit: number;
}

function axisScale(
  positions: Float32Array,
  kept: Uint32Array,
  axis: number,
): AxisScale {
  const step = Math.max(1, Math.floor(kept.length / SAMPLES));
  const sample: number[] = [];
  for (let k = 0; k < kept.length; k += step) {
    sample.push(positions[3 * kept[k]! + axis]!);
  }
  sample.sort((a, b) => a - b);
  const low = sample[Math.floor(0.01 * sample.length)] ?? 0;
  const high = sample[Math.ceil(0.99 * sample.length) - 1] ?? 0;
  return { low, cellsPerUnit: high > low ? (1 << BITS) / (high - low) : 0 };
}

function cell(value: number, { low, cellsPerUnit }: AxisScale): number {
  return Math.min(
    (1 << BITS) - 1,
    Math.max(0, Math.floor((value - low) * cellsPerUnit)),
  );
}

/** Two zero bits after each of ten. */
function spread(value: number): number {
  value = (value | value << 16) & 0x030000ff;
  value = (value | value << 8) & 0x0300f00f;
  value = (value | value << 4) & 0x030c30c3;
  return (value | value << 2) & 0x09249249;
}

/** Indices of `codes` in ascending order of the codes, a stable radix sort; `codes` are used up. */
function sortByCode(codes: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  let [fromCodes, from] = [codes, codes.map((_, index) => index)];
  let [toCodes, to] = [
    new Uint32Array(codes.length),
    new Uint32Array(codes.length),
  ];
  for (let shift = 0; shift < 3 * BITS; shift += BITS) {
    const next = new Uint32Array(1 << BITS);
    for (let k = 0; k < fromCodes.length; k++) {
      next[fromCodes[k]! >>> shift & 1023]!++;
    }
    let start = 0;
    for (let digit = 0; digit < next.length; digit++) {
      const count = next[digit]!;
      next[digit] = start;
      start += count;
    }
    for (let k = 0; k < from.length; k++) {
      const place = next[fromCodes[k]! >>> shift & 1023]!++;
      toCodes[place] = fromCodes[k]!;
      to[place] = from[k]!;
    }
    [fromCodes, toCodes] = [toCodes, fromCodes];
    [from, to] = [to, from];
  }
  free(fromCodes, toCodes, to); // The scene needs the room.
  return from;
}

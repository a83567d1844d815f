/**
 * .spz, inner layer: bytes -> numbers. Tables of 256 values do the arithmetic;
 * the loops only look up.
 *
 * @module
 */

import type { Spz } from "./read_spz_container.ts";
import { SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** Signed 9-bit magnitude and its sign, smallest-three rotations. */
const SMALLEST_THREE_MAX = 511;

/** f_dc = (byte / 255 - 0.5) / 0.15, the format's own colour scale. */
const COLOR_SCALE = 0.15;

/** Writes the splats of `spz` to `target` from splat `first` on; SH beyond the target's degree is cut. */
export function decodeSpz(spz: Spz, target: Splats, first: number): void {
  const { header: { count, version, fractionalBits }, streams } = spz;
  const end = first + count;
  const positions = target.positions.subarray(3 * first, 3 * end);
  if (version === 1) {
    decodeHalfPositions(streams.positions, positions);
  } else {
    decodeFixedPositions(streams.positions, {
      fractionalBits,
      target: positions,
    });
  }
  lookUp(streams.alphas, {
    table: table((byte) => byte / 255),
    target: target.opacities.subarray(first, end),
  });
  lookUp(streams.colors, {
    table: table((byte) => (byte / 255 - 0.5) / COLOR_SCALE),
    target: target.colors.subarray(3 * first, 3 * end),
  });
  lookUp(streams.scales, {
    table: table((byte) => Math.exp(byte / 16 - 10)),
    target: target.scales.subarray(3 * first, 3 * end),
  });
  const rotations = target.rotations.subarray(4 * first, 4 * end);
  if (version >= 3) decodeSmallestThree(streams.rotations, rotations);
  else decodeVectorParts(streams.rotations, rotations);
  decodeSh(spz, target, first);
}

function table(value: (byte: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => value(byte));
}

function lookUp(
  bytes: Uint8Array,
  { table, target }: { table: Float32Array; target: Float32Array },
): void {
  for (let i = 0; i < bytes.length; i++) target[i] = table[bytes[i]!]!;
}

function decodeHalfPositions(bytes: Uint8Array, target: Float32Array): void {
  // A copy, as the bytes may start at an odd address.
  target.set(new Float16Array(Uint8Array.from(bytes).buffer));
}

function decodeFixedPositions(
  bytes: Uint8Array,
  { fractionalBits, target }: { fractionalBits: number; target: Float32Array },
): void {
  const unit = 2 ** -fractionalBits;
  for (let i = 0; i < target.length; i++) {
    const at = 3 * i;
    // The top byte is shifted into the sign bit and back.
    const fixed = (bytes[at]! << 8 | bytes[at + 1]! << 16 |
      bytes[at + 2]! << 24) >> 8;
    target[i] = fixed * unit;
  }
}

/** Versions 1 and 2: x, y, z as bytes, w >= 0 by unit length. */
function decodeVectorParts(bytes: Uint8Array, target: Float32Array): void {
  for (let splat = 0; splat < bytes.length / 3; splat++) {
    const from = 3 * splat;
    const to = 4 * splat;
    let x = bytes[from]! / 127.5 - 1;
    let y = bytes[from + 1]! / 127.5 - 1;
    let z = bytes[from + 2]! / 127.5 - 1;
    const square = x * x + y * y + z * z;
    if (square > 1) {
      const shorten = 1 / Math.sqrt(square);
      x *= shorten;
      y *= shorten;
      z *= shorten;
    }
    target[to] = Math.sqrt(Math.max(0, 1 - square));
    target[to + 1] = x;
    target[to + 2] = y;
    target[to + 3] = z;
  }
}

/** Version 3 on: index of the largest of x, y, z, w in two bits, then the others, last first, in ten bits each. */
function decodeSmallestThree(bytes: Uint8Array, target: Float32Array): void {
  const unit = Math.SQRT1_2 / SMALLEST_THREE_MAX;
  const xyzw = new Float64Array(4);
  for (let at = 0; at < bytes.length; at += 4) {
    let bits = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 |
      bytes[at + 3]! << 24;
    const largest = bits >>> 30;
    let square = 0;
    for (let part = 3; part >= 0; part--) {
      if (part === largest) continue;
      const magnitude = (bits & SMALLEST_THREE_MAX) * unit;
      xyzw[part] = bits & 0x200 ? -magnitude : magnitude;
      square += magnitude * magnitude;
      bits >>>= 10;
    }
    // Damaged bits may exceed unit length; the renderers count on it.
    const shorten = square > 1 ? 1 / Math.sqrt(square) : 1;
    xyzw[largest] = Math.sqrt(Math.max(0, 1 - square));
    target[at] = xyzw[3]! * shorten;
    target[at + 1] = xyzw[0]! * shorten;
    target[at + 2] = xyzw[1]! * shorten;
    target[at + 3] = xyzw[2]! * shorten;
  }
}

/** Bytes -> half floats (n / 128 is exact); coefficients are laid out as in {@linkcode Splats.sh}. */
function decodeSh(spz: Spz, target: Splats, first: number): void {
  const { count, fileShDegree } = spz.header;
  const from = 3 * ((fileShDegree + 1) ** 2 - 1);
  const to = 3 * SH_REST_COEFFICIENTS[target.shDegree];
  const used = Math.min(from, to);
  if (used === 0) return;
  const bytes = spz.streams.sh;
  const halves = new Uint16Array(
    Float16Array.from({ length: 256 }, (_, byte) => (byte - 128) / 128).buffer,
  );
  const sh = new Uint16Array(
    target.sh.buffer,
    target.sh.byteOffset + 2 * to * first,
    to * count,
  );
  if (from === to) {
    for (let i = 0; i < sh.length; i++) sh[i] = halves[bytes[i]!]!;
    return;
  }
  for (let splat = 0; splat < count; splat++) {
    const source = splat * from;
    const goal = splat * to;
    for (let i = 0; i < used; i++) sh[goal + i] = halves[bytes[source + i]!]!;
  }
}

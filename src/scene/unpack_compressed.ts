/**
 * The numbers of PlayCanvas compressed .ply: bits between a chunk's extremes.
 *
 * @module
 */

import { SH_C0, SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** Splats a chunk; the last may have fewer. */
export const CHUNK = 256;

/** Numbers a chunk in the table of chunks: bounds of position and of log scale, then of colour. */
export const CHUNK_NUMBERS = 18;

/** SH coefficient of each byte: 256 levels over [-4, 4], the outermost exact. */
const SH_OF_BYTE = Float32Array.from(
  { length: 256 },
  (_, byte) =>
    8 * ((byte === 0 ? 0 : byte === 255 ? 1 : (byte + 0.5) / 256) - 0.5),
);

/** A block of records, and where in them the values are. */
export interface VertexBlock {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly count: number;
  /** Word of position, rotation, scale and colour in a record. */
  readonly words: readonly number[];
  /** Words a record. */
  readonly stride: number;
}

/** Writes a block of splats but for their SH. */
export function unpackSplats(
  { positions, scales, rotations, opacities, colors }: Splats,
  chunks: Float32Array,
  { bytes, first, count, words, stride }: VertexBlock,
): void {
  const packed = new Uint32Array(
    bytes.buffer,
    bytes.byteOffset,
    bytes.byteLength / 4,
  );
  const [atPosition, atRotation, atScale, atColor] = words as [
    number,
    number,
    number,
    number,
  ];
  for (let record = 0; record < count; record++) {
    const i = first + record;
    const word = record * stride;
    const c = CHUNK_NUMBERS * Math.floor(i / CHUNK);
    const between = (low: number, share: number): number => {
      const from = chunks[c + low]!;
      return from + (chunks[c + low + 3]! - from) * share;
    };
    const position = packed[word + atPosition]!;
    positions[3 * i] = between(0, (position >>> 21) / 2047);
    positions[3 * i + 1] = between(1, ((position >>> 11) & 1023) / 1023);
    positions[3 * i + 2] = between(2, (position & 2047) / 2047);
    const scale = packed[word + atScale]!;
    scales[3 * i] = Math.exp(between(6, (scale >>> 21) / 2047));
    scales[3 * i + 1] = Math.exp(between(7, ((scale >>> 11) & 1023) / 1023));
    scales[3 * i + 2] = Math.exp(between(8, (scale & 2047) / 2047));
    const color = packed[word + atColor]!;
    colors[3 * i] = (between(12, (color >>> 24) / 255) - 0.5) / SH_C0;
    colors[3 * i + 1] = (between(13, ((color >>> 16) & 255) / 255) - 0.5) /
      SH_C0;
    colors[3 * i + 2] = (between(14, ((color >>> 8) & 255) / 255) - 0.5) /
      SH_C0;
    opacities[i] = (color & 255) / 255;
    unpackRotation(rotations, i, packed[word + atRotation]!);
  }
}

/** Two bits say which of w, x, y, z is the largest; ten bits each give the others over +-sqrt(1/2). */
function unpackRotation(
  rotations: Float32Array,
  i: number,
  packed: number,
): void {
  const a = ((packed >>> 20 & 1023) / 1023 - 0.5) * Math.SQRT2;
  const b = ((packed >>> 10 & 1023) / 1023 - 0.5) * Math.SQRT2;
  const c = ((packed & 1023) / 1023 - 0.5) * Math.SQRT2;
  const square = a * a + b * b + c * c;
  const largest = Math.sqrt(Math.max(0, 1 - square));
  const norm = Math.sqrt(Math.max(1, square));
  const index = packed >>> 30;
  const r = 4 * i;
  rotations[r] = (index === 0 ? largest : a) / norm;
  rotations[r + 1] = (index === 1 ? largest : index === 0 ? a : b) / norm;
  rotations[r + 2] = (index === 2 ? largest : index < 2 ? b : c) / norm;
  rotations[r + 3] = (index === 3 ? largest : c) / norm;
}

/** Writes a block of SH: channel-major bytes to coefficient-major halves. */
export function unpackSh(
  { sh, shDegree }: Splats,
  { bytes, first, count, perChannel }: {
    bytes: Uint8Array;
    first: number;
    count: number;
    perChannel: number;
  },
): void {
  const coefficients = SH_REST_COEFFICIENTS[shDegree];
  let at = 3 * coefficients * first;
  for (let record = 0; record < count; record++) {
    const base = 3 * perChannel * record;
    for (let k = base; k < base + coefficients; k++) {
      sh[at++] = SH_OF_BYTE[bytes[k]!]!;
      sh[at++] = SH_OF_BYTE[bytes[k + perChannel]!]!;
      sh[at++] = SH_OF_BYTE[bytes[k + 2 * perChannel]!]!;
    }
  }
}

/**
 * Small encoders of .spz for tests and benches: plain translations of the
 * format's description, written apart from the readers.
 *
 * @module
 */

import { gzipSync, zstdCompressSync } from "node:zlib";

/** Options of {@linkcode encodeSpz}. */
export interface EncodeSpzOptions {
  count: number;
  /** @default {3} */
  version?: 1 | 2 | 3 | 4;
  /** @default {0} */
  shDegree?: number;
  /** @default {12} */
  fractionalBits?: number;
  /** @default {0} */
  flags?: number;
  /** Extension records. @default {none} */
  extensions?: Uint8Array;
  /** Bytes of each stream; pseudo-random where absent. */
  streams?: Partial<Record<SpzStream, Uint8Array>>;
  /** Leaves versions 1 to 3 unpacked. @default {false} */
  plain?: boolean;
}

export type SpzStream =
  | "positions"
  | "alphas"
  | "colors"
  | "scales"
  | "rotations"
  | "sh";

/** A .spz file. */
export function encodeSpz({
  count,
  version = 3,
  shDegree = 0,
  fractionalBits = 12,
  flags = 0,
  extensions = new Uint8Array(0),
  streams = {},
  plain = false,
}: EncodeSpzOptions): Uint8Array {
  const lengths: [SpzStream, number][] = [
    ["positions", version === 1 ? 6 : 9],
    ["alphas", 1],
    ["colors", 3],
    ["scales", 3],
    ["rotations", version >= 3 ? 4 : 3],
    ["sh", 3 * ((shDegree + 1) ** 2 - 1)],
  ];
  const parts = lengths.filter(([, length]) => length > 0).map(
    ([name, length], index) =>
      streams[name] ?? sceneLikeBytes(length * count, { name, seed: index }),
  );
  const header = new Uint8Array(version === 4 ? 32 : 16);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x5053474e, true);
  view.setUint32(4, version, true);
  view.setUint32(8, count, true);
  header.set([shDegree, fractionalBits, flags], 12);
  if (version < 4) {
    const raw = concat([header, ...parts, extensions]);
    return plain ? raw : gzipSync(raw);
  }
  header[15] = parts.length;
  view.setUint32(16, 32 + extensions.length, true);
  const packed = parts.map((part) => zstdCompressSync(part));
  const table = new DataView(new ArrayBuffer(16 * parts.length));
  parts.forEach((part, index) => {
    table.setBigUint64(16 * index, BigInt(packed[index]!.length), true);
    table.setBigUint64(16 * index + 8, BigInt(part.length), true);
  });
  return concat([
    header,
    extensions,
    new Uint8Array(table.buffer),
    ...packed,
  ]);
}

/** One after another. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Bytes that pack about as well as a scan's: noise of few bits for SH, of all for the rest. */
function sceneLikeBytes(
  length: number,
  { name, seed }: { name: SpzStream; seed: number },
): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 88172645 + seed;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const noise = state >>> 24;
    // Trained SH lies near zero and is quantised to 4 bits.
    if (name === "sh") {
      bytes[i] = 128 + ((noise & 3) + (noise >> 2 & 3) - 3) * 16;
    } // The top byte of a coordinate hardly changes.
    else if (name === "positions" && i % 3 === 2) {
      bytes[i] = noise > 128 ? 0 : 255;
    } else bytes[i] = noise;
  }
  return bytes;
}

/**
 * .spz, header of versions 1 to 4 and the lengths that follow from it.
 *
 * @module
 */

import { SceneFormatError } from "./scene_file.ts";

/** Streams in the order in which they are stored. */
export const STREAMS = [
  "positions",
  "alphas",
  "colors",
  "scales",
  "rotations",
  "sh",
] as const;

/** One of {@linkcode STREAMS}. */
export type StreamName = typeof STREAMS[number];

/** Header of a .spz. */
export interface SpzHeader {
  /** 1 to 4. */
  readonly version: number;
  /** Splats, >= 1. */
  readonly count: number;
  /** 0 to 4. */
  readonly fileShDegree: number;
  /** Bits after the point of a coordinate, 0 to 24; not used by version 1. */
  readonly fractionalBits: number;
  /** Trained with Mip-Splatting's filter. */
  readonly antialiased: boolean;
  /** Splats form Spark's tree of levels of detail, versions 1 to 3. */
  readonly hasTree: boolean;
  /** Extension records follow. */
  readonly hasExtensions: boolean;
  /** Packed streams, version 4. */
  readonly streamCount: number;
  /** Byte at which the table of streams begins, version 4. */
  readonly tableOffset: number;
}

/** "NGSP", little endian. */
const MAGIC = 0x5053474e;
/** Header of versions 1 to 3, bytes. */
export const SPZ_HEADER_BYTES = 16;
/** Header of version 4, bytes. */
export const SPZ_HEADER_BYTES_V4 = 32;

const FLAG_ANTIALIASED = 1;
const FLAG_EXTENSIONS = 2;
/** Spark's own. */
const FLAG_TREE = 0x80;

/**
 * Reads the header at the start of `bytes`.
 *
 * @throws {SceneFormatError} If it is no .spz header of a known version.
 */
export function parseSpzHeader(file: string, bytes: Uint8Array): SpzHeader {
  const fail = (problem: string): SceneFormatError =>
    new SceneFormatError(file, "spz", problem);
  if (bytes.length < SPZ_HEADER_BYTES) {
    throw fail(
      `expected a header of ${SPZ_HEADER_BYTES} bytes, found ${bytes.length}`,
    );
  }
  const view = new DataView(
    bytes.buffer,
    bytes.byteOffset,
    bytes.byteLength,
  );
  const magic = view.getUint32(0, true);
  if (magic !== MAGIC) {
    throw fail(
      `expected "NGSP" at byte 0, found 0x${magic.toString(16)}`,
    );
  }
  const version = view.getUint32(4, true);
  if (version < 1 || version > 4) {
    throw fail(`expected version 1 to 4 at byte 4, found ${version}`);
  }
  if (version === 4 && bytes.length < SPZ_HEADER_BYTES_V4) {
    throw fail(
      `expected a header of ${SPZ_HEADER_BYTES_V4} bytes, found ${bytes.length}`,
    );
  }
  const count = view.getUint32(8, true);
  if (count === 0) {
    throw fail("expected at least one splat at byte 8, found 0");
  }
  const fileShDegree = bytes[12]!;
  if (fileShDegree > 4) {
    throw fail(
      `expected an SH degree of 0 to 4 at byte 12, found ${fileShDegree}`,
    );
  }
  const fractionalBits = bytes[13]!;
  if (version > 1 && fractionalBits > 24) {
    throw fail(
      `expected at most 24 fractional bits at byte 13, found ${fractionalBits}`,
    );
  }
  return {
    version,
    count,
    fileShDegree,
    fractionalBits,
    antialiased: (bytes[14]! & FLAG_ANTIALIASED) !== 0,
    hasTree: version < 4 && (bytes[14]! & FLAG_TREE) !== 0,
    hasExtensions: (bytes[14]! & FLAG_EXTENSIONS) !== 0,
    streamCount: version === 4 ? bytes[15]! : 0,
    tableOffset: version === 4 ? view.getUint32(16, true) : 0,
  };
}

/** Bytes of each unpacked stream. */
export function spzStreamSizes(
  { version, count, fileShDegree }: SpzHeader,
): Record<StreamName, number> {
  return {
    positions: count * (version === 1 ? 6 : 9),
    alphas: count,
    colors: count * 3,
    scales: count * 3,
    rotations: count * (version >= 3 ? 4 : 3),
    sh: count * 3 * ((fileShDegree + 1) ** 2 - 1),
  };
}

/** Says it where SH is cut. */
export function spzShWarnings({ fileShDegree }: SpzHeader): string[] {
  return fileShDegree > 3
    ? [`SH of degree ${fileShDegree} is cut to degree 3`]
    : [];
}

/**
 * PlayCanvas compressed .ply: splats in chunks of 256, each value quantised
 * between the chunk's extremes. Chunks have 12 properties (old) or 18 (with
 * extremes of the colour); SH stand in an element of their own.
 *
 * @module
 */

import { readBlocks } from "./blocks.ts";
import type { ByteSource } from "./byte_source.ts";
import { isAntialiased, upOf } from "./ply_columns.ts";
import {
  type PlyElement,
  plyElementOffset,
  type PlyHeader,
  type PlyType,
} from "./ply_header.ts";
import { inSteps } from "./progress.ts";
import {
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import {
  allocateSplats,
  SH_C0,
  SH_REST_COEFFICIENTS,
  type ShDegree,
  type Splats,
} from "./splats.ts";

/** Splats a chunk; the last may have fewer. */
const CHUNK = 256;

const FORMAT = "compressed-ply";

const BOUNDS_PROPERTIES = [
  ...["min_x", "min_y", "min_z", "max_x", "max_y", "max_z"],
  ...["min_scale_x", "min_scale_y", "min_scale_z"],
  ...["max_scale_x", "max_scale_y", "max_scale_z"],
];

/** Only in the newer kind; without them colours lie in [0, 1]. */
const COLOR_PROPERTIES = ["min_r", "min_g", "min_b", "max_r", "max_g", "max_b"];

const VERTEX_PROPERTIES = [
  "packed_position",
  "packed_rotation",
  "packed_scale",
  "packed_color",
];

/** Numbers a chunk in {@linkcode readChunks}: bounds, then colour bounds. */
const CHUNK_NUMBERS = 18;

/** Largest logarithm of a scale whose exponential is a float32. */
const MAX_LOG_SCALE = 88;

/** SH coefficient of each byte: 256 levels over [-4, 4], the outermost exact. */
const SH_OF_BYTE = Float32Array.from(
  { length: 256 },
  (_, byte) =>
    8 * ((byte === 0 ? 0 : byte === 255 ? 1 : (byte + 0.5) / 256) - 0.5),
);

/**
 * Reads a compressed .ply whose header has been read.
 *
 * @throws {SceneFormatError} If elements or properties are missing, the file is cut short or chunk bounds are not finite.
 * @throws The signal's reason if aborted.
 */
export async function readCompressedPly(
  source: ByteSource,
  header: PlyHeader,
  options: ReadOptions,
): Promise<SceneFile> {
  const fail = (problem: string): never => {
    throw new SceneFormatError(source.name, FORMAT, problem);
  };
  if (header.encoding !== "binary little endian") {
    fail(`expected binary little endian, found ${header.encoding}`);
  }
  const element = (name: string): PlyElement =>
    header.elements.find((e) => e.name === name) ??
      fail(`expected element ${name}, found none`);
  const [chunk, vertex] = [element("chunk"), element("vertex")];
  const { count } = vertex;
  if (count === 0) fail("expected at least one splat, found none");
  if (chunk.count < Math.ceil(count / CHUNK)) {
    fail(
      `expected ${
        Math.ceil(count / CHUNK)
      } chunks for ${count} splats, found ${chunk.count}`,
    );
  }
  const isNew = chunk.properties.some(({ name }) => name === "min_r");
  const chunkOffsets = offsetsOf(chunk, {
    names: isNew
      ? [...BOUNDS_PROPERTIES, ...COLOR_PROPERTIES]
      : BOUNDS_PROPERTIES,
    type: "float32",
    fail,
  });
  const words = offsetsOf(vertex, {
    names: VERTEX_PROPERTIES,
    type: "uint32",
    fail,
  }).map((offset) => offset / 4);
  const sh = header.elements.find(({ name }) => name === "sh");
  const { shDegree, fileShDegree } = shDegreeOf(sh, count, fail);
  const start = {
    chunk: plyElementOffset(source, header, "chunk"),
    vertex: plyElementOffset(source, header, "vertex"),
    sh: sh && plyElementOffset(source, header, "sh"),
  };
  // Offsets have been checked against the size of the file, so counts are true.
  const splats = allocateSplats(count, shDegree, {
    antialiased: isAntialiased(header.comments),
  });
  const progress = inSteps(options.onProgress);
  const chunks = await readChunks(source, {
    start: start.chunk,
    chunk,
    offsets: chunkOffsets,
    fail,
  });
  for await (
    const block of readBlocks(source, {
      start: start.vertex,
      count,
      stride: vertex.stride,
    })
  ) {
    options.signal?.throwIfAborted();
    unpackSplats(splats, chunks, {
      ...block,
      words,
      stride: vertex.stride / 4,
    });
    progress((block.first + block.count) / count * (sh ? 0.5 : 1));
  }
  if (sh && shDegree > 0) {
    for await (
      const block of readBlocks(source, {
        start: start.sh!,
        count,
        stride: sh.stride,
      })
    ) {
      options.signal?.throwIfAborted();
      unpackSh(splats, { ...block, perChannel: sh.stride / 3 });
      progress(0.5 + 0.5 * (block.first + block.count) / count);
    }
  }
  return {
    splats,
    format: FORMAT,
    version: `${isNew ? 18 : 12} numbers a chunk`,
    fileShDegree,
    ...upOf(header),
    warnings: fileShDegree > 3 ? ["SH degree 4 is cut to 3"] : [],
  };
}

/** Byte offsets of properties within a record of four-byte values. */
function offsetsOf(
  { name: element, properties }: PlyElement,
  { names, type, fail }: {
    names: readonly string[];
    type: PlyType;
    fail: (problem: string) => never;
  },
): number[] {
  const odd = properties.find((p) => p.offset % 4 !== 0 || p.isList);
  if (odd) {
    fail(
      `expected values of four bytes in element ${element}, found ${odd.name}`,
    );
  }
  return names.map((name) => {
    const property = properties.find((p) => p.name === name) ??
      fail(`expected property ${name} in element ${element}, found none`);
    if (property.type !== type) {
      fail(`expected ${type} for property ${name}, found ${property.type}`);
    }
    return property.offset;
  });
}

function shDegreeOf(
  sh: PlyElement | undefined,
  count: number,
  fail: (problem: string) => never,
): { shDegree: ShDegree; fileShDegree: number } {
  if (!sh) return { shDegree: 0, fileShDegree: 0 };
  if (sh.count !== count) {
    fail(`expected ${count} records in element sh, found ${sh.count}`);
  }
  const fileShDegree = [0, 9, 24, 45, 72].indexOf(sh.properties.length);
  const isPlain = sh.properties.every(({ name, type, isList }, index) =>
    name === `f_rest_${index}` && type === "uint8" && !isList
  );
  if (fileShDegree < 0 || !isPlain) {
    fail(
      `expected 9, 24, 45 or 72 bytes f_rest_0, f_rest_1 ... in element sh, found ${
        sh.properties.map(({ name }) => name).join(", ").slice(0, 80) || "none"
      }`,
    );
  }
  return { shDegree: Math.min(fileShDegree, 3) as ShDegree, fileShDegree };
}

/** The extremes of all chunks, {@linkcode CHUNK_NUMBERS} each. */
async function readChunks(
  source: ByteSource,
  { start, chunk: { count, stride }, offsets, fail }: {
    start: number;
    chunk: PlyElement;
    offsets: readonly number[];
    fail: (problem: string) => never;
  },
): Promise<Float32Array> {
  const bytes = await source.read(start, count * stride);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Float32Array(CHUNK_NUMBERS * count);
  for (let i = 0; i < count; i++) {
    chunks.fill(1, CHUNK_NUMBERS * i + 15, CHUNK_NUMBERS * (i + 1));
    for (const [index, offset] of offsets.entries()) {
      const value = view.getFloat32(i * stride + offset, true);
      const isScale = index >= 6 && index < 12;
      if (!(Math.abs(value) < Infinity) || (isScale && value > MAX_LOG_SCALE)) {
        fail(
          `expected finite bounds, found ${value} at byte ${
            start + i * stride + offset
          } (chunk ${i})`,
        );
      }
      chunks[CHUNK_NUMBERS * i + index] = value;
    }
  }
  return chunks;
}

/** A block of records, and where in them the values are. */
interface VertexBlock {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly count: number;
  /** Word of position, rotation, scale and colour in a record. */
  readonly words: readonly number[];
  /** Words a record. */
  readonly stride: number;
}

function unpackSplats(
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

/** Channel-major bytes to coefficient-major halves. */
function unpackSh(
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

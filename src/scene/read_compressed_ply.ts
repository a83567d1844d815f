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
import type { PlyElement, PlyHeader, PlyType } from "./ply_header.ts";
import { plyElementOffset } from "./ply_values.ts";
import { inSteps } from "./progress.ts";
import {
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { allocateSplats, type ShDegree } from "./splats.ts";
import {
  CHUNK,
  CHUNK_NUMBERS,
  unpackSh,
  unpackSplats,
} from "./unpack_compressed.ts";

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

/** Largest logarithm of a scale whose exponential is a float32. */
const MAX_LOG_SCALE = 88;

/** Largest colour whose SH coefficient is a float32. */
const MAX_COLOR = 9e37;

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
    chunk: await plyElementOffset(source, header, "chunk"),
    vertex: await plyElementOffset(source, header, "vertex"),
    sh: sh && await plyElementOffset(source, header, "sh"),
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
  const odd = properties.find((p) => p.offset % 4 !== 0 || p.lengthType);
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
  const isPlain = sh.properties.every(({ name, type, lengthType }, index) =>
    name === `f_rest_${index}` && type === "uint8" && !lengthType
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
      const most = index < 12 ? Number.MAX_VALUE : MAX_COLOR;
      if (!(Math.abs(value) <= most) || (isScale && value > MAX_LOG_SCALE)) {
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

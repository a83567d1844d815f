/**
 * The vertices of a binary .ply as rows of float32, block by block.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import {
  type PlyElement,
  plyElementOffset,
  type PlyHeader,
  type PlyType,
} from "./ply_header.ts";
import type { SplatRows } from "./splat_rows.ts";

/** Bytes read at a time: large enough that calls cost nothing, small enough for the cache beside the splats. */
const BLOCK = 1 << 22;

/**
 * Rows of `vertex`, a number a property in the order of the header. The memory
 * of a block is used again for the next but one.
 *
 * @throws {SceneFormatError} At once if the file is too short for the count.
 */
export function binaryRows(
  source: ByteSource,
  header: PlyHeader,
  vertex: PlyElement,
): AsyncGenerator<SplatRows> {
  const start = plyElementOffset(source, header, vertex.name);
  return generateRows(source, vertex, {
    start,
    littleEndian: header.encoding === "binary little endian",
  });
}

async function* generateRows(
  source: ByteSource,
  { count, stride, properties }: PlyElement,
  { start, littleEndian }: { start: number; littleEndian: boolean },
): AsyncGenerator<SplatRows> {
  const perBlock = Math.min(count, Math.max(1, Math.floor(BLOCK / stride)));
  const allFloat = properties.every(({ type }) => type === "float32");
  const buffers = [0, 1].map(() => new Uint8Array(perBlock * stride));
  const values = allFloat ? [] : new Float32Array(perBlock * properties.length);
  const blockAt = (row: number): Promise<Uint8Array> =>
    source.read(
      start + row * stride,
      stride * Math.min(perBlock, count - row),
      { buffer: buffers[row / perBlock % 2]! },
    );
  let next = blockAt(0);
  for (let row = 0; row < count; row += perBlock) {
    const bytes = await next;
    // The next block is read while this one is worked on.
    if (row + perBlock < count) {
      next = blockAt(row + perBlock);
      next.catch(() => {}); // Awaited in the next round, unless the caller leaves.
    }
    const rows = Math.min(perBlock, count - row);
    if (values instanceof Float32Array) {
      convert(bytes, properties, { values, rows, stride, littleEndian });
    }
    yield {
      values: values instanceof Float32Array
        ? values
        : floatsOf(bytes, buffers[row / perBlock % 2]!, littleEndian),
      stride: properties.length,
      count: rows,
    };
  }
}

/** `bytes` as floats of this machine, in place if they are `buffer`'s and else copied there if need be. */
function floatsOf(
  bytes: Uint8Array,
  buffer: Uint8Array,
  littleEndian: boolean,
): Float32Array {
  const isOurs = bytes.buffer === buffer.buffer;
  if (littleEndian && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  if (!isOurs) buffer.set(bytes);
  if (!littleEndian) {
    const words = new Uint32Array(buffer.buffer, 0, bytes.length / 4);
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      words[i] = (word >>> 24) | ((word >>> 8) & 0xff00) |
        ((word & 0xff00) << 8) | (word << 24);
    }
  }
  return new Float32Array(buffer.buffer, 0, bytes.length / 4);
}

/** Converts records of mixed types. */
function convert(
  bytes: Uint8Array,
  properties: PlyElement["properties"],
  { values, rows, stride, littleEndian }: {
    values: Float32Array;
    rows: number;
    stride: number;
    littleEndian: boolean;
  },
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Column by column: the type is then the same all through the inner loop.
  for (const [column, { type, offset }] of properties.entries()) {
    const get = GETTERS[type];
    for (let row = 0; row < rows; row++) {
      values[row * properties.length + column] = get(
        view,
        row * stride + offset,
        littleEndian,
      );
    }
  }
}

const GETTERS: Readonly<
  Record<
    PlyType,
    (view: DataView, offset: number, littleEndian: boolean) => number
  >
> = {
  int8: (view, offset) => view.getInt8(offset),
  uint8: (view, offset) => view.getUint8(offset),
  int16: (view, offset, little) => view.getInt16(offset, little),
  uint16: (view, offset, little) => view.getUint16(offset, little),
  int32: (view, offset, little) => view.getInt32(offset, little),
  uint32: (view, offset, little) => view.getUint32(offset, little),
  float32: (view, offset, little) => view.getFloat32(offset, little),
  float64: (view, offset, little) => view.getFloat64(offset, little),
};

/**
 * The vertices of a binary .ply as rows of float32, block by block.
 *
 * @module
 */

import { readBlocks } from "./blocks.ts";
import type { ByteSource } from "./byte_source.ts";
import type { FileSh } from "./file_sh.ts";
import { SPLAT_PROPERTIES } from "./ply_columns.ts";
import type { PlyElement, PlyHeader } from "./ply_header.ts";
import { PLY_GETTERS, plyElementOffset } from "./ply_values.ts";
import type { SplatRows } from "./splat_rows.ts";

/**
 * Rows of `vertex`, a number a property in the order of the header. The memory
 * of a block is used again for the next but one.
 *
 * @throws {SceneFormatError} Before the first block if the file is too short for the count.
 */
export async function binaryRows(
  source: ByteSource,
  header: PlyHeader,
  vertex: PlyElement,
): Promise<AsyncGenerator<SplatRows>> {
  const start = await plyElementOffset(source, header, vertex.name);
  return generateRows(source, vertex, {
    start,
    littleEndian: header.encoding === "binary little endian",
  });
}

/**
 * Where the SH coefficients of `vertex` stay if they are not read now;
 * undefined if there are none, or the file is not a plain one of float32.
 *
 * @param columns see `SplatColumns`
 * @throws {SceneFormatError} If the file is too short for the count.
 */
export async function shInFile(
  source: ByteSource,
  header: PlyHeader,
  { vertex, columns }: { vertex: PlyElement; columns: Int32Array },
): Promise<FileSh | undefined> {
  const { modified, name: path, size: fileSize } = source;
  const { stride, properties } = vertex;
  const rest = columns.slice(SPLAT_PROPERTIES.length);
  const isPlain = header.encoding === "binary little endian" &&
    properties.every(({ type }) => type === "float32");
  if (modified === undefined || !isPlain || rest.length === 0) return undefined;
  const start = await plyElementOffset(source, header, vertex.name);
  return { path, fileSize, modified, start, stride, columns: rest };
}

async function* generateRows(
  source: ByteSource,
  { count, stride, properties }: PlyElement,
  { start, littleEndian }: { start: number; littleEndian: boolean },
): AsyncGenerator<SplatRows> {
  const allFloat = properties.every(({ type }) => type === "float32");
  let values: Float32Array = new Float32Array(0);
  for await (
    const { bytes, count: rows } of readBlocks(source, {
      start,
      count,
      stride,
      forWriting: allFloat && !littleEndian,
    })
  ) {
    if (allFloat) {
      if (!littleEndian) swapWords(bytes);
      values = new Float32Array(
        bytes.buffer,
        bytes.byteOffset,
        bytes.byteLength / 4,
      );
    } else {
      const length = rows * properties.length;
      if (values.length < length) values = new Float32Array(length);
      convert(bytes, properties, { values, rows, stride, littleEndian });
    }
    yield { values, stride: properties.length, count: rows };
  }
}

/** Turns round each four bytes. */
function swapWords(bytes: Uint8Array): void {
  const words = new Uint32Array(
    bytes.buffer,
    bytes.byteOffset,
    bytes.byteLength / 4,
  );
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = (word >>> 24) | ((word >>> 8) & 0xff00) |
      ((word & 0xff00) << 8) | (word << 24);
  }
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
    const get = PLY_GETTERS[type];
    for (let row = 0; row < rows; row++) {
      values[row * properties.length + column] = get(
        view,
        row * stride + offset,
        littleEndian,
      );
    }
  }
}

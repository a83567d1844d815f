/**
 * .spz, outer layer: packing and the six streams of numbers.
 * https://github.com/nianticlabs/spz
 *
 * @module
 */

import {
  readSpzExtensions,
  type SpzExtensions,
} from "./read_spz_extensions.ts";
import {
  parseSpzHeader,
  SPZ_HEADER_BYTES,
  SPZ_HEADER_BYTES_V4,
  type SpzHeader,
  spzStreamSizes,
  type StreamName,
  STREAMS,
} from "./read_spz_header.ts";
import { SPZ_TREE_BYTES } from "./read_spz_lod.ts";
import { SceneFormatError } from "./scene_file.ts";
import { bytesPerSplat, type ShDegree } from "./splats.ts";
import { isBomb, unpack, unpackStart } from "./unpack.ts";

/** The numbers of a .spz, unpacked but still as bytes. */
export interface Spz extends SpzExtensions {
  readonly header: SpzHeader;
  readonly packing: "gzip" | "zstd" | "not packed";
  /** The bytes of each splat lie together. */
  readonly streams: Readonly<Record<StreamName, Uint8Array>>;
  /** Spark's levels of detail, see `read_spz_lod.ts`; absent where there are none. */
  readonly tree?: Uint8Array;
}

/** Most bytes of extensions, and of what else may follow the streams. */
const MAX_TRAILING = 1 << 20;

/**
 * Unpacks the .spz in `bytes`.
 *
 * @param file what errors call it.
 * @throws {SceneFormatError} If it is no .spz, damaged, cut, or declares more than it holds.
 */
export function openSpz(file: string, bytes: Uint8Array): Spz {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const start = isGzip ? tryUnpack(file, () => unpackStart(bytes)) : bytes;
  const header = parseSpzHeader(file, start);
  const { version, count, fileShDegree } = header;
  const streamBytes = totalOf(spzStreamSizes(header));
  const splatBytes = count *
    bytesPerSplat(Math.min(fileShDegree, 3) as ShDegree);
  if (isBomb({ packed: bytes.length, unpacked: streamBytes + splatBytes })) {
    throw tooShort(file, header, bytes.length);
  }
  if (version === 4) {
    if (!isGzip) return openVersion4(file, bytes, header);
    throw fail(file, "expected version 1 to 3 within gzip, found 4");
  }
  return openVersion1To3(file, bytes, { header, isGzip });
}

function openVersion1To3(
  file: string,
  bytes: Uint8Array,
  { header, isGzip }: { header: SpzHeader; isGzip: boolean },
): Spz {
  const sizes = spzStreamSizes(header);
  const end = SPZ_HEADER_BYTES + totalOf(sizes);
  // Deflate packs nothing tighter than 1032:1, so a lying count costs no memory.
  if (end > 1032 * bytes.length) throw tooShort(file, header, bytes.length);
  const treeBytes = header.hasTree ? SPZ_TREE_BYTES * header.count : 0;
  const maxLength = end + treeBytes + MAX_TRAILING;
  const raw = isGzip
    ? tryUnpack(file, () => unpack(bytes, { packing: "gzip", maxLength }))
    : bytes;
  if (raw.length < end) throw tooShort(file, header, raw.length);
  let offset = SPZ_HEADER_BYTES;
  const streams = mapStreams((name) =>
    raw.subarray(offset, offset += sizes[name])
  );
  if (raw.length < end + treeBytes) {
    throw fail(
      file,
      `expected ${treeBytes} bytes of a tree of levels of detail after the last splat, found ${
        raw.length - end
      }`,
    );
  }
  const tree = header.hasTree
    ? { tree: raw.subarray(end, end + treeBytes) }
    : {};
  const rest = raw.subarray(end + treeBytes);
  const packing = isGzip ? "gzip" : "not packed";
  if (header.hasExtensions) {
    return { header, packing, streams, ...tree, ...readSpzExtensions(rest) };
  }
  const warnings = rest.length > 0
    ? [`ignored ${rest.length} bytes after the last splat`]
    : [];
  return { header, packing, streams, ...tree, up: "+y", warnings };
}

function openVersion4(file: string, bytes: Uint8Array, header: SpzHeader): Spz {
  const sizes = spzStreamSizes(header);
  const { count, fileShDegree, streamCount, tableOffset } = header;
  const needed = fileShDegree > 0 ? 6 : 5;
  if (streamCount < needed || streamCount > STREAMS.length) {
    throw fail(
      file,
      `expected ${needed} streams at byte 15, found ${streamCount}`,
    );
  }
  let offset = tableOffset + 16 * streamCount;
  if (tableOffset < SPZ_HEADER_BYTES_V4 || offset > bytes.length) {
    throw fail(
      file,
      `expected the table of ${streamCount} streams within the ${bytes.length} bytes of the file, found it at byte ${tableOffset}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const streams = mapStreams((name, index) => {
    if (index >= needed) return new Uint8Array(0);
    const entry = tableOffset + 16 * index;
    const packedSize = Number(view.getBigUint64(entry, true));
    const size = Number(view.getBigUint64(entry + 8, true));
    if (size !== sizes[name]) {
      throw fail(
        file,
        `expected ${
          sizes[name]
        } bytes of ${name} for ${count} splats in the table at byte ${
          entry + 8
        }, found ${size}`,
      );
    }
    if (packedSize > bytes.length - offset) {
      throw fail(
        file,
        `expected ${packedSize} packed bytes of ${name} at byte ${offset}, found ${
          bytes.length - offset
        }`,
      );
    }
    const packed = bytes.subarray(offset, offset += packedSize);
    const stream = tryUnpack(
      file,
      () => unpack(packed, { packing: "zstd", maxLength: size }),
    );
    if (stream.length !== size) {
      throw fail(
        file,
        `expected ${size} bytes of ${name} in the stream that ends at byte ${offset}, found ${stream.length}`,
      );
    }
    return stream;
  });
  const records = header.hasExtensions
    ? bytes.subarray(SPZ_HEADER_BYTES_V4, tableOffset)
    : new Uint8Array(0);
  return { header, packing: "zstd", streams, ...readSpzExtensions(records) };
}

function totalOf(sizes: Record<StreamName, number>): number {
  return STREAMS.reduce((sum, name) => sum + sizes[name], 0);
}

function mapStreams(
  stream: (name: StreamName, index: number) => Uint8Array,
): Record<StreamName, Uint8Array> {
  return Object.fromEntries(
    STREAMS.map((name, index) => [name, stream(name, index)]),
  ) as Record<StreamName, Uint8Array>;
}

function tryUnpack(file: string, unpacking: () => Uint8Array): Uint8Array {
  try {
    return unpacking();
  } catch (cause) {
    throw new SceneFormatError(
      file,
      "spz",
      `expected whole packed streams of the declared length, found one damaged (${
        (cause as Error).message
      })`,
      { cause },
    );
  }
}

function tooShort(
  file: string,
  { count, fileShDegree }: SpzHeader,
  found: number,
): SceneFormatError {
  return fail(
    file,
    `expected the ${count} splats of SH degree ${fileShDegree} that its header declares, found only ${found} bytes`,
  );
}

function fail(file: string, problem: string): SceneFormatError {
  return new SceneFormatError(file, "spz", problem);
}

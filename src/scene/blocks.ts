/**
 * Records of one length, read some megabytes at a time.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { free } from "./free.ts";

/** Bytes read at a time: large enough that calls cost nothing, small enough for the cache beside the splats. */
const BLOCK = 1 << 21;

/** Some records in a row. */
export interface RecordBlock {
  /** The records; starts at a multiple of four bytes in its memory. */
  readonly bytes: Uint8Array;
  /** Number of the first record. */
  readonly first: number;
  /** Number of records. */
  readonly count: number;
}

/** Options of {@linkcode readBlocks}. */
export interface BlockOptions {
  /** Byte at which the first record starts. */
  start: number;
  /** Records. */
  count: number;
  /** Bytes a record. */
  stride: number;
  /** Whether the receiver changes the bytes: then they are always a copy. @default {false} */
  forWriting?: boolean;
}

/**
 * Reads records block by block; the memory of a block is used again for the
 * next but one. The next block is read while the receiver works on this one.
 *
 * @throws {RangeError} If the records leave the source.
 */
export async function* readBlocks(
  source: ByteSource,
  { start, count, stride, forWriting = false }: BlockOptions,
): AsyncGenerator<RecordBlock> {
  const perBlock = Math.min(count, Math.max(1, Math.floor(BLOCK / stride)));
  const buffers = [0, 1].map(() => new Uint8Array(perBlock * stride));
  const blockAt = async (first: number): Promise<Uint8Array> => {
    const buffer = buffers[first / perBlock % 2]!;
    const length = stride * Math.min(perBlock, count - first);
    const bytes = await source.read(start + first * stride, length, { buffer });
    const isOurs = bytes.buffer === buffer.buffer;
    if (isOurs || (!forWriting && bytes.byteOffset % 4 === 0)) return bytes;
    buffer.set(bytes);
    return buffer.subarray(0, length);
  };
  let next = blockAt(0);
  try {
    for (let first = 0; first < count; first += perBlock) {
      const bytes = await next;
      if (first + perBlock < count) {
        next = blockAt(first + perBlock);
        next.catch(() => {}); // Awaited in the next round, unless the receiver leaves.
      }
      yield { bytes, first, count: Math.min(perBlock, count - first) };
    }
  } finally {
    await next.catch(() => {}); // It may still be written to.
    free(...buffers);
  }
}

/**
 * Unpacking gzip in bounded memory.
 *
 * @module
 */

import { type ByteSource, memorySource } from "./byte_source.ts";
import { inSteps } from "./progress.ts";
import { type ReadOptions, SceneFormatError } from "./scene_file.ts";

/** Deflate packs no byte sequence tighter than this (RFC 1951: 258 bytes in two bits, 1032:1). */
const MAX_RATIO = 1032;

/** Bytes taken from the packed file at a time. */
const BLOCK = 1 << 22;

/** The first `length` unpacked bytes of `source`, fewer if there are fewer or the rest is damaged. */
export async function peekGzip(
  source: ByteSource,
  length: number,
): Promise<Uint8Array> {
  const packed = await source.read(0, Math.min(source.size, 4 * length + 1024));
  const head = new Uint8Array(length);
  let filled = 0;
  try {
    for await (const chunk of unpacked([packed])) {
      const part = chunk.subarray(0, length - filled);
      head.set(part, filled);
      filled += part.length;
      if (filled === length) break;
    }
  } catch {
    // Cut or damaged: the reader of the whole says where and how.
  }
  return head.subarray(0, filled);
}

/**
 * All unpacked bytes of `source`. The length that its last four bytes declare
 * is checked against the packed length, then kept to.
 *
 * @throws {SceneFormatError} If the stream is damaged or longer or shorter than it says.
 */
export async function gunzip(
  source: ByteSource,
  { onProgress, signal }: ReadOptions = {},
): Promise<ByteSource> {
  const fail = (problem: string, options?: ErrorOptions): never => {
    throw new SceneFormatError(source.name, "gzip", problem, options);
  };
  if (source.size < 18) {
    fail(`expected at least 18 bytes, found ${source.size}`);
  }
  const trailer = await source.read(source.size - 4, 4);
  const declared = new DataView(trailer.buffer, trailer.byteOffset, 4)
    .getUint32(0, true);
  if (declared > MAX_RATIO * source.size) {
    fail(
      `expected at most ${MAX_RATIO} unpacked bytes a packed byte, its end declares ${declared} of ${source.size}`,
    );
  }
  const bytes = new Uint8Array(declared);
  const progress = inSteps(onProgress);
  let filled = 0;
  try {
    for await (const chunk of unpacked(blocksOf(source))) {
      signal?.throwIfAborted();
      if (filled + chunk.length > declared) {
        fail(
          `expected ${declared} unpacked bytes as its end declares, found more`,
        );
      }
      bytes.set(chunk, filled);
      filled += chunk.length;
      progress(filled / declared);
    }
  } catch (cause) {
    if (cause instanceof SceneFormatError || signal?.aborted) throw cause;
    fail(
      `expected a whole gzip stream, found it damaged after ${filled} unpacked bytes (${
        (cause as Error).message
      })`,
      { cause },
    );
  }
  if (filled !== declared) {
    fail(
      `expected ${declared} unpacked bytes as its end declares, found ${filled}`,
    );
  }
  return { ...memorySource(source.name, bytes), close: () => source.close() };
}

/** Unpacks `blocks`; leaving the loop early releases everything. */
function unpacked(
  blocks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return ReadableStream.from(blocks).pipeThrough(
    new DecompressionStream("gzip") as ReadableWritablePair<
      Uint8Array,
      Uint8Array
    >,
  );
}

async function* blocksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += BLOCK) {
    yield await source.read(offset, Math.min(BLOCK, source.size - offset));
  }
}

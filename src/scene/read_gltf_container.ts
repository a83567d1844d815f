/**
 * glTF, outer layer: its JSON and its buffers, from .glb or .gltf. Buffers are
 * read in ranges when needed, never as a whole.
 *
 * @module
 */

import { type ByteSource, memorySource } from "./byte_source.ts";
import { type Gltf, gltfSchema } from "./read_gltf_json.ts";
import { readJson } from "./read_json.ts";
import { SceneFormatError } from "./scene_file.ts";

/** An opened glTF. Close it after use. */
export interface GltfFile {
  readonly name: string;
  readonly container: "glb" | "gltf";
  readonly json: Gltf;
  /** Bytes of all buffers. */
  readonly bufferBytes: number;
  /** Bytes [offset, offset + length) of a buffer view. */
  readView(
    view: number,
    range?: { offset: number; length: number },
  ): Promise<Uint8Array>;
  /** Closes buffers beside the file, not the file. */
  close(): void;
}

/** A stretch of a source. */
interface Stretch {
  readonly source: ByteSource;
  readonly offset: number;
  readonly length: number;
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
/** Longest JSON: a text that V8 can hold; long only where buffers are data URIs. */
const MAX_JSON_BYTES = 500_000_000;

/**
 * Opens the glTF in `source`.
 *
 * @throws {SceneFormatError} If it is no glTF 2, damaged, or a buffer is missing.
 */
export async function openGltf(source: ByteSource): Promise<GltfFile> {
  const { container, json: jsonStretch, binary } = await findChunks(source);
  const fail = failOf(source.name, container);
  if (jsonStretch.length > MAX_JSON_BYTES) {
    throw fail(
      `expected at most ${MAX_JSON_BYTES} bytes of JSON, found ${jsonStretch.length}`,
    );
  }
  const json = readJson(await readStretch(jsonStretch), {
    file: source.name,
    format: container,
    schema: gltfSchema,
  });
  if (!/^2\./.test(json.asset.version)) {
    throw fail(
      `expected asset.version 2, found ${JSON.stringify(json.asset.version)}`,
    );
  }
  const buffers: Stretch[] = [];
  // By address, as many buffers may be one file: it is opened once, and its bytes count once.
  const opened = new Map<string | undefined, Stretch>();
  if (binary) opened.set(undefined, binary);
  const close = (): void => {
    for (const { source: buffer } of opened.values()) {
      if (buffer !== source) buffer.close();
    }
  };
  try {
    for (const [index, { uri, byteLength }] of json.buffers.entries()) {
      if (uri !== undefined && !opened.has(uri)) {
        opened.set(uri, await openUri(source, uri, container));
      }
      const buffer = opened.get(uri);
      if (!buffer || buffer.length < byteLength) {
        throw fail(
          `expected ${byteLength} bytes in buffer ${index}, found ${
            buffer?.length ?? "no binary chunk"
          }`,
        );
      }
      buffers.push({ ...buffer, length: byteLength });
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    name: source.name,
    container,
    json,
    bufferBytes: opened.values().reduce((sum, { length }) => sum + length, 0),
    readView(view, range): Promise<Uint8Array> {
      return readView({ json, buffers, fail }, view, range);
    },
    close,
  };
}

async function readView(
  { json, buffers, fail }: {
    json: Gltf;
    buffers: readonly Stretch[];
    fail: (problem: string) => SceneFormatError;
  },
  index: number,
  range?: { offset: number; length: number },
): Promise<Uint8Array> {
  const view = json.bufferViews[index];
  const buffer = view && buffers[view.buffer];
  if (!buffer) throw fail(`expected buffer view ${index}, found none`);
  const compression = Object.keys(view.extensions ?? {})
    .find((name) => /meshopt/i.test(name));
  if (compression) {
    throw fail(
      `expected plain bytes in buffer view ${index}, found ${compression}`,
    );
  }
  const { offset, length } = range ?? { offset: 0, length: view.byteLength };
  if (
    offset + length > view.byteLength ||
    view.byteOffset + view.byteLength > buffer.length
  ) {
    throw fail(
      `expected ${length} bytes at ${offset} of buffer view ${index}, found ${view.byteLength} bytes at ${view.byteOffset} of a buffer of ${buffer.length}`,
    );
  }
  return await buffer.source.read(
    buffer.offset + view.byteOffset + offset,
    length,
  );
}

async function findChunks(source: ByteSource): Promise<{
  container: "glb" | "gltf";
  json: Stretch;
  binary: Stretch | undefined;
}> {
  const header = viewOf(await source.read(0, Math.min(source.size, 12)));
  const isBinary = header.byteLength >= 4 &&
    header.getUint32(0, true) === MAGIC;
  if (!isBinary) {
    const json = { source, offset: 0, length: source.size };
    return { container: "gltf", json, binary: undefined };
  }
  const fail = failOf(source.name, "glb");
  if (header.byteLength < 12 || header.getUint32(4, true) !== 2) {
    throw fail("expected a header of 12 bytes with version 2 at byte 4");
  }
  const end = header.getUint32(8, true);
  if (end > source.size) {
    throw fail(`expected ${end} bytes, found ${source.size}`);
  }
  const chunks: (Stretch & { type: number })[] = [];
  // JSON and binary come first; whatever follows is of other formats.
  for (let offset = 12; offset + 8 <= end && chunks.length < 2;) {
    const chunk = viewOf(await source.read(offset, 8));
    const length = chunk.getUint32(0, true);
    offset += 8;
    if (offset + length > end) {
      throw fail(
        `expected a chunk of ${length} bytes at byte ${offset}, found ${
          end - offset
        }`,
      );
    }
    chunks.push({ source, offset, length, type: chunk.getUint32(4, true) });
    offset += length;
  }
  const [json, binary] = chunks;
  if (json?.type !== JSON_CHUNK) {
    throw fail("expected a JSON chunk at byte 12, found none");
  }
  return {
    container: "glb",
    json,
    binary: binary?.type === BINARY_CHUNK ? binary : undefined,
  };
}

/** A buffer in a data URI or a file beside this one. */
async function openUri(
  source: ByteSource,
  uri: string,
  container: string,
): Promise<Stretch> {
  const fail = failOf(source.name, container);
  const inline = /^data:[^,]*?(;base64)?,/i.exec(uri);
  try {
    if (inline?.[1]) {
      const bytes = Uint8Array.fromBase64(uri.slice(inline[0].length));
      return {
        source: memorySource(source.name, bytes),
        offset: 0,
        length: bytes.length,
      };
    }
    if (inline || !source.sibling) {
      throw new SyntaxError("it must be base64 or a neighbouring file");
    }
    const sibling = await source.sibling(decodeURIComponent(uri));
    return { source: sibling, offset: 0, length: sibling.size };
  } catch (cause) {
    if (
      cause instanceof SyntaxError || cause instanceof URIError ||
      cause instanceof Deno.errors.NotFound
    ) {
      throw fail(
        `expected to read the buffer ${
          JSON.stringify(uri.slice(0, 60))
        }: ${cause.message}`,
        { cause },
      );
    }
    throw cause;
  }
}

function readStretch(
  { source, offset, length }: Stretch,
): Promise<Uint8Array> {
  return source.read(offset, length);
}

function failOf(
  file: string,
  format: string,
): (problem: string, options?: ErrorOptions) => SceneFormatError {
  return (problem, options) =>
    new SceneFormatError(file, format, problem, options);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

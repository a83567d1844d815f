/**
 * Tells a scene's format by its content, never by its name.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { peekGzip } from "./gzip.ts";
import { SceneFormatError } from "./scene_file.ts";

/** Formats with a reader of their own; `ply` covers the compressed kind, `gltf` the binary. */
export type SceneFormat =
  | "ply"
  | "spz"
  | "sog"
  | "sog-lod"
  | "gltf"
  | "ksplat"
  | "splat";

/** Bytes looked at from the start, and of JSON from the end. */
const HEAD = 1 << 16;

/** Bytes of the header of a .ksplat and of its first section. */
const KSPLAT_HEADERS = 4096 + 1024;

/** Bytes a splat of .splat. */
const SPLAT_BYTES = 32;

/** Records of a .splat looked at, spread over the file. */
const SPLAT_PROBES = 256;

/**
 * The format of `source`, or `gzip` where something that is not .spz is packed.
 *
 * @throws {SceneFormatError} If it is empty or like no known format.
 */
export async function recogniseFormat(
  source: ByteSource,
): Promise<SceneFormat | "gzip"> {
  if (source.size === 0) {
    throw new SceneFormatError(source.name, "a scene", "the file is empty");
  }
  const head = await source.read(0, Math.min(HEAD, source.size));
  const magic = latin1(head.subarray(0, 4));
  if (/^ply\s/.test(magic)) return "ply";
  if (magic === "NGSP") return "spz";
  if (magic === "glTF") return "gltf";
  if (magic === "PK\x03\x04" || magic === "PK\x05\x06") return "sog";
  if (magic.startsWith("\x1f\x8b")) {
    const inner = latin1(await peekGzip(source, 4));
    // A stream that does not unpack at all is left to the .spz reader to refuse:
    // no other format is gzip by itself.
    return inner.length < 4 || inner === "NGSP" ? "spz" : "gzip";
  }
  if (/^(\xef\xbb\xbf)?\s*\{/.test(latin1(head.subarray(0, 64)))) {
    return await recogniseJson(source, head);
  }
  if (isKsplat(head, source.size)) return "ksplat";
  if (await isSplat(source)) return "splat";
  throw new SceneFormatError(
    source.name,
    "a scene",
    `expected .ply, .spz, .sog, .splat, .ksplat, .glb, .gltf or a SOG's meta.json, found a file that begins with ${
      JSON.stringify(latin1(head.subarray(0, 16)))
    }`,
  );
}

async function recogniseJson(
  source: ByteSource,
  head: Uint8Array,
): Promise<SceneFormat> {
  const tail = Math.min(HEAD, source.size - head.length);
  const decoder = new TextDecoder();
  const text = decoder.decode(head) +
    decoder.decode(await source.read(source.size - tail, tail));
  if (/"(lodLevels|filenames)"\s*:/.test(text)) return "sog-lod";
  if (/"means"\s*:/.test(text)) return "sog";
  if (/"(asset|meshes|accessors)"\s*:/.test(text)) return "gltf";
  throw new SceneFormatError(
    source.name,
    "a scene",
    'expected JSON with "means" (SOG), "lodLevels" (streamed SOG) or "asset" (glTF), found none of them',
  );
}

/** Version 0.1 to 0.9 and a known level; a .splat would have its first splat within 1e-41 of x = 0. */
function isKsplat(head: Uint8Array, size: number): boolean {
  const [major, minor = 0, zero, alsoZero] = head;
  return size >= KSPLAT_HEADERS && major === 0 && minor >= 1 && minor <= 9 &&
    zero === 0 && alsoZero === 0 && head[20]! <= 2 && head[21] === 0;
}

/**
 * Whether the bytes can be .splat records, which have no magic number: finite
 * positions and scales of a sane size, a rotation that is one.
 */
async function isSplat(source: ByteSource): Promise<boolean> {
  if (source.size % SPLAT_BYTES !== 0) return false;
  const count = source.size / SPLAT_BYTES;
  const probes = Math.min(count, SPLAT_PROBES);
  let sane = 0;
  for (let i = 0; i < probes; i++) {
    const offset = SPLAT_BYTES * Math.floor(i * count / probes);
    const bytes = await source.read(offset, SPLAT_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, SPLAT_BYTES);
    const float = (index: number): number => view.getFloat32(4 * index, true);
    const position = [0, 1, 2].every((i) => Math.abs(float(i)) < 1e7);
    const scale = [3, 4, 5].every((i) => float(i) >= 0 && float(i) < 1e6) &&
      float(3) + float(4) + float(5) > 0;
    const rotation = [28, 29, 30, 31].reduce(
      (sum, i) => sum + ((view.getUint8(i) - 128) / 128) ** 2,
      0,
    );
    // A unit quaternion in bytes, give or take rounding.
    if (position && scale && rotation > 0.8 && rotation < 1.2) sane++;
  }
  return sane >= 0.9 * probes;
}

/** A character a byte; the "latin1" of TextDecoder is another code page. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

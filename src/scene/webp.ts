/**
 * Lossless WebP pictures (RFC 9649), exact to the byte. Deno's own decoder
 * premultiplies alpha and so destroys planes of numbers.
 *
 * @module
 */

import { BitReader } from "./webp_bits.ts";
import { readPixels } from "./webp_pixels.ts";
import { readTransforms } from "./webp_transforms.ts";

/** What the first bytes of a picture say. */
export interface WebpHeader {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** A decoded picture. */
export interface WebpImage extends WebpHeader {
  /** R, G, B, A a pixel, row by row, not premultiplied. */
  readonly data: Uint8Array;
}

/**
 * Width and height of the lossless WebP in `bytes`.
 *
 * @throws {SyntaxError} If it is no lossless, still WebP.
 */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
  const { width, height } = findPicture(bytes);
  return { width, height };
}

/** The header, and at which byte its chunk's content begins. */
function findPicture(bytes: Uint8Array): WebpHeader & { offset: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tag(bytes, 0) !== "RIFF" || tag(bytes, 8) !== "WEBP") {
    throw new SyntaxError(
      `Cannot read a WebP as it must begin with "RIFF": it begins with ${
        JSON.stringify(tag(bytes, 0))
      }`,
    );
  }
  for (let offset = 12; offset + 13 <= bytes.length;) {
    const name = tag(bytes, offset);
    if (name === "VP8L" && bytes[offset + 8] === 0x2f) {
      const bits = view.getUint32(offset + 9, true);
      return {
        width: 1 + (bits & 0x3fff),
        height: 1 + (bits >>> 14 & 0x3fff),
        offset: offset + 8,
      };
    }
    if (name === "VP8 " || name === "ANIM" || name === "ANMF") {
      throw new SyntaxError(
        `Cannot read a WebP as it must be lossless and still: it has a chunk ${
          JSON.stringify(name)
        }`,
      );
    }
    const length = view.getUint32(offset + 4, true);
    offset += 8 + length + length % 2;
  }
  throw new SyntaxError(
    `Cannot read a WebP as it must have a chunk "VP8L": it has none in ${bytes.length} bytes`,
  );
}

/**
 * Decodes the picture in `bytes`. Takes time and memory by the size that
 * {@linkcode readWebpHeader} tells, which is for the caller to bound.
 *
 * @throws {SyntaxError} If it is no lossless, still WebP, or damaged.
 */
export function decodeWebp(bytes: Uint8Array): WebpImage {
  const { width, height, offset } = findPicture(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = offset + view.getUint32(offset - 4, true);
  const needed = Math.max(end, 8 + view.getUint32(4, true));
  if (needed > bytes.length) {
    throw new SyntaxError(
      `Cannot decode a WebP as its pixels must be whole: it has ${bytes.length} bytes of ${needed}`,
    );
  }
  const bits = new BitReader(bytes.subarray(offset, end));
  bits.skip(8 + 14 + 14 + 1); // Signature, size, and whether alpha varies.
  const version = bits.read(3);
  if (version !== 0) {
    throw new SyntaxError(
      `Cannot decode a WebP as its version must be 0: it is ${version}`,
    );
  }
  const { undo, codedWidth } = readTransforms(bits, { width, height });
  let pixels = readPixels(bits, { width: codedWidth, height }, true);
  for (const transform of undo) pixels = transform(pixels);
  return { width, height, data: new Uint8Array(pixels.buffer) };
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

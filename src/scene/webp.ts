/**
 * Lossless WebP pictures, exact to the byte. Deno's own decoder premultiplies
 * alpha and so destroys planes of numbers.
 *
 * @module
 */

import createDecoder from "@jsquash/webp/codec/dec/webp_dec.js";
import decoderModule from "./webp_module.js";

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

/** Decodes one picture after another; let go of it to release its memory. */
export type WebpDecoder = (bytes: Uint8Array) => WebpImage;

/**
 * Width and height of the lossless WebP in `bytes`.
 *
 * @throws {SyntaxError} If it is no lossless, still WebP.
 */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
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
      return { width: 1 + (bits & 0x3fff), height: 1 + (bits >>> 14 & 0x3fff) };
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

/** A decoder with memory of its own. */
export async function createWebpDecoder(): Promise<WebpDecoder> {
  const decoder = await createDecoder({
    noInitialRun: true,
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ): WebAssembly.Exports {
      const instance = new WebAssembly.Instance(decoderModule, imports);
      done(instance);
      return instance.exports;
    },
  });
  return (bytes) => {
    const header = readWebpHeader(bytes);
    const image = decoder.decode(bytes);
    if (image?.width !== header.width || image.height !== header.height) {
      throw new SyntaxError(
        "Cannot decode a WebP as its pixels must be whole: they are damaged",
      );
    }
    const { buffer, byteOffset, byteLength } = image.data;
    return { ...header, data: new Uint8Array(buffer, byteOffset, byteLength) };
  };
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

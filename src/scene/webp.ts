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
      const instance: WebAssembly.Instance = new WebAssembly.Instance(
        decoderModule,
        confineImports(imports, () => findMemory(instance)),
      );
      done(instance);
      return instance.exports;
    },
  });
  return (bytes) => {
    const header = readWebpHeader(bytes);
    let image: ImageData | null | undefined;
    let cause: unknown;
    try {
      image = decoder.decode(bytes);
    } catch (trap) { // Of memory that the picture has overwritten.
      cause = trap;
    }
    if (image?.width !== header.width || image.height !== header.height) {
      throw new SyntaxError(
        "Cannot decode a WebP as its pixels must be whole: they are damaged",
        { cause },
      );
    }
    const { buffer, byteOffset, byteLength } = image.data;
    return { ...header, data: new Uint8Array(buffer, byteOffset, byteLength) };
  };
}

/** The globals in which the decoder hands pixels over. */
const GLOBALS: ReadonlySet<string> = new Set([
  "Uint8ClampedArray",
  "ImageData",
]);

/**
 * `imports` of the decoder, without the way out of its memory.
 *
 * The package, up to its newest version, holds a libwebp of 2020. A picture
 * made for CVE-2023-4863 writes beyond that one's tables and so may come to
 * call any import, with any arguments. One of them gets a global by its name,
 * `Function` too, which the next would run. It gets what pixels need, no more;
 * the rest reaches nothing but the memory of this decoder.
 *
 * @throws {Error} If the decoder is another than the one known here.
 */
export function confineImports(
  imports: WebAssembly.Imports,
  memory: () => WebAssembly.Memory,
): WebAssembly.Imports {
  let found = 0;
  const confine = (value: WebAssembly.ImportValue): WebAssembly.ImportValue => {
    if (typeof value !== "function" || value.name !== "__emval_get_global") {
      return value;
    }
    found++;
    return (address: number): unknown => {
      const name = readName(new Uint8Array(memory().buffer), address);
      if (!GLOBALS.has(name)) {
        throw new ReferenceError(
          `Cannot give the WebP decoder the global ${JSON.stringify(name)}`,
        );
      }
      return value(address);
    };
  };
  const confined = Object.fromEntries(
    Object.entries(imports).map(([module, values]) => [
      module,
      Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, confine(value)]),
      ),
    ]),
  );
  if (found !== 1) {
    throw new Error(
      `Cannot confine the WebP decoder as it must get globals by one import: it has ${found}`,
    );
  }
  return confined;
}

/** Latin-1 up to a zero; at 0, where no name stands, "". */
function readName(bytes: Uint8Array, address: number): string {
  const longest = 64;
  const name = bytes.subarray(address, address + longest);
  const end = name.indexOf(0);
  return address > 0 && end >= 0
    ? String.fromCharCode(...name.subarray(0, end))
    : "";
}

function findMemory({ exports }: WebAssembly.Instance): WebAssembly.Memory {
  for (const value of Object.values(exports)) {
    if (value instanceof WebAssembly.Memory) return value;
  }
  throw new Error("Cannot confine the WebP decoder as it exports no memory");
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

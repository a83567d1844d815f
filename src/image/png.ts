/**
 * PNG files from pixels.
 *
 * @module
 */

import { constants, crc32, deflate } from "node:zlib";
import { promisify } from "node:util";
import type { Image } from "./image.ts";

/** A grey picture of 16 bits a pixel: depth. */
export interface GreyImage {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** One a pixel, rows from the top. */
  readonly data: Uint16Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const deflateAsync = promisify(deflate);

/** Colour type of the file, as PNG numbers them. */
const GREY = 0;
const RGB = 2;
const RGBA = 6;

/** PNG file of `image`: 8-bit RGB if it is opaque everywhere, else RGBA. */
export function encodePng(image: Image): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, data } = image;
  let opaque = true;
  for (let i = 3; opaque && i < data.length; i += 4) opaque = data[i] === 255;
  const channels = opaque ? 3 : 4;
  const packed = opaque ? withoutAlpha(data) : data;
  return encode(
    { width, height, bitDepth: 8, colorType: opaque ? RGB : RGBA },
    filterPaeth(packed, width * channels, channels),
  );
}

/** PNG file of 16-bit grey. */
export function encodePng16(
  { width, height, data }: GreyImage,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    bytes[2 * i] = data[i]! >> 8;
    bytes[2 * i + 1] = data[i]!;
  }
  return encode(
    { width, height, bitDepth: 16, colorType: GREY },
    filterPaeth(bytes, 2 * width, 2),
  );
}

interface Header {
  width: number;
  height: number;
  bitDepth: number;
  colorType: number;
}

async function encode(
  { width, height, bitDepth, colorType }: Header,
  scanlines: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = bitDepth;
  header[9] = colorType;
  // Residuals of a rendered scan hardly repeat: runs and Huffman codes find all there is.
  const compressed = await deflateAsync(scanlines, {
    level: 1,
    memLevel: 9,
    strategy: constants.Z_RLE,
  });
  const chunks = [
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", compressed),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(chunks.reduce((sum, c) => sum + c.length, 0));
  let offset = 0;
  for (const part of chunks) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  let o = 0;
  for (let i = 0; i < rgba.length; i += 4) {
    rgb[o++] = rgba[i]!;
    rgb[o++] = rgba[i + 1]!;
    rgb[o++] = rgba[i + 2]!;
  }
  return rgb;
}

/** Scanlines, each with its filter byte: Paeth's predictor throughout. */
function filterPaeth(
  pixels: Uint8Array,
  stride: number,
  channels: number,
): Uint8Array {
  const rows = pixels.length / stride;
  const out = new Uint8Array(rows * (stride + 1));
  let o = 0;
  for (let y = 0; y < rows; y++) {
    out[o++] = 4;
    const start = y * stride;
    for (let i = 0; i < stride; i++) {
      const at = start + i;
      const left = i < channels ? 0 : pixels[at - channels]!;
      const up = y === 0 ? 0 : pixels[at - stride]!;
      const corner = i < channels || y === 0
        ? 0
        : pixels[at - stride - channels]!;
      const toLeft = Math.abs(up - corner);
      const toUp = Math.abs(left - corner);
      const toCorner = Math.abs(left + up - 2 * corner);
      out[o++] = pixels[at]! -
        (toLeft <= toUp && toLeft <= toCorner
          ? left
          : toUp <= toCorner
          ? up
          : corner);
    }
  }
  return out;
}

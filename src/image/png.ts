/**
 * PNG files from pixels. Splats are soft and noisy, so that their pictures
 * have smooth slopes but few repeats: Paeth's predictor on every row, then
 * Huffman codes and runs of zeros, is within 2 % of zlib's best level in size
 * and several times faster (`deno task bench:encode`).
 *
 * @module
 */

import { Codec } from "./codec.ts";
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

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** A deflate stream follows, window 32 KiB, fastest level. */
const ZLIB_HEADER = [0x78, 0x01];
/**
 * Pixels between two sets of Huffman codes, about 1 ms of work: fewer cost
 * bytes for the codes, more make the event loop wait longer.
 */
const BAND_PIXELS = 65_536;
/** The event loop gets a turn after so many milliseconds. */
const TURN_MS = 8;

/** Pixel formats: codec.as's number, PNG's colour type and bit depth, bytes a pixel in memory. */
const FORMATS = {
  grey16: { codec: 1, colorType: 0, bitDepth: 16, bytes: 2 },
  rgb: { codec: 3, colorType: 2, bitDepth: 8, bytes: 4 },
  rgba: { codec: 4, colorType: 6, bitDepth: 8, bytes: 4 },
} as const;

/**
 * PNG file of `image`: 8-bit RGB if it is opaque everywhere, else RGBA.
 *
 * @throws {RangeError} If `image.data` does not hold its pixels.
 */
export function encodePng(image: Image): Promise<Uint8Array<ArrayBuffer>> {
  const { data } = image;
  let opaque = true;
  for (let i = 3; opaque && i < data.length; i += 4) opaque = data[i] === 255;
  return encode({ ...image, format: FORMATS[opaque ? "rgb" : "rgba"] });
}

/**
 * PNG file of 16-bit grey.
 *
 * @throws {RangeError} If `image.data` does not hold its pixels.
 */
export function encodePng16(
  { width, height, data }: GreyImage,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return encode({ width, height, data: bytes, format: FORMATS.grey16 });
}

interface Pixels extends Image {
  readonly format: typeof FORMATS[keyof typeof FORMATS];
}

async function encode(
  { width, height, data, format }: Pixels,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!(width >= 1 && height >= 1)) {
    throw new RangeError(
      `Cannot encode a PNG as width and height must be >= 1: current value is ${width}x${height}`,
    );
  }
  if (data.length !== width * height * format.bytes) {
    throw new RangeError(
      `Cannot encode a PNG as ${width}x${height} pixels must have ${
        width * height * format.bytes
      } bytes: current value is ${data.length}`,
    );
  }
  using codec = Codec.take();
  const { functions } = codec;
  const stride = width * format.bytes;
  const bandRows = Math.min(height, Math.ceil(BAND_PIXELS / width));
  const source = codec.allocate(bandRows * stride);
  const work = codec.allocate(bandRows * (4 * width + 1));
  const target = codec.allocate(functions.bandSpace(width, bandRows));
  functions.openStream(
    codec.allocate(functions.rowSpace(width)),
    width,
    format.codec,
  );

  const name = ascii("IDAT");
  const parts: Uint8Array[] = [Uint8Array.from(ZLIB_HEADER)];
  let sum = checksum(codec, [...name, ...ZLIB_HEADER]);
  let turn = performance.now();
  for (let y = 0; y < height; y += bandRows) {
    if (performance.now() - turn > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turn = performance.now();
    }
    const rows = Math.min(bandRows, height - y);
    codec.write(source, data.subarray(y * stride, (y + rows) * stride));
    const last = y + rows === height ? 1 : 0;
    const end = functions.encodeBand(source, work, target, rows, last);
    sum = functions.crc32(target, end - target, sum);
    parts.push(codec.read(target, end));
  }
  const header = [
    ...bigEndian(width),
    ...bigEndian(height),
    format.bitDepth,
    format.colorType,
    0,
    0,
    0,
  ];
  const length = parts.reduce((bytes, part) => bytes + part.length, 0);
  return concatenate([
    Uint8Array.of(...SIGNATURE, ...chunk(codec, "IHDR", header)),
    Uint8Array.of(...bigEndian(length), ...name),
    ...parts,
    Uint8Array.of(...bigEndian(sum), ...chunk(codec, "IEND", [])),
  ]);
}

/** Length, name, data and check sum. */
function chunk(codec: Codec, name: string, data: readonly number[]): number[] {
  const body = [...ascii(name), ...data];
  return [
    ...bigEndian(data.length),
    ...body,
    ...bigEndian(checksum(codec, body)),
  ];
}

function checksum(codec: Codec, bytes: readonly number[]): number {
  const at = codec.allocate(bytes.length);
  codec.write(at, Uint8Array.from(bytes));
  return codec.functions.crc32(at, bytes.length, 0);
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

function bigEndian(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((bytes, part) => bytes + part.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

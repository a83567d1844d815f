/**
 * A PNG decoder for tests, from the specification: all filters, 8-bit RGB and
 * RGBA, 16-bit grey, no interlace; every check sum is verified.
 *
 * @module
 */

import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";

/** A decoded picture. */
export interface DecodedPng {
  readonly width: number;
  readonly height: number;
  /** Bytes a pixel as stored. */
  readonly channels: number;
  readonly bitDepth: number;
  readonly colorType: number;
  /** Samples as stored: big endian for 16 bits. */
  readonly bytes: Uint8Array;
  /** RGBA of an 8-bit picture. */
  readonly data: Uint8Array;
}

/** Decodes `file`; throws if anything about it is wrong. */
export function decodePng(file: Uint8Array): DecodedPng {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  assert.deepEqual(
    [...file.subarray(0, 8)],
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  );
  let at = 8;
  const chunks: { name: string; data: Uint8Array }[] = [];
  while (at < file.length) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const data = file.subarray(at + 8, at + 8 + length);
    assert.equal(
      view.getUint32(at + 8 + length),
      crc32(file.subarray(at + 4, at + 8 + length)),
      `check sum of ${name}`,
    );
    chunks.push({ name, data });
    at += 12 + length;
  }
  assert.deepEqual(chunks.map(({ name }) => name), ["IHDR", "IDAT", "IEND"]);
  const header = chunks[0]!.data;
  const headerView = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [headerView.getUint32(0), headerView.getUint32(4)];
  const [bitDepth, colorType] = [header[8]!, header[9]!];
  assert.deepEqual([...header.subarray(10)], [0, 0, 0]);
  const kinds: Record<string, number> = { "0/16": 2, "2/8": 3, "6/8": 4 };
  const channels = kinds[`${colorType}/${bitDepth}`];
  assert.ok(channels, `colour type ${colorType}, ${bitDepth} bits`);
  const lines = inflateSync(chunks[1]!.data); // Verifies Adler's sum, too.
  const stride = width * channels;
  assert.equal(lines.length, height * (stride + 1));
  const bytes = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)]!;
    for (let i = 0; i < stride; i++) {
      const o = y * stride + i;
      const left = i < channels ? 0 : bytes[o - channels]!;
      const up = y === 0 ? 0 : bytes[o - stride]!;
      const corner = i < channels || y === 0
        ? 0
        : bytes[o - stride - channels]!;
      bytes[o] = lines[y * (stride + 1) + 1 + i]! +
        predict(filter, left, { up, corner });
    }
  }
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    data.set(
      bytes.subarray(channels * pixel, channels * (pixel + 1)),
      4 * pixel,
    );
  }
  return { width, height, channels, bitDepth, colorType, bytes, data };
}

function predict(
  filter: number,
  left: number,
  { up, corner }: { up: number; corner: number },
): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) =>
    Math.abs(estimate - value)
  ) as [number, number, number];
  const paeth = toLeft <= toUp && toLeft <= toCorner
    ? left
    : toUp <= toCorner
    ? up
    : corner;
  const value = [0, left, up, (left + up) >> 1, paeth][filter];
  assert.notEqual(value, undefined, `filter ${filter}`);
  return value!;
}

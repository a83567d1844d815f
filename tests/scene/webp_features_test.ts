import assert from "node:assert/strict";
import encodeWebp from "@jsquash/webp/encode.js";
import { decodeWebp } from "../../src/scene/webp.ts";
import { BitReader } from "../../src/scene/webp_bits.ts";
import {
  blocksOf,
  readBlockPicture,
  readPixels,
} from "../../src/scene/webp_pixels.ts";
import { WebpWriter } from "./write_webp.ts";

/** A channel of the pixel at (x, y). */
type Paint = (x: number, y: number, channel: number) => number;

Deno.test("decodeWebp(): every part of the format that an encoder uses", async () => {
  const pictures: [string, Paint, number, number][] = [
    ...[2, 4, 16, 200].map((n): [string, Paint, number, number] => [
      `${n} colours`,
      (x, y, c) => 37 * (hash(x >> 1, y, 1) % n) * (c + 1) & 255,
      61,
      47,
    ]),
    ["noise", (x, y, c) => hash(x, y, c) & 255, 33, 40],
    ["smooth", smooth, 150, 120],
    [
      "half noise",
      (x, y, c) => x < 70 ? smooth(x, y, c) : hash(x >> 2, y, c) & 255,
      190,
      130,
    ],
    ["stripes", (x, y, c) => hash(x - y, 0, c) & 255, 220, 160],
    ["gradients", (x, y, c) => c === 3 ? 255 : x * (c + 1) + 2 * y, 120, 70],
    [
      "coloured light",
      (x, y, c) => {
        const light = 90 + 80 * Math.sin(x / 9) * Math.cos(y / 13);
        return c === 3 ? 255 : light * (1 - c / 5) + (hash(x, y, c) & 3);
      },
      160,
      90,
    ],
    ["a column", smooth, 1, 300],
    ["a row", smooth, 300, 1],
  ];
  const met = new Set<string>();
  for (const [name, paint, width, height] of pictures) {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let i = 0; i < data.length; i++) {
      const pixel = i >> 2;
      data[i] = paint(pixel % width, Math.floor(pixel / width), i & 3) & 255;
    }
    const image = { data, width, height, colorSpace: "srgb" } as ImageData;
    const efforts = [[0, 0], [4, 75], [6, 75]] as const;
    for (const [method, quality] of efforts) {
      const bytes = new Uint8Array(
        await encodeWebp(image, { lossless: 1, exact: 1, method, quality }),
      );
      const decoded = decodeWebp(bytes);
      assert.deepEqual([decoded.width, decoded.height], [width, height]);
      assert.ok(
        decoded.data.every((byte, i) => byte === data[i]),
        `${name}, method ${method}`,
      );
      for (const feature of featuresOf(bytes)) met.add(feature);
    }
  }
  assert.deepEqual(
    [...met].sort(),
    [
      ...Array.from({ length: 14 }, (_, mode) => `mode ${mode}`),
      ...["prediction", "colour", "subtracted green"],
      ...["1 a pixel", "2 a pixel", "4 a pixel", "8 a pixel"],
      ...["cache", "codes by block"],
    ].sort(),
  );
});

Deno.test("decodeWebp(): alpha is as stored, also where the header says it does not vary", () => {
  for (const alpha of [0, 1] as const) {
    const picture = new WebpWriter({ width: 1, height: 1, alpha }).put(0, 3);
    for (const symbol of [20, 10, 30, 40, 0]) picture.putOne(symbol);
    assert.deepEqual([...decodeWebp(picture.file()).data], [10, 20, 30, 40]);
  }
});

Deno.test("decodeWebp(): copies lie within the picture", () => {
  // Symbol 5 is a pixel, the others are copies from one pixel before.
  const copying = (copy: number, bits: number[]): Uint8Array => {
    const picture = new WebpWriter({ width: 4, height: 1 }).put(0, 3);
    picture.putSome([5, copy], 280);
    for (const symbol of [6, 7, 8]) picture.putOne(symbol);
    picture.putSome([1], 40);
    for (const bit of bits) picture.put(bit, 1);
    return picture.file();
  };
  const whole = [6, 5, 7, 8, 6, 5, 7, 8, 6, 5, 7, 8, 6, 5, 7, 8];
  assert.deepEqual([...decodeWebp(copying(258, [0, 1])).data], whole);
  assert.throws(() => decodeWebp(copying(259, [0, 1])), /copies 4 from 1/);
  assert.throws(() => decodeWebp(copying(256, [1])), /pixel 0 copies 1 from 1/);
});

Deno.test("decodeWebp(): what no encoder writes is refused", () => {
  const begin = (version = 0): WebpWriter =>
    new WebpWriter({ width: 1, height: 1, version });
  const twice = begin().put(0b101, 3).put(0b101, 3);
  const cache = (bits: number): WebpWriter =>
    begin().put(0, 1).put(1, 1).put(bits, 4);
  const five = [0, 0, 0, 0, 0];
  const beyond = begin().put(0, 3);
  for (const symbol of [1, 1, 1, 1, 40]) beyond.putOne(symbol);
  const cases: [RegExp, WebpWriter][] = [
    [/version must be 0: it is 1/, begin(1)],
    [/subtracted green comes twice/, twice],
    [/1 to 11 bits: it has 0/, cache(0)],
    [/1 to 11 bits: it has 12/, cache(12)],
    [/must have 40 symbols: it has 40/, beyond],
    [/must have a symbol/, begin().put(0, 3).putLengths([], 280)],
    [/some are left over/, begin().put(0, 3).putLengths([1, 2], 280)],
    [/more than there are/, begin().put(0, 3).putLengths([1, 1, 1], 280)],
    [/bits end before/, begin().put(0, 3).putSome([5], 280)],
  ];
  for (const [message, picture] of cases) {
    assert.throws(() => decodeWebp(picture.file()), {
      name: "SyntaxError",
      message,
    });
  }
  const good = begin().put(0, 3);
  for (const symbol of five) good.putOne(symbol);
  assert.equal(decodeWebp(good.file()).data.length, 4);
});

Deno.test("decodeWebp(): numbers of codes may be left out, their codes are skipped", () => {
  const picture = new WebpWriter({ width: 3, height: 2 }).put(0b100, 3);
  picture.put(0, 3).put(0, 1); // A block for all, without a cache.
  for (const symbol of [44, 1, 0, 255, 0]) picture.putOne(symbol); // 300
  for (let group = 0; group < 300; group++) {
    for (let i = 0; i < 5; i++) picture.putOne(i);
  }
  for (const symbol of [20, 10, 30, 40, 0]) picture.putOne(symbol);
  const { data } = decodeWebp(picture.file());
  assert.deepEqual([...data], Array(6).fill([10, 20, 30, 40]).flat());
});

Deno.test("decodeWebp(): tables of codes that no picture needs are refused before memory ends", () => {
  const side = 1024;
  const picture = new WebpWriter({ width: side, height: side }).put(0b100, 3);
  const all = Array(256).fill(8);
  picture.put(0, 3).put(0, 1); // Blocks of 4 by 4.
  picture.putLengths(all, 280).putLengths(all, 256);
  for (const symbol of [0, 255, 0]) picture.putOne(symbol);
  for (let i = 0; i < (side / 4) ** 2; i++) picture.put(i, 16);
  for (let i = 0; i < 5 * 9300; i++) {
    const size = [280, 256, 256, 256, 40][i % 5]!;
    if (size === 40) {
      picture.putOne(0);
      continue;
    }
    picture.put(0, 1).put(12 - 4, 4); // Up to the length of length 8.
    for (let k = 0; k < 12; k++) picture.put(k === 11 ? 1 : 0, 3);
    picture.put(1, 1).put(3, 3).put(254, 8); // 256 lengths, of no bit each
  }
  const file = picture.file();
  const start = performance.now();
  assert.throws(() => decodeWebp(file), /must be no larger than the picture/);
  assert.ok(performance.now() - start < 2000);
});

/** What the picture in `bytes` makes use of. */
function featuresOf(bytes: Uint8Array): Set<string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const bits = new BitReader(bytes.subarray(20, 20 + view.getUint32(16, true)));
  bits.skip(8);
  let width = 1 + bits.read(14);
  const height = 1 + bits.read(14);
  bits.skip(4);
  const features = new Set<string>();
  while (bits.read(1) === 1) {
    const kind = bits.read(2);
    if (kind === 2) features.add("subtracted green");
    else if (kind === 3) {
      const count = 1 + bits.read(8);
      readPixels(bits, { width: count, height: 1 }, false);
      const shareBits = [16, 4, 2].filter((most) => count <= most).length;
      features.add(`${1 << shareBits} a pixel`);
      width = blocksOf(width, shareBits);
    } else {
      const { indices } = readBlockPicture(bits, { width, height });
      features.add(kind === 0 ? "prediction" : "colour");
      if (kind === 1) continue;
      for (const pixel of indices) features.add(`mode ${pixel >> 8 & 15}`);
    }
  }
  if (bits.read(1) === 1) {
    features.add("cache");
    bits.skip(4);
  }
  if (bits.read(1) === 1) features.add("codes by block");
  return features;
}

function smooth(x: number, y: number, channel: number): number {
  const wave = Math.sin(x / (7 + 3 * channel) + y / (11 + channel));
  return 128 + 100 * wave + (hash(x, y, channel) & 3);
}

/** A number that looks random, the same one every time. */
function hash(x: number, y: number, z: number): number {
  let state = Math.imul(x + 1, 73856093) ^ Math.imul(y + 1, 19349663) ^
    Math.imul(z + 1, 83492791);
  state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d);
  state = Math.imul(state ^ state >>> 12, 0x297a2d39);
  return (state ^ state >>> 15) >>> 0;
}

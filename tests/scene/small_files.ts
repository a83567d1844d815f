/**
 * Small files of the formats that have no writer here, made byte by byte from
 * their descriptions.
 */

import { propertiesOf, writePly } from "./ply_writer.ts";

/** A .splat of `count` splats in a row. */
export function makeSplat(count: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(32 * count));
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      view.setFloat32(32 * i + 4 * axis, i + axis / 10, true);
      view.setFloat32(32 * i + 12 + 4 * axis, 0.01 * (axis + 1), true);
      view.setUint8(32 * i + 24 + axis, 50 * axis);
    }
    view.setUint8(32 * i + 27, 200);
    // w, x, y, z = 0.5, -0.5, 0.5, -0.5
    [192, 64, 192, 64].forEach((byte, k) =>
      view.setUint8(32 * i + 28 + k, byte)
    );
  }
  return new Uint8Array(view.buffer);
}

/** A compressed .ply of `count` splats whose packed words are all `word`. */
export function makeCompressedPly(
  count: number,
  { word = 0x12345678, withColors = true, sh = 9 } = {},
): Uint8Array<ArrayBuffer> {
  const bounds = ["x", "y", "z"];
  const names = [
    ...bounds.map((axis) => `min_${axis}`),
    ...bounds.map((axis) => `max_${axis}`),
    ...bounds.map((axis) => `min_scale_${axis}`),
    ...bounds.map((axis) => `max_scale_${axis}`),
    ...(withColors
      ? ["min_r", "min_g", "min_b", "max_r", "max_g", "max_b"]
      : []),
  ];
  const chunk = [-1, -2, -3, 1, 2, 3, -9, -8, -7, -3, -2, -1, 0, 0, 0, 1, 1, 1];
  return writePly([
    {
      name: "chunk",
      properties: propertiesOf(names),
      rows: Array.from({ length: Math.ceil(count / 256) }, () => chunk),
    },
    {
      name: "vertex",
      properties: propertiesOf(
        ["packed_position", "packed_rotation", "packed_scale", "packed_color"],
        "uint",
      ),
      rows: Array.from({ length: count }, () => [word, word, word, word]),
    },
    ...(sh > 0
      ? [{
        name: "sh",
        properties: propertiesOf(
          Array.from({ length: sh }, (_, i) => `f_rest_${i}`),
          "uchar",
        ),
        rows: Array.from(
          { length: count },
          () => Array.from({ length: sh }, (_, i) => 28 * i),
        ),
      }]
      : []),
  ], { encoding: "binary_little_endian" });
}

/** Options of {@linkcode makeKsplat}. */
export interface KsplatOptions {
  readonly level: 0 | 1 | 2;
  readonly shDegree: 0 | 1 | 2;
  /** Splats of each section. */
  readonly sections: readonly number[];
}

/** A .ksplat whose splat i of a section stands at (i, 0, section), in buckets of two. */
export function makeKsplat(
  { level, shDegree, sections }: KsplatOptions,
): Uint8Array<ArrayBuffer> {
  const [size, shSize] = [[4, 2, 2][level]!, [4, 2, 1][level]!];
  const sh = [0, 9, 24][shDegree]!;
  const stride = 10 * size + 4 + sh * shSize;
  const length = sections.reduce(
    (sum, count) =>
      sum + 1024 +
      (level > 0 ? 4 * (count % 2) + 12 * Math.ceil(count / 2) : 0) +
      count * stride,
    4096,
  );
  const view = new DataView(new ArrayBuffer(length));
  const word = (at: number, value: number): void =>
    view.setUint32(at, value, true);
  const total = sections.reduce((a, b) => a + b, 0);
  view.setUint8(1, 1);
  [sections.length, sections.length, total, total].forEach((v, i) =>
    word(4 + 4 * i, v)
  );
  view.setUint16(20, level, true);
  view.setFloat32(36, -2, true);
  view.setFloat32(40, 2, true);
  let at = 4096 + 1024 * sections.length;
  for (const [index, count] of sections.entries()) {
    const header = 4096 + 1024 * index;
    const buckets = level > 0 ? Math.ceil(count / 2) : 0;
    word(header, count);
    word(header + 4, count);
    word(header + 8, 2);
    word(header + 12, buckets);
    view.setFloat32(header + 16, 5, true);
    view.setUint16(header + 20, 12, true);
    word(header + 24, 1000);
    word(header + 32, level > 0 ? Math.floor(count / 2) : 0);
    word(header + 36, level > 0 ? count % 2 : 0);
    view.setUint16(header + 40, shDegree, true);
    if (level > 0 && count % 2 === 1) {
      word(at, 1);
      at += 4;
    }
    for (let bucket = 0; bucket < buckets; bucket++, at += 12) {
      [2 * bucket, 0, index].forEach((v, axis) =>
        view.setFloat32(at + 4 * axis, v, true)
      );
    }
    const number = (value: number): void => {
      if (level === 0) view.setFloat32(at, value, true);
      else view.setFloat16(at, value, true);
      at += size;
    };
    for (let i = 0; i < count; i++) {
      for (let axis = 0; axis < 3; axis++) {
        if (level === 0) view.setFloat32(at, [i, 0, index][axis]!, true);
        // A step is half of 5 units by 1000: the second of a bucket is one unit on.
        else view.setUint16(at, 1000 + (axis === 0 && i % 2 ? 400 : 0), true);
        at += size;
      }
      [0.5, 0.25, 0.125].forEach(number);
      [0.5, 0.5, -0.5, 0.5].forEach(number);
      [0, 127.5, 255, 51].forEach((byte) => view.setUint8(at++, byte));
      for (let k = 0; k < sh; k++) {
        if (level === 2) view.setUint8(at++, 10 * k);
        else number(k / 8);
      }
    }
  }
  return new Uint8Array(view.buffer);
}

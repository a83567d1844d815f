/**
 * Smaller pictures.
 *
 * @module
 */

import type { Image } from "./image.ts";

/** Lobes of the windowed sinc on each side: the window of Pillow's LANCZOS. */
const LOBES = 3;

/**
 * `image` scaled to `width` x `height` pixels with Lanczos-3, the filter
 * stretched when the picture shrinks, as Pillow's `LANCZOS` does. Two passes,
 * rows first; eight-bit in between as there.
 */
export function resizeLanczos(
  image: Image,
  width: number,
  height: number,
): Image {
  for (const [name, value] of [["width", width], ["height", height]] as const) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot resize an image as ${name} must be an integer >= 1: current value is ${value}`,
      );
    }
  }
  if (width === image.width && height === image.height) return image;
  return {
    width,
    height,
    data: resizeColumns(
      resizeRows(image, width),
      { width, from: image.height, to: height },
    ),
  };
}

/** Which source samples make up each target sample, and by what share. */
interface Taps {
  /** First source sample of each target sample. */
  readonly first: Int32Array;
  /** Source samples a target sample, the same for all; the spare ones weigh zero. */
  readonly size: number;
  /** `size` a target sample, adding up to 1 << {@linkcode SHARE_BITS}. */
  readonly shares: Int32Array;
}

/** Bits after the point of a share: 8 bits of sample, 2 of overshoot and these stay below 32. */
const SHARE_BITS = 20;

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = LOBES * stretch;
  const size = Math.min(from, Math.ceil(support) * 2 + 1);
  const first = new Int32Array(to);
  const shares = new Int32Array(to * size);
  const weights = new Float64Array(size);
  for (let target = 0; target < to; target++) {
    const center = (target + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(from, Math.trunc(center + support + 0.5));
    const begin = Math.min(low, from - size);
    first[target] = begin;
    weights.fill(0);
    let sum = 0;
    for (let i = low; i < high; i++) {
      const weight = lanczos((i - center + 0.5) / stretch);
      weights[i - begin] = weight;
      sum += weight;
    }
    for (let k = 0; k < size; k++) {
      shares[target * size + k] = Math.round(
        weights[k]! / sum * (1 << SHARE_BITS),
      );
    }
  }
  return { first, size, shares };
}

function lanczos(x: number): number {
  return x > -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

const HALF = 1 << (SHARE_BITS - 1);

function toByte(sum: number): number {
  const value = (sum + HALF) >> SHARE_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function resizeRows(image: Image, width: number): Uint8Array {
  const { data, height } = image;
  const { first, size, shares } = tapsOf(image.width, width);
  const out = new Uint8Array(4 * width * height);
  let o = 0;
  for (let y = 0; y < height; y++) {
    let tap = 0;
    for (let x = 0; x < width; x++) {
      let at = 4 * (y * image.width + first[x]!);
      let [r, g, b, a] = [0, 0, 0, 0];
      for (let k = 0; k < size; k++, at += 4) {
        const share = shares[tap++]!;
        r += share * data[at]!;
        g += share * data[at + 1]!;
        b += share * data[at + 2]!;
        a += share * data[at + 3]!;
      }
      out[o++] = toByte(r);
      out[o++] = toByte(g);
      out[o++] = toByte(b);
      out[o++] = toByte(a);
    }
  }
  return out;
}

/** Sizes for {@linkcode resizeColumns}, in pixels. */
interface ColumnSizes {
  width: number;
  from: number;
  to: number;
}

function resizeColumns(
  data: Uint8Array,
  { width, from, to }: ColumnSizes,
): Uint8Array {
  const { first, size, shares } = tapsOf(from, to);
  const stride = 4 * width;
  const out = new Uint8Array(stride * to);
  const sums = new Int32Array(stride);
  for (let y = 0; y < to; y++) {
    sums.fill(0);
    for (let k = 0; k < size; k++) {
      const share = shares[y * size + k]!;
      if (share === 0) continue;
      const start = (first[y]! + k) * stride;
      for (let i = 0; i < stride; i++) {
        sums[i]! += share * data[start + i]!;
      }
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = toByte(sums[i]!);
  }
  return out;
}

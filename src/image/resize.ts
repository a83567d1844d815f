/**
 * Smaller pictures.
 *
 * @module
 */

import { Codec } from "./codec.ts";
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
  using codec = Codec.take();
  const { functions } = codec;
  const source = codec.allocate(4 * image.width * image.height);
  const between = codec.allocate(4 * width * image.height);
  const target = codec.allocate(4 * width * height);
  const across = place(codec, tapsOf(image.width, width));
  const down = place(codec, tapsOf(image.height, height));
  codec.write(source, image.data);
  functions.resizeRows(
    source,
    between,
    image.height,
    image.width,
    width,
    across.first,
    across.shares,
    across.size,
    SHARE_BITS,
  );
  functions.resizeColumns(
    between,
    target,
    width,
    height,
    down.first,
    down.shares,
    down.size,
    SHARE_BITS,
  );
  return {
    width,
    height,
    data: codec.read(target, target + 4 * width * height),
  };
}

/** Copies taps into the codec's memory: the addresses of first and shares. */
function place(
  codec: Codec,
  { first, size, shares }: Taps,
): { first: number; shares: number; size: number } {
  const [firstAt, sharesAt] = [first, shares].map((array) => {
    const bytes = new Uint8Array(array.buffer);
    const at = codec.allocate(bytes.length);
    codec.write(at, bytes);
    return at;
  });
  return { first: firstAt!, shares: sharesAt!, size };
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

/** Bits after the point of a share, as many as Pillow has: with 8 bits of sample and the overshoot they stay below 32. */
const SHARE_BITS = 22;

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

/**
 * Undoes the prediction of pixels in a lossless WebP: each is what its
 * neighbours to the left and above foretell plus what is stored.
 *
 * Pixels are ints of four bytes; sums are bytewise and drop carries.
 *
 * @module
 */

/** Adds predictions, in place, to the pixels [from, to) of one row but the first. */
type Predict = (
  pixels: Int32Array,
  from: number,
  to: number,
  width: number,
) => void;

/** Which blocks are predicted how. */
export interface Prediction {
  /** Green says the mode, a pixel a block. */
  readonly modes: Int32Array;
  /** Blocks are squares of `1 << sizeBits` pixels. */
  readonly sizeBits: number;
  readonly width: number;
}

const BLACK = 0xff000000 | 0;

/** Adds predictions to all pixels, in place. */
export function undoPrediction(
  pixels: Int32Array,
  { modes, sizeBits, width }: Prediction,
): void {
  pixels[0] = add(pixels[0]!, BLACK);
  fromLeft(pixels, 1, width);
  const columns = (width + (1 << sizeBits) - 1) >>> sizeBits;
  for (let y = 1; y * width < pixels.length; y++) {
    const row = y * width;
    pixels[row] = add(pixels[row]!, pixels[row - width]!);
    const first = (y >>> sizeBits) * columns;
    for (let column = 0; column < columns; column++) {
      const from = Math.max(1, column << sizeBits);
      const to = Math.min(width, (column + 1) << sizeBits);
      const mode = modes[first + column]! >>> 8 & 15;
      PREDICT[mode]!(pixels, row + from, row + to, width);
    }
  }
}

function add(a: number, b: number): number {
  return (a & 0xff00ff00) + (b & 0xff00ff00) & 0xff00ff00 |
    (a & 0x00ff00ff) + (b & 0x00ff00ff) & 0x00ff00ff;
}

function average(a: number, b: number): number {
  return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b) | 0;
}

function black(pixels: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) pixels[i] = add(pixels[i]!, BLACK);
}

function fromLeft(pixels: Int32Array, from: number, to: number): void {
  let left = pixels[from - 1]!;
  for (let i = from; i < to; i++) {
    left = add(pixels[i]!, left);
    pixels[i] = left;
  }
}

/** By the pixel that lies `distance` before. */
function fromOne(
  pixels: Int32Array,
  { from, to, distance }: { from: number; to: number; distance: number },
): void {
  for (let i = from; i < to; i++) {
    pixels[i] = add(pixels[i]!, pixels[i - distance]!);
  }
}

/** By the mean of the pixels that lie `a` and `b` before. */
function fromTwo(
  pixels: Int32Array,
  { from, to, a, b }: { from: number; to: number; a: number; b: number },
): void {
  for (let i = from; i < to; i++) {
    pixels[i] = add(pixels[i]!, average(pixels[i - a]!, pixels[i - b]!));
  }
}

const fromCorners: Predict = (pixels, from, to, width) => {
  let left = pixels[from - 1]!;
  for (let i = from; i < to; i++) {
    const up = i - width;
    const outer = average(left, pixels[up + 1]!);
    left = add(pixels[i]!, average(outer, pixels[up]!));
    pixels[i] = left;
  }
};

const fromLeftAnd = (
  pixels: Int32Array,
  { from, to, distance }: { from: number; to: number; distance: number },
): void => {
  let left = pixels[from - 1]!;
  for (let i = from; i < to; i++) {
    left = add(pixels[i]!, average(left, pixels[i - distance]!));
    pixels[i] = left;
  }
};

const fromFour: Predict = (pixels, from, to, width) => {
  let left = pixels[from - 1]!;
  let upLeft = pixels[from - width - 1]!;
  let up = pixels[from - width]!;
  for (let i = from; i < to; i++) {
    const upRight = pixels[i - width + 1]!;
    const mean = average(average(left, upLeft), average(up, upRight));
    left = add(pixels[i]!, mean);
    pixels[i] = left;
    upLeft = up;
    up = upRight;
  }
};

/** Left or up, whichever is nearer to left + up - upLeft. */
const fromNearer: Predict = (pixels, from, to, width) => {
  let left = pixels[from - 1]!;
  let upLeft = pixels[from - width - 1]!;
  for (let i = from; i < to; i++) {
    const up = pixels[i - width]!;
    const isLeft = difference(up, upLeft) < difference(left, upLeft);
    left = add(pixels[i]!, isLeft ? left : up);
    pixels[i] = left;
    upLeft = up;
  }
};

/** left + up - upLeft, each byte kept within its range. */
const fromGradient: Predict = (pixels, from, to, width) => {
  let left = pixels[from - 1]!;
  let upLeft = pixels[from - width - 1]!;
  for (let i = from; i < to; i++) {
    const up = pixels[i - width]!;
    const a = (left & 255) + (up & 255) - (upLeft & 255);
    const b = (left >>> 8 & 255) + (up >>> 8 & 255) - (upLeft >>> 8 & 255);
    const c = (left >>> 16 & 255) + (up >>> 16 & 255) - (upLeft >>> 16 & 255);
    const d = (left >>> 24) + (up >>> 24) - (upLeft >>> 24);
    left = add(pixels[i]!, clampAll(a, b, c, d));
    pixels[i] = left;
    upLeft = up;
  }
};

/** m + (m - upLeft) / 2 of the mean of left and up, each byte kept within its range. */
const fromHalfGradient: Predict = (pixels, from, to, width) => {
  let left = pixels[from - 1]!;
  let upLeft = pixels[from - width - 1]!;
  for (let i = from; i < to; i++) {
    const up = pixels[i - width]!;
    const mean = average(left, up);
    const a = beyond(mean & 255, upLeft & 255);
    const b = beyond(mean >>> 8 & 255, upLeft >>> 8 & 255);
    const c = beyond(mean >>> 16 & 255, upLeft >>> 16 & 255);
    const d = beyond(mean >>> 24, upLeft >>> 24);
    left = add(pixels[i]!, clampAll(a, b, c, d));
    pixels[i] = left;
    upLeft = up;
  }
};

/** Halves towards zero. */
function beyond(mean: number, other: number): number {
  const difference = mean - other;
  return mean + (difference + (difference >>> 31) >> 1);
}

function clampAll(a: number, b: number, c: number, d: number): number {
  if ((a | b | c | d) & ~255) {
    return clamp(a) | clamp(b) << 8 | clamp(c) << 16 | clamp(d) << 24;
  }
  return a | b << 8 | c << 16 | d << 24;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** The sum of how much the bytes differ. */
function difference(a: number, b: number): number {
  return Math.abs((a & 255) - (b & 255)) +
    Math.abs((a >>> 8 & 255) - (b >>> 8 & 255)) +
    Math.abs((a >>> 16 & 255) - (b >>> 16 & 255)) +
    Math.abs((a >>> 24) - (b >>> 24));
}

/** By mode; the last two are free, and others take them as here. In the last column the pixel up right is the row's first. */
const PREDICT: readonly Predict[] = [
  black,
  fromLeft,
  (pixels, from, to, width) => fromOne(pixels, { from, to, distance: width }),
  (pixels, from, to, width) =>
    fromOne(pixels, { from, to, distance: width - 1 }),
  (pixels, from, to, width) =>
    fromOne(pixels, { from, to, distance: width + 1 }),
  fromCorners,
  (pixels, from, to, width) =>
    fromLeftAnd(pixels, { from, to, distance: width + 1 }),
  (pixels, from, to, width) =>
    fromLeftAnd(pixels, { from, to, distance: width }),
  (pixels, from, to, width) =>
    fromTwo(pixels, { from, to, a: width + 1, b: width }),
  (pixels, from, to, width) =>
    fromTwo(pixels, { from, to, a: width, b: width - 1 }),
  fromFour,
  fromNearer,
  fromGradient,
  fromHalfGradient,
  black,
  black,
];

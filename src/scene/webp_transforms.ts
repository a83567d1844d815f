/**
 * What a lossless WebP did to its pixels before it coded them, and how to undo
 * it.
 *
 * @module
 */

import type { BitReader } from "./webp_bits.ts";
import { blocksOf, readBlockPicture, readPixels } from "./webp_pixels.ts";
import { undoPrediction } from "./webp_predictors.ts";

/** Turns coded pixels, its own from now on, into those before the transform. */
export type Undo = (pixels: Int32Array) => Int32Array;

/** All transforms of a picture. */
export interface Transforms {
  /** In the order in which to undo them. */
  readonly undo: readonly Undo[];
  /** Of the coded picture, pixels: narrower where several share one. */
  readonly codedWidth: number;
}

/** Names by number, for errors. */
const KINDS = ["prediction", "colour", "subtracted green", "colour table"];

/**
 * Reads the transforms of a picture.
 *
 * @throws {SyntaxError} If one is damaged or comes twice.
 */
export function readTransforms(
  bits: BitReader,
  { width, height }: { width: number; height: number },
): Transforms {
  const undo: Undo[] = [];
  const seen = new Set<number>();
  let codedWidth = width;
  while (bits.read(1) === 1) {
    const kind = bits.read(2);
    if (seen.has(kind)) {
      throw new SyntaxError(
        `Cannot decode a WebP as each transform must come once: ${
          KINDS[kind]
        } comes twice`,
      );
    }
    seen.add(kind);
    const size = { width: codedWidth, height };
    if (kind === 0) {
      const { indices: modes, sizeBits } = readBlockPicture(bits, size);
      undo.push((pixels) => {
        undoPrediction(pixels, { modes, sizeBits, width: size.width });
        return pixels;
      });
    } else if (kind === 1) {
      const { indices: factors, sizeBits } = readBlockPicture(bits, size);
      undo.push((pixels) =>
        undoColour(pixels, { factors, sizeBits, width: size.width })
      );
    } else if (kind === 2) {
      undo.push(undoSubtractedGreen);
    } else {
      const count = 1 + bits.read(8);
      const colours = readColours(bits, count);
      const shareBits = count <= 2 ? 3 : count <= 4 ? 2 : count <= 16 ? 1 : 0;
      undo.push((pixels) =>
        undoColourTable(pixels, { colours, shareBits, size })
      );
      codedWidth = blocksOf(codedWidth, shareBits);
    }
  }
  return { undo: undo.reverse(), codedWidth };
}

/** 256 colours: each is stored as its difference from the one before, and black, transparent, after the last. */
function readColours(bits: BitReader, count: number): Int32Array {
  const stored = readPixels(bits, { width: count, height: 1 }, false);
  const bytes = new Uint8Array(stored.buffer);
  for (let i = 4; i < bytes.length; i++) bytes[i]! += bytes[i - 4]!;
  const colours = new Int32Array(256);
  colours.set(stored);
  return colours;
}

function undoSubtractedGreen(pixels: Int32Array): Int32Array {
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i]!;
    const green = pixel >>> 8 & 255;
    pixels[i] = pixel & 0xff00ff00 |
      (pixel & 0x00ff00ff) + (green << 16 | green) & 0x00ff00ff;
  }
  return pixels;
}

/** Adds to red a part of green, and to blue parts of green and of red. */
function undoColour(
  pixels: Int32Array,
  { factors, sizeBits, width }: {
    factors: Int32Array;
    sizeBits: number;
    width: number;
  },
): Int32Array {
  const columns = blocksOf(width, sizeBits);
  for (let y = 0; y * width < pixels.length; y++) {
    const row = y * width;
    for (let column = 0; column < columns; column++) {
      const factor = factors[(y >>> sizeBits) * columns + column]!;
      const redToBlue = factor << 24 >> 24;
      const greenToBlue = factor << 16 >> 24;
      const greenToRed = factor << 8 >> 24;
      const to = row + Math.min(width, (column + 1) << sizeBits);
      for (let i = row + (column << sizeBits); i < to; i++) {
        const pixel = pixels[i]!;
        const green = pixel << 16 >> 24;
        const red = pixel + (greenToRed * green >> 5) & 255;
        const blue = (pixel >>> 16) + (greenToBlue * green >> 5) +
            (redToBlue * (red << 24 >> 24) >> 5) & 255;
        pixels[i] = pixel & 0xff00ff00 | blue << 16 | red;
      }
    }
  }
  return pixels;
}

/** Replaces numbers of colours, of which `1 << shareBits` share a green, by the colours. */
function undoColourTable(
  pixels: Int32Array,
  { colours, shareBits, size: { width, height } }: {
    colours: Int32Array;
    shareBits: number;
    size: { width: number; height: number };
  },
): Int32Array {
  if (shareBits === 0) {
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = colours[pixels[i]! >>> 8 & 255]!;
    }
    return pixels;
  }
  const bits = 8 >>> shareBits;
  const mask = (1 << bits) - 1;
  const last = (1 << shareBits) - 1;
  const all = new Int32Array(width * height);
  let from = 0;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let green = 0;
    for (let x = 0; x < width; x++) {
      green = (x & last) === 0 ? pixels[from++]! >>> 8 & 255 : green >>> bits;
      all[to++] = colours[green & mask]!;
    }
  }
  return all;
}

/**
 * The entropy-coded pictures within a lossless WebP: its pixels, and the small
 * ones that say how blocks of them were coded.
 *
 * @module
 */

import { type BitReader, endsEarly, peekBits } from "./webp_bits.ts";
import {
  LINK,
  type PrefixCode,
  PrefixTables,
  ROOT_BITS,
  VALUE_SHIFT,
} from "./webp_prefix_codes.ts";

/** Width and height, pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The codes of one kind of block. */
interface CodeGroup {
  /** Green, then lengths of copies, then entries of the cache. */
  readonly green: PrefixCode;
  readonly red: PrefixCode;
  readonly blue: PrefixCode;
  readonly alpha: PrefixCode;
  readonly distance: PrefixCode;
}

/** Which codes are for which block. */
interface Blocks {
  readonly groups: readonly CodeGroup[];
  /** Index of the group by block, row by row; absent where one is for all. */
  readonly indices?: Int32Array;
  /** Blocks are squares of `1 << sizeBits` pixels. */
  readonly sizeBits: number;
}

const LITERALS = 256;
const LENGTHS = 24;
const DISTANCES = 40;
const MAX_CACHE_BITS = 11;
const CACHE_FACTOR = 0x1e35a7bd;
/**
 * Entries of all tables, and one more for each pixel; an encoder gains nothing
 * by so many, but a few bytes can ask for tables of kilobytes.
 */
const FREE_ENTRIES = 1 << 23;
/** Copies at least so long are worth a call. */
const LONG = 32;

/** Neighbours that the first distances mean: columns to the left, rows up; nearest first. */
const NEIGHBOURS: readonly (readonly [number, number])[] = neighbours();

/**
 * Reads a picture: ints of the bytes R, G, B, A, row by row.
 *
 * @param isWhole Whether blocks may have codes of their own: true only for the picture itself.
 * @throws {SyntaxError} If it is damaged.
 */
export function readPixels(
  bits: BitReader,
  size: Size,
  isWhole: boolean,
): Int32Array {
  const cacheBits = bits.read(1) === 1 ? bits.read(4) : undefined;
  if (cacheBits === 0 || (cacheBits ?? 0) > MAX_CACHE_BITS) {
    throw new SyntaxError(
      `Cannot decode a WebP as its colour cache must have 1 to ${MAX_CACHE_BITS} bits: it has ${cacheBits}`,
    );
  }
  const tables = new PrefixTables(FREE_ENTRIES + size.width * size.height);
  const blocks = readBlocks(bits, tables, {
    size,
    isWhole,
    cacheSize: cacheBits === undefined ? 0 : 1 << cacheBits,
  });
  return decode(bits, tables.entries, { size, blocks, cacheBits });
}

function readBlocks(
  bits: BitReader,
  tables: PrefixTables,
  { size, isWhole, cacheSize }: {
    size: Size;
    isWhole: boolean;
    cacheSize: number;
  },
): Blocks {
  const colours = LITERALS + LENGTHS + cacheSize;
  const readGroup = (): CodeGroup => ({
    green: tables.read(bits, colours),
    red: tables.read(bits, LITERALS),
    blue: tables.read(bits, LITERALS),
    alpha: tables.read(bits, LITERALS),
    distance: tables.read(bits, DISTANCES),
  });
  if (!isWhole || bits.read(1) === 0) {
    return { groups: [readGroup()], sizeBits: 0 };
  }
  const { indices, sizeBits } = readBlockPicture(bits, size);
  // Numbers may be left out, and then their codes are there for nothing.
  let count = 0;
  const wanted = new Int32Array(1 << 16).fill(-1);
  for (let i = 0; i < indices.length; i++) {
    const pixel = indices[i]!;
    const index = (pixel & 0xff) << 8 | pixel >>> 8 & 0xff;
    indices[i] = index;
    wanted[index] = 0;
    if (index >= count) count = index + 1;
  }
  const groups: CodeGroup[] = [];
  for (let index = 0; index < count; index++) {
    if (wanted[index] === 0) {
      wanted[index] = groups.length;
      groups.push(readGroup());
      continue;
    }
    for (const size of [colours, LITERALS, LITERALS, LITERALS, DISTANCES]) {
      tables.skip(bits, size);
    }
  }
  for (let i = 0; i < indices.length; i++) indices[i] = wanted[indices[i]!]!;
  return { groups, indices, sizeBits };
}

/** Reads a picture of a pixel a block. */
export function readBlockPicture(
  bits: BitReader,
  { width, height }: Size,
): { indices: Int32Array; sizeBits: number } {
  const sizeBits = 2 + bits.read(3);
  const indices = readPixels(bits, {
    width: blocksOf(width, sizeBits),
    height: blocksOf(height, sizeBits),
  }, false);
  return { indices, sizeBits };
}

/** How many blocks of `1 << sizeBits` pixels cover `length` pixels. */
export function blocksOf(length: number, sizeBits: number): number {
  return (length + (1 << sizeBits) - 1) >>> sizeBits;
}

function decode(
  bits: BitReader,
  entries: Int32Array,
  { size: { width, height }, blocks, cacheBits }: {
    size: Size;
    blocks: Blocks;
    cacheBits: number | undefined;
  },
): Int32Array {
  const { groups, indices, sizeBits } = blocks;
  const { words, end } = bits;
  const total = width * height;
  const pixels = new Int32Array(total);
  const columns = blocksOf(width, sizeBits);
  const cache = new Int32Array(cacheBits === undefined ? 0 : 1 << cacheBits);
  const cacheShift = 32 - (cacheBits ?? 0);
  let cached = 0; // Pixels before are in the cache, others wait until one is asked for.
  let group = groups[0]!;
  let position = bits.at;
  for (let at = 0; at < total;) {
    let stop = total;
    if (indices) {
      const y = Math.floor(at / width);
      const x = at - y * width;
      const column = x >>> sizeBits;
      group = groups[indices[(y >>> sizeBits) * columns + column]!]!;
      stop = at - x + Math.min(width, (column + 1) << sizeBits);
    }
    const { offset: green, mask: greenMask } = group.green;
    const { offset: red, mask: redMask } = group.red;
    const { offset: blue, mask: blueMask } = group.blue;
    const { offset: alpha, mask: alphaMask } = group.alpha;
    while (at < stop) {
      if (position > end) throw endsEarly();
      let next = peekBits(words, position);
      let entry = entries[green + (next & greenMask)]!;
      if (entry & LINK) entry = entries[green + second(entry, next)]!;
      let length = entry & (LINK - 1);
      position += length;
      const symbol = entry >>> VALUE_SHIFT;
      if (symbol < LITERALS) {
        next >>>= length;
        entry = entries[red + (next & redMask)]!;
        if (entry & LINK) entry = entries[red + second(entry, next)]!;
        position += entry & (LINK - 1);
        let pixel = symbol << 8 | entry >>> VALUE_SHIFT;
        next = peekBits(words, position);
        entry = entries[blue + (next & blueMask)]!;
        if (entry & LINK) entry = entries[blue + second(entry, next)]!;
        length = entry & (LINK - 1);
        position += length;
        next >>>= length;
        pixel |= entry >>> VALUE_SHIFT << 16;
        entry = entries[alpha + (next & alphaMask)]!;
        if (entry & LINK) entry = entries[alpha + second(entry, next)]!;
        position += entry & (LINK - 1);
        pixels[at++] = pixel | entry >>> VALUE_SHIFT << 24;
      } else if (symbol < LITERALS + LENGTHS) {
        const kind = symbol - LITERALS;
        const count = numberOf(kind, peekBits(words, position));
        position += extraBits(kind);
        const { offset, mask } = group.distance;
        next = peekBits(words, position);
        entry = entries[offset + (next & mask)]!;
        if (entry & LINK) entry = entries[offset + second(entry, next)]!;
        position += entry & (LINK - 1);
        const code = entry >>> VALUE_SHIFT;
        const distance = distanceOf(
          numberOf(code, peekBits(words, position)),
          width,
        );
        position += extraBits(code);
        copy(pixels, { at, distance, count });
        at += count;
      } else {
        for (; cached < at; cached++) {
          const pixel = pixels[cached]!;
          cache[hashOf(pixel) >>> cacheShift] = pixel;
        }
        pixels[at++] = cache[symbol - LITERALS - LENGTHS]!;
      }
    }
  }
  if (position > end) throw endsEarly();
  bits.at = position;
  return pixels;
}

/** Where in a code's tables a link and the bits after those of the first one lead. */
function second(link: number, next: number): number {
  const mask = (1 << (link & (LINK - 1))) - 1;
  return (link >>> VALUE_SHIFT) + (next >>> ROOT_BITS & mask);
}

/** How many bits after the symbol of a length or distance belong to it. */
function extraBits(symbol: number): number {
  return symbol < 4 ? 0 : (symbol - 2) >>> 1;
}

/** The length or distance, from 1, of its symbol and the bits after it. */
function numberOf(symbol: number, next: number): number {
  if (symbol < 4) return symbol + 1;
  const count = (symbol - 2) >>> 1;
  return ((2 + (symbol & 1)) << count) + (next & ((1 << count) - 1)) + 1;
}

/** How many pixels back a coded distance means. */
function distanceOf(coded: number, width: number): number {
  const neighbour = NEIGHBOURS[coded - 1];
  if (!neighbour) return coded - NEIGHBOURS.length;
  const [left, up] = neighbour;
  return Math.max(1, left + up * width);
}

/** Copies pixels, of which the first may be the source of the last. */
function copy(
  pixels: Int32Array,
  { at, distance, count }: { at: number; distance: number; count: number },
): void {
  if (distance > at || count > pixels.length - at) {
    throw new SyntaxError(
      `Cannot decode a WebP as copies must lie within its ${pixels.length} pixels: pixel ${at} copies ${count} from ${distance} before`,
    );
  }
  const end = at + count;
  if (count >= LONG && distance === 1) {
    pixels.fill(pixels[at - 1]!, at, end);
  } else if (count >= LONG && distance >= count) {
    pixels.copyWithin(at, at - distance, end - distance);
  } else {
    for (let i = at; i < end; i++) pixels[i] = pixels[i - distance]!;
  }
}

/** Of which the highest bits are a colour's place in the cache. */
function hashOf(pixel: number): number {
  const swapped = pixel & 0xff00ff00 | (pixel & 0xff) << 16 |
    pixel >>> 16 & 0xff;
  return Math.imul(swapped, CACHE_FACTOR);
}

function neighbours(): [number, number][] {
  const all: [number, number][] = [];
  for (let up = 0; up <= 7; up++) {
    for (let left = up === 0 ? 1 : -7; left <= 8; left++) all.push([left, up]);
  }
  return all.sort(([a, b], [c, d]) =>
    a * a + b * b - c * c - d * d || Math.abs(a) - Math.abs(c) || c - a
  );
}

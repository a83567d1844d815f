/**
 * Prefix codes of a lossless WebP: read as lengths, kept as tables that the
 * next bits index.
 *
 * @module
 */

import { type BitReader, peekBits } from "./webp_bits.ts";

/** Where the table of a code lies. */
export interface PrefixCode {
  /** Of its first entry. */
  readonly offset: number;
  /** Which of the next bits index it; 0 for a code of one symbol. */
  readonly mask: number;
}

/** Bits that index a table; longer codes go on in a second one. */
export const ROOT_BITS = 9;
/** An entry's lowest bits: a code's length, or from here on the bits that index a second table. */
export const LINK = 16;
/** How far an entry's symbol, or the second table's distance, is shifted. */
export const VALUE_SHIFT = 8;

const MAX_LENGTH = 15;
/** Largest alphabet: green, lengths of copies, the largest colour cache. */
const MAX_SYMBOLS = 256 + 24 + 2048;
/** In which order the lengths of the lengths' codes come. */
const LENGTH_ORDER: readonly number[] = [
  ...[17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
];

/** The tables of many codes in one array. */
export class PrefixTables {
  /** `symbol << VALUE_SHIFT | length` or `distance << VALUE_SHIFT | LINK + bits`; replaced as it grows. */
  entries: Int32Array = new Int32Array(1 << 12);
  readonly #maxEntries: number;
  readonly #lengths = new Uint8Array(MAX_SYMBOLS);
  readonly #sorted = new Uint16Array(MAX_SYMBOLS);
  readonly #longest = new Uint8Array(1 << ROOT_BITS);
  #length = 0;

  /** `maxEntries`: how much memory a file may make them take, 4 bytes each. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /**
   * Reads a code of the symbols 0 to `size` - 1.
   *
   * @throws {SyntaxError} If it is no prefix code, lacks one, or is beyond memory.
   */
  read(bits: BitReader, size: number): PrefixCode {
    return this.#add(this.#readLengths(bits, size));
  }

  /** Checks a code as {@linkcode PrefixTables.read} does, without a table. */
  skip(bits: BitReader, size: number): void {
    startsOf(this.#readLengths(bits, size));
  }

  #readLengths(bits: BitReader, size: number): Uint8Array {
    const lengths = this.#lengths.subarray(0, size).fill(0);
    if (bits.read(1) === 1) readSimple(bits, lengths);
    else this.#readNormal(bits, lengths);
    return lengths;
  }

  #readNormal(bits: BitReader, lengths: Uint8Array): void {
    const given = 4 + bits.read(4);
    const own = new Uint8Array(LENGTH_ORDER.length);
    for (let i = 0; i < given; i++) own[LENGTH_ORDER[i]!] = bits.read(3);
    const before = this.#length;
    const { offset, mask } = this.#add(own);
    const { entries } = this;
    this.#length = before;
    const size = lengths.length;
    let left = size;
    if (bits.read(1) === 1) {
      left = 2 + bits.read(2 + 2 * bits.read(3));
      if (left > size) {
        throw noCode(`have lengths for ${size} symbols`, `they are ${left}`);
      }
    }
    const only = entries[offset]! >>> VALUE_SHIFT;
    if (mask === 0 && only <= MAX_LENGTH) { // Costs no bits, so let it cost no time.
      lengths.fill(only, 0, left);
      return;
    }
    let previous = 8;
    for (let symbol = 0; symbol < size && left > 0; left--) {
      const entry = entries[offset + (peekBits(bits.words, bits.at) & mask)]!;
      bits.skip(entry & (LINK - 1));
      const kind = entry >>> VALUE_SHIFT;
      if (kind <= MAX_LENGTH) {
        lengths[symbol++] = kind;
        if (kind > 0) previous = kind;
        continue;
      }
      const times = kind === 16
        ? 3 + bits.read(2)
        : kind === 17
        ? 3 + bits.read(3)
        : 11 + bits.read(7);
      if (symbol + times > size) {
        throw noCode(`have ${size} symbols`, `it has ${symbol + times}`);
      }
      lengths.fill(kind === 16 ? previous : 0, symbol, symbol + times);
      symbol += times;
    }
  }

  /** Makes the table of the canonical code with these lengths. */
  #add(lengths: Uint8Array): PrefixCode {
    const starts = startsOf(lengths);
    const sorted = this.#sorted;
    const next = starts.slice();
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol]!;
      if (length !== 0) sorted[next[length]!++] = symbol;
    }
    const used = starts[MAX_LENGTH + 1]!;
    const offset = this.#length;
    if (used === 1) {
      this.#grow(1);
      this.entries[offset] = sorted[0]! << VALUE_SHIFT;
      return { offset, mask: 0 };
    }
    let most = MAX_LENGTH;
    while (starts[most] === used) most--;
    const rootBits = Math.min(most, ROOT_BITS);
    const mask = (1 << rootBits) - 1;
    this.#grow(1 << rootBits);
    if (most > ROOT_BITS) this.#makeSecond(starts, offset);
    const { entries } = this;
    let code = 0;
    for (let length = 1; length <= most; length++) {
      const end = starts[length + 1]!;
      for (let i = starts[length]!; i < end; i++) {
        const entry = sorted[i]! << VALUE_SHIFT | length;
        if (length <= rootBits) {
          for (let at = code; at <= mask; at += 1 << length) {
            entries[offset + at] = entry;
          }
        } else {
          const link = entries[offset + (code & mask)]!;
          const second = offset + (link >>> VALUE_SHIFT);
          const size = 1 << (link & (LINK - 1));
          const step = 1 << (length - ROOT_BITS);
          for (let at = code >>> ROOT_BITS; at < size; at += step) {
            entries[second + at] = entry;
          }
        }
        code = nextCode(code, length);
      }
    }
    return { offset, mask };
  }

  /** Makes room for second tables and links to them. */
  #makeSecond(starts: Int32Array, offset: number): void {
    const longest = this.#longest.fill(0);
    const mask = longest.length - 1;
    let code = 0;
    for (let length = 1; length <= MAX_LENGTH; length++) {
      for (let i = starts[length]!; i < starts[length + 1]!; i++) {
        longest[code & mask] = length; // Lengths ascend.
        code = nextCode(code, length);
      }
    }
    for (let at = 0; at <= mask; at++) {
      const bits = longest[at]! - ROOT_BITS;
      if (bits <= 0) continue;
      const distance = this.#length - offset;
      this.#grow(1 << bits);
      this.entries[offset + at] = distance << VALUE_SHIFT | LINK + bits;
    }
  }

  #grow(count: number): void {
    this.#length += count;
    if (this.#length > this.#maxEntries) {
      throw noCode("be no larger than the picture", "they are");
    }
    if (this.#length <= this.entries.length) return;
    const entries = new Int32Array(
      Math.min(2 * this.#length, this.#maxEntries),
    );
    entries.set(this.entries);
    this.entries = entries;
  }
}

/**
 * Where the symbols of each length begin once they are sorted by it.
 *
 * @throws {SyntaxError} If no prefix code has these lengths.
 */
function startsOf(lengths: Uint8Array): Int32Array {
  const starts = new Int32Array(MAX_LENGTH + 2);
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i] !== 0) starts[lengths[i]! + 1]!++;
  }
  let room = 1 << MAX_LENGTH;
  for (let length = 1; length <= MAX_LENGTH; length++) {
    room -= starts[length + 1]! << (MAX_LENGTH - length);
    starts[length + 1]! += starts[length]!;
  }
  const used = starts[MAX_LENGTH + 1]!;
  if (used === 0) throw noCode("have a symbol", "it has none");
  if (room !== 0 && used > 1) {
    throw noCode(
      "use up its bits",
      room > 0 ? "some are left over" : "it needs more than there are",
    );
  }
  return starts;
}

/** One or two symbols of one bit. */
function readSimple(bits: BitReader, lengths: Uint8Array): void {
  const count = 1 + bits.read(1);
  const first = bits.read(1) === 1 ? 8 : 1;
  for (let i = 0; i < count; i++) {
    const symbol = bits.read(i === 0 ? first : 8);
    if (symbol >= lengths.length) {
      throw noCode(`have ${lengths.length} symbols`, `it has ${symbol}`);
    }
    lengths[symbol] = 1;
  }
}

/** The code after `code`, both as they are read: the first bit is the lowest. */
function nextCode(code: number, length: number): number {
  let bit = 1 << (length - 1);
  while (code & bit) {
    code ^= bit;
    bit >>>= 1;
  }
  return code | bit;
}

function noCode(must: string, is: string): SyntaxError {
  return new SyntaxError(
    `Cannot decode a WebP as its prefix codes must ${must}: ${is}`,
  );
}

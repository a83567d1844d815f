/**
 * Bits of a lossless WebP, the lowest of each byte first.
 *
 * @module
 */

/** Zeros after the last word: one pixel's symbols may run that far beyond. */
const PADDING_WORDS = 4;
/** Positions are bits, and 31 of them number a position. */
const MAX_BYTES = 2 ** 28 - 1;

/** Reads numbers one after another. */
export class BitReader {
  /** All bits, 32 a word, and zeros after them; for {@linkcode peekBits}. */
  readonly words: Int32Array;
  /** How many bits there are. */
  readonly end: number;
  /** Position of the next bit. */
  at = 0;

  /** @throws {SyntaxError} If there are too many of them. */
  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_BYTES) {
      throw new SyntaxError(
        `Cannot decode a WebP as it must have at most ${MAX_BYTES} bytes: it has ${bytes.length}`,
      );
    }
    this.words = new Int32Array((bytes.length >>> 2) + PADDING_WORDS);
    new Uint8Array(this.words.buffer).set(bytes);
    this.end = 8 * bytes.length;
  }

  /**
   * The number in the next `count` bits, 0 to 24 of them.
   *
   * @throws {SyntaxError} If the bits end before.
   */
  read(count: number): number {
    const value = peekBits(this.words, this.at) & ((1 << count) - 1);
    this.skip(count);
    return value;
  }

  /** @throws {SyntaxError} If the bits end before. */
  skip(count: number): void {
    this.at += count;
    if (this.at > this.end) throw endsEarly();
  }
}

/** The 32 bits from position `at` on. */
export function peekBits(words: Int32Array, at: number): number {
  const word = at >>> 5;
  const shift = at & 31;
  return words[word]! >>> shift | words[word + 1]! << 1 << (31 - shift);
}

/** The error for bits that end before the picture does. */
export function endsEarly(): SyntaxError {
  return new SyntaxError(
    "Cannot decode a WebP as its pixels must be whole: its bits end before",
  );
}

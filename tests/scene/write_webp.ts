/**
 * Writes lossless WebP pictures bit by bit, so that tests can make what no
 * encoder does.
 *
 * @module
 */

/** A picture that is being written; begins with its header. */
export class WebpWriter {
  readonly #bits: number[] = [];

  constructor(
    { width, height, alpha = 1, version = 0 }: {
      width: number;
      height: number;
      alpha?: 0 | 1;
      version?: number;
    },
  ) {
    this.put(0x2f, 8).put(width - 1, 14).put(height - 1, 14);
    this.put(alpha, 1).put(version, 3);
  }

  /** Appends the lowest `count` bits of `value`. */
  put(value: number, count: number): this {
    for (let i = 0; i < count; i++) this.#bits.push(value >> i & 1);
    return this;
  }

  /** Appends a code of one symbol below 256. */
  putOne(symbol: number): this {
    return this.put(0b101, 3).put(symbol, 8);
  }

  /** Appends a code of one or two symbols of one bit, of an alphabet of `size`. */
  putSome(symbols: readonly number[], size: number): this {
    this.put(0, 1).put(0, 4); // Lengths of 17, 18, 0 and 1.
    this.put(0, 3).put(2, 3).put(2, 3).put(1, 3).put(0, 1);
    for (let symbol = 0; symbol < size;) {
      if (symbols.includes(symbol)) {
        this.put(0, 1);
        symbol++;
        continue;
      }
      const next = Math.min(
        size,
        ...symbols.filter((other) => other > symbol),
      );
      const zeros = Math.min(138, next - symbol);
      if (zeros >= 11) this.put(0b11, 2).put(zeros - 11, 7);
      else for (let i = 0; i < zeros; i++) this.put(0b01, 2);
      symbol += zeros;
    }
    return this;
  }

  /** Appends a code with these lengths, 4 bits each, then zeros up to `size`. */
  putLengths(lengths: readonly number[], size: number): this {
    this.put(0, 1).put(19 - 4, 4);
    // In the order 17, 18, 0, ...; 16 to 18 do not occur.
    for (let k = 0; k < 19; k++) this.put(k < 2 || k === 8 ? 0 : 4, 3);
    this.put(0, 1); // a length for each symbol
    for (let k = 0; k < size; k++) {
      for (let bit = 3; bit >= 0; bit--) this.put((lengths[k] ?? 0) >> bit, 1);
    }
    return this;
  }

  /** The file. */
  file(): Uint8Array {
    const length = 2 * Math.ceil(this.#bits.length / 16);
    const file = new Uint8Array(20 + length);
    file.set(new TextEncoder().encode("RIFF    WEBPVP8L"));
    const view = new DataView(file.buffer);
    view.setUint32(4, 12 + length, true);
    view.setUint32(16, length, true);
    this.#bits.forEach((bit, i) => file[20 + (i >> 3)]! |= bit << (i & 7));
    return file;
  }
}

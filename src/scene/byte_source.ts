/**
 * Where the bytes of a scene come from, without saying from where: a path, a
 * URL, memory. Readers ask for ranges, so that no file has to be in memory as
 * a whole.
 *
 * @module
 */

/** Options of {@linkcode ByteSource.read}. */
export interface ReadBytesOptions {
  /**
   * Memory that may be used for the answer, at least as long; the answer is
   * then good only until its next use. Spares a large file an allocation a block.
   */
  buffer?: Uint8Array;
}

/** A sequence of bytes of known length that can be read in any order. */
export interface ByteSource {
  /** As errors call it: the path or URL that the user gave. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Only of a file that {@linkcode name} opens again: when it was last written, milliseconds since 1970, 0 if unknown. */
  readonly modified?: number;
  /**
   * Exactly the bytes [offset, offset + length), as a view that the caller may
   * keep and must not write to.
   *
   * @throws {RangeError} If the range leaves the source.
   */
  read(
    offset: number,
    length: number,
    options?: ReadBytesOptions,
  ): Promise<Uint8Array>;
  /**
   * The file at `path` relative to this one (planes of a SOG directory, buffers
   * of a glTF). Absent where there are no neighbours.
   *
   * @throws {Deno.errors.NotFound} If it does not exist.
   * @throws {SyntaxError} If `path` leaves the folder (absolute, `..`, a scheme, a symlink out).
   */
  sibling?(path: string): Promise<ByteSource>;
  /** Releases what {@linkcode read} holds open. */
  close(): void;
}

/** The bytes of `data`, which must not change while in use. */
export function memorySource(name: string, data: Uint8Array): ByteSource {
  return {
    name,
    size: data.byteLength,
    read(offset: number, length: number): Promise<Uint8Array> {
      checkRange(name, data.byteLength, offset, length);
      return Promise.resolve(data.subarray(offset, offset + length));
    },
    close(): void {},
  };
}

/** Refuses a range outside [0, size). */
export function checkRange(
  name: string,
  size: number,
  offset: number,
  length: number,
): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new RangeError(
      `Cannot read bytes ${offset}..${
        offset + length
      } of ${name} as it has ${size} bytes`,
    );
  }
}

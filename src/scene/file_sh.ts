/**
 * Higher SH coefficients that stay in their file until a renderer takes them:
 * two thirds of a scene's memory, which nobody else looks at.
 *
 * @module
 */

import type { SplatSlice } from "./splat_slice.ts";

/** Where the coefficients are: float32, little endian, in records of one length. Plain data, good in any thread. */
export interface FileSh {
  readonly path: string;
  /** Bytes of the file when its splats were read. */
  readonly fileSize: number;
  /** When it had last been written then, milliseconds since 1970; 0 if the system cannot say. */
  readonly modified: number;
  /** Byte of the first splat's record. */
  readonly start: number;
  /** Bytes a record, a multiple of four. */
  readonly stride: number;
  /** Which number of a record is each coefficient, in the order of `Splats.sh`. */
  readonly columns: Int32Array;
}

/** Where coefficients go: those of the first splat from `offset` on, those of the next `stride` half floats behind. */
export interface ShTarget {
  readonly into: Float16Array;
  /** @default {0} */
  readonly offset?: number;
  /** @default {as many as a splat has} */
  readonly stride?: number;
}

/** Reads the coefficients of splats from a file that is held open. */
export interface ShReader {
  /**
   * Writes the coefficients of the splats of `slice` in the order of
   * `Splats.sh`; those beyond half floats become the largest.
   *
   * @throws {Error} If the file has been written since its splats were read.
   */
  read(slice: SplatSlice, target: ShTarget): void;
  /** Gives the file back. */
  close(): void;
}

/**
 * Opens the file of `fileSh`. The text of this function goes to workers, too:
 * it refers to nothing outside itself.
 *
 * @throws {Error} If the file cannot be opened, or is not the one whose splats were read.
 */
export function openShReader(
  { path, fileSize, modified, start, stride, columns }: FileSh,
): ShReader {
  const maxHalf = 65504;
  const file = Deno.openSync(path, { read: true });
  const written = (): Error =>
    new Error(
      `Cannot read the SH coefficients of ${path} as it must stay as it is while its scene is in use: it was written meanwhile`,
    );
  const isSame = (): boolean => {
    const { size, mtime } = file.statSync();
    return size === fileSize && (mtime?.getTime() ?? 0) === modified;
  };
  if (!isSame()) {
    file.close();
    throw written();
  }
  let bytes = new Uint8Array(0);
  let values = new Float32Array(0);
  const load = (offset: number, length: number): void => {
    if (bytes.length < length) {
      bytes = new Uint8Array(length);
      values = new Float32Array(bytes.buffer);
    }
    file.seekSync(offset, 0); // From the start.
    for (let filled = 0; filled < length;) {
      const count = file.readSync(bytes.subarray(filled, length));
      if (count === null) throw written();
      filled += count;
    }
    if (!isSame()) throw written();
  };
  return {
    read: (
      { first, count },
      { into, offset = 0, stride: step = columns.length },
    ): void => {
      load(start + first * stride, count * stride);
      for (let row = 0; row < count; row++) {
        const base = row * stride / 4;
        const at = offset + step * row;
        for (let i = 0; i < columns.length; i++) {
          const value = values[base + columns[i]!]!;
          into[at + i] = value >= -maxHalf && value <= maxHalf
            ? value
            : value > 0
            ? maxHalf
            : -maxHalf;
        }
      }
    },
    close: (): void => file.close(),
  };
}

/**
 * Bytes of a file on disk, read in ranges.
 *
 * @module
 */

import { basename, dirname, join, sep } from "node:path";
import {
  type ByteSource,
  checkRange,
  type ReadBytesOptions,
} from "./byte_source.ts";
import { siblingSegments } from "./sibling_path.ts";

/**
 * The file at `path`. Nothing is asked on a terminal: a permission that is not
 * granted is an error that names the flag.
 *
 * @throws {Deno.errors.NotCapable} If the file may not be read.
 * @throws {Deno.errors.NotFound} If there is none.
 * @throws {SyntaxError} If it is a folder, a pipe or a device.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  await requireReadPermission(path);
  const { isFile, isDirectory } = await Deno.stat(path);
  if (!isFile) {
    // Opening a pipe waits for a writer, deaf to every signal.
    throw new SyntaxError(
      `Cannot read ${path} as it must be a file: it is a ${
        isDirectory ? "folder" : "pipe or a device"
      }`,
    );
  }
  const file = await Deno.open(path, { read: true });
  try {
    const { size, mtime } = await file.stat();
    const modified = mtime?.getTime() ?? 0;
    return new FileSource(path, { file, size, modified });
  } catch (error) {
    file.close();
    throw error;
  }
}

/** @throws {Deno.errors.NotCapable} If `path` may not be read; the message names the flag. */
export async function requireReadPermission(path: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") {
    throw new Deno.errors.NotCapable(
      `Cannot read ${path} as the permission to read must be granted: run again with --allow-read`,
    );
  }
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly modified: number;
  readonly #file: Deno.FsFile;
  /** The cursor is shared, so that ranges are read one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    path: string,
    { file, size, modified }: {
      file: Deno.FsFile;
      size: number;
      modified: number;
    },
  ) {
    this.name = path;
    this.size = size;
    this.modified = modified;
    this.#file = file;
  }

  async read(
    offset: number,
    length: number,
    { buffer }: ReadBytesOptions = {},
  ): Promise<Uint8Array> {
    checkRange(this.name, this.size, offset, length);
    const bytes = buffer ? buffer.subarray(0, length) : new Uint8Array(length);
    const reading = this.#last.then(() => this.#fill(offset, bytes));
    this.#last = reading.catch(() => {});
    await reading;
    return bytes;
  }

  async #fill(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#file.seek(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < bytes.length;) {
      const count = await this.#file.read(bytes.subarray(filled));
      if (count === null) {
        throw new RangeError(
          `Cannot read ${this.name} to its end as it has become shorter than ${this.size} bytes`,
        );
      }
      filled += count;
    }
  }

  async sibling(path: string): Promise<ByteSource> {
    const folder = dirname(this.name);
    const target = join(folder, ...siblingSegments(path));
    await requireReadPermission(target);
    const [home, real] = await Promise.all([
      Deno.realPath(folder),
      Deno.realPath(target),
    ]);
    if (!real.startsWith(home.endsWith(sep) ? home : home + sep)) {
      throw new SyntaxError(
        `Cannot read ${path} beside ${
          basename(this.name)
        } as it must lie in the same folder: it links to ${real}`,
      );
    }
    return await fileSource(target);
  }

  close(): void {
    this.#file.close();
  }
}

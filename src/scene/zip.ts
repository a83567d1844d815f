/**
 * Zip archives, read in ranges: stored and deflated entries, each no longer
 * than its directory says, each checksum verified. Nothing is ever written.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import type { ByteSource } from "./byte_source.ts";
import { unpack } from "./unpack.ts";

/** One file in an archive. */
interface ZipEntry {
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

const STORED = 0;
const DEFLATED = 8;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const DIRECTORY_SIGNATURE = 0x02014b50;
const DIRECTORY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
/** Most bytes a packed byte, beyond the free ones: pictures do not pack at all, JSON ten times. */
const MAX_RATIO = 100;
const FREE_BYTES = 1 << 24;
/** Longest comment after the end record. */
const MAX_COMMENT = 0xffff;

/** An opened archive. */
export class ZipArchive {
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  private constructor(
    source: ByteSource,
    entries: ReadonlyMap<string, ZipEntry>,
  ) {
    this.#source = source;
    this.#entries = entries;
  }

  /**
   * Reads the directory of the archive in `source`.
   *
   * @throws {SyntaxError} If it is no zip, damaged, or in several parts.
   */
  static async open(source: ByteSource): Promise<ZipArchive> {
    const tailLength = Math.min(source.size, END_BYTES + MAX_COMMENT);
    const tail = await source.read(source.size - tailLength, tailLength);
    const end = findEnd(viewOf(tail));
    const directoryEnd = source.size - tailLength + end.at;
    if (end.offset + end.length > directoryEnd) {
      throw damaged(
        `its directory must lie within the ${directoryEnd} bytes before its end: it is at ${end.offset}, ${end.length} bytes long`,
      );
    }
    const directory = await source.read(end.offset, end.length);
    return new ZipArchive(source, parseDirectory(directory, end.count));
  }

  /** Names of all entries, as stored. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * The unpacked bytes of the entry `name`.
   *
   * @throws {Deno.errors.NotFound} If there is none.
   * @throws {SyntaxError} If it is damaged, encrypted, or packed otherwise than stored or deflated.
   */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (!entry) {
      throw new Deno.errors.NotFound(
        `Cannot read ${name} as the archive must hold it: it holds ${
          this.names.slice(0, 20).join(", ") || "nothing"
        }`,
      );
    }
    const packed = await this.#readPacked(name, entry);
    const bytes = unpackEntry(name, packed, entry);
    const checksum = crc32(bytes);
    if (checksum !== entry.checksum) {
      throw damaged(
        `the checksum of ${name} must be ${entry.checksum}: it is ${checksum}`,
      );
    }
    return bytes;
  }

  async #readPacked(name: string, entry: ZipEntry): Promise<Uint8Array> {
    const { headerOffset, packedSize } = entry;
    const fits = (end: number): void => {
      if (end > this.#source.size) {
        throw damaged(
          `${name} must end within its ${this.#source.size} bytes: it ends at ${end}`,
        );
      }
    };
    fits(headerOffset + LOCAL_BYTES);
    const header = viewOf(await this.#source.read(headerOffset, LOCAL_BYTES));
    if (header.getUint32(0, true) !== LOCAL_SIGNATURE) {
      throw damaged(`${name} must have its header at byte ${headerOffset}`);
    }
    const dataOffset = headerOffset + LOCAL_BYTES + header.getUint16(26, true) +
      header.getUint16(28, true);
    fits(dataOffset + packedSize);
    return await this.#source.read(dataOffset, packedSize);
  }
}

/** The last end record: where it is, and what directory it points to. */
function findEnd(
  tail: DataView,
): { at: number; count: number; length: number; offset: number } {
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_SIGNATURE) continue;
    const count = tail.getUint16(at + 10, true);
    const length = tail.getUint32(at + 12, true);
    const offset = tail.getUint32(at + 16, true);
    if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff) {
      throw damaged("it must be smaller than 4 GiB: it is a zip64");
    }
    return { at, count, length, offset };
  }
  throw damaged("it must have an end record: there is none, it may be cut");
}

function parseDirectory(
  bytes: Uint8Array,
  count: number,
): ReadonlyMap<string, ZipEntry> {
  const view = viewOf(bytes);
  const decoder = new TextDecoder();
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const isWhole = at + DIRECTORY_BYTES <= bytes.length &&
      view.getUint32(at, true) === DIRECTORY_SIGNATURE;
    if (!isWhole) {
      throw damaged(`its directory must have ${count} entries: it has ${i}`);
    }
    const nameEnd = at + DIRECTORY_BYTES + view.getUint16(at + 28, true);
    const name = decoder.decode(bytes.subarray(at + DIRECTORY_BYTES, nameEnd));
    if (entries.has(name)) {
      throw damaged(
        `each entry must have a name of its own: two are called ${name}`,
      );
    }
    entries.set(name, {
      isEncrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      packedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      headerOffset: view.getUint32(at + 42, true),
    });
    at = nameEnd + view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  return entries;
}

function unpackEntry(
  name: string,
  packed: Uint8Array,
  { method, isEncrypted, size }: ZipEntry,
): Uint8Array {
  if (isEncrypted || (method !== STORED && method !== DEFLATED)) {
    throw damaged(
      `${name} must be stored or deflated, not encrypted: its method is ${method}`,
    );
  }
  if (size > FREE_BYTES + MAX_RATIO * packed.length) {
    throw damaged(
      `${name} must have at most ${MAX_RATIO} bytes a packed byte: it declares ${size} for ${packed.length}`,
    );
  }
  let bytes = packed;
  if (method === DEFLATED) {
    try {
      bytes = unpack(packed, { packing: "deflate", maxLength: size });
    } catch (cause) {
      throw damaged(
        `${name} must unpack to ${size} bytes: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
  if (bytes.length !== size) {
    throw damaged(`${name} must have ${size} bytes: it has ${bytes.length}`);
  }
  return bytes;
}

function damaged(problem: string, options?: ErrorOptions): SyntaxError {
  return new SyntaxError(`Cannot read the archive as ${problem}`, options);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

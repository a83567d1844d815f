/**
 * Looks into a compiled binary: which files `deno compile` embedded.
 *
 * @module
 */

/** A file in a binary. */
export interface EmbeddedFile {
  /** Path from the root of the embedded file system. */
  readonly name: string;
  /** Bytes that it takes, code caches and transpiled text included. */
  readonly length: number;
  /** Its content as it was on disk. */
  readonly content: () => Uint8Array;
}

/** What a binary holds. */
export interface Binary {
  /** Bytes in all. */
  readonly size: number;
  readonly files: readonly EmbeddedFile[];
}

/** Offset and length of a file's bytes. */
type Range = readonly [offset: number, length: number];

/** An entry of the embedded file system, as Deno 2.9 writes it. */
type Entry =
  | { readonly Dir: { readonly n: string; readonly e: readonly Entry[] } }
  | { readonly Symlink: { readonly n: string } }
  | {
    readonly File: {
      readonly n: string;
      /** As on disk. */
      readonly o?: Range;
      /** Transpiled, its map, its exports: extra bytes. */
      readonly [extra: string]: unknown;
    };
  };

/** How the list of files begins; its length in bytes, 64 bits, stands before it. */
const LIST = '[{"Dir":{"n":"';

/**
 * Lists what is embedded in the binary at `path`.
 *
 * @throws {SyntaxError} If it was not made by a Deno whose layout is known.
 */
export async function readBinary(path: string): Promise<Binary> {
  const bytes = await Deno.readFile(path);
  const { list, end } = findList(bytes) ?? {};
  if (list === undefined || end === undefined) {
    throw new SyntaxError(
      `Cannot read ${path} as it must be a binary of deno compile: no list of files was found`,
    );
  }
  // The bytes of all files follow, their number in front.
  const data = end + 8;
  const files: EmbeddedFile[] = [];
  const walk = (entries: readonly Entry[], folder: string): void => {
    for (const entry of entries) {
      if ("Dir" in entry) walk(entry.Dir.e, `${folder}${entry.Dir.n}/`);
      else if ("File" in entry) {
        const ranges = Object.values(entry.File).filter(isRange);
        const [offset, size] = entry.File.o ?? [0, 0];
        files.push({
          name: folder + entry.File.n,
          length: ranges.reduce((sum, [, length]) => sum + length, 0),
          content: () => bytes.slice(data + offset, data + offset + size),
        });
      }
    }
  };
  walk(list, "");
  return { size: bytes.length, files };
}

function findList(
  bytes: Uint8Array,
): { list: readonly Entry[]; end: number } | undefined {
  const view = new DataView(bytes.buffer);
  const text = new TextDecoder("latin1").decode(bytes);
  for (
    let start = text.indexOf(LIST);
    start >= 8;
    start = text.indexOf(LIST, start + 1)
  ) {
    const end = start + Number(view.getBigUint64(start - 8, true));
    if (!(end <= bytes.length)) continue;
    try {
      const list = JSON.parse(
        new TextDecoder().decode(bytes.subarray(start, end)),
      );
      return { list, end };
    } catch {
      continue; // Some other text that begins like it.
    }
  }
  return undefined;
}

function isRange(value: unknown): value is Range {
  return Array.isArray(value) && value.length === 2 &&
    value.every(Number.isInteger);
}

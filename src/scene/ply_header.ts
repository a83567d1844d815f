/**
 * The header of a .ply file (Turk 1994): elements, their properties, comments.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { SceneFormatError } from "./scene_file.ts";

/** How the values behind the header are written. */
export type PlyEncoding =
  | "ascii"
  | "binary little endian"
  | "binary big endian";

/** Scalar types under their exact names; `float` is `float32` and so on. */
export type PlyType =
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "float32"
  | "float64";

/** Bytes of a value. */
export const PLY_TYPE_BYTES: Readonly<Record<PlyType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  float64: 8,
};

const TYPE_NAMES: Readonly<Record<string, PlyType>> = {
  char: "int8",
  uchar: "uint8",
  short: "int16",
  ushort: "uint16",
  int: "int32",
  uint: "uint32",
  float: "float32",
  double: "float64",
  ...Object.fromEntries(
    Object.keys(PLY_TYPE_BYTES).map((type) => [type, type as PlyType]),
  ),
};

/** One property of an element. */
export interface PlyProperty {
  readonly name: string;
  readonly type: PlyType;
  /** Type of the length that stands before the values; absent where there is one value and no more. */
  readonly lengthType?: PlyType;
  /** Bytes from the start of the record; meaningless behind a list. */
  readonly offset: number;
}

/** A table of records. */
export interface PlyElement {
  readonly name: string;
  readonly count: number;
  readonly properties: readonly PlyProperty[];
  /** Bytes a record in the binary encodings; of its scalar properties alone. */
  readonly stride: number;
}

/** What stands before the values. */
export interface PlyHeader {
  readonly encoding: PlyEncoding;
  readonly elements: readonly PlyElement[];
  readonly comments: readonly string[];
  /** Bytes to the first value. */
  readonly length: number;
}

/** Headers of scans have two kilobytes; more than this is no header. */
const MAX_HEADER = 1 << 20;

const ENCODINGS: Readonly<Record<string, PlyEncoding>> = {
  ascii: "ascii",
  binary_little_endian: "binary little endian",
  binary_big_endian: "binary big endian",
};

/**
 * Reads the header of `source`. Lines may end in LF, CR LF or CR.
 *
 * @throws {SceneFormatError} If it is no .ply header.
 */
export async function readPlyHeader(source: ByteSource): Promise<PlyHeader> {
  const fail = (problem: string): never => {
    throw new SceneFormatError(source.name, "ply", problem);
  };
  for (let size = 1 << 14;; size *= 4) {
    const length = Math.min(size, source.size, MAX_HEADER);
    const header = decode(await source.read(0, length));
    const end = /^ply\r(?!\n)/.test(header)
      ? /\rend_header[ \t]*\r/.exec(header)
      : /\nend_header[ \t]*\r?\n/.exec(header);
    if (end) {
      return parse(header.slice(0, end.index), end.index + end[0].length, fail);
    }
    if (length === source.size || length === MAX_HEADER) {
      fail(`expected "end_header" within ${length} bytes, found none`);
    }
  }
}

/** A character a byte (comments may hold any), so that indices are offsets. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function parse(
  text: string,
  length: number,
  fail: (problem: string) => never,
): PlyHeader {
  let encoding: PlyEncoding | undefined;
  const comments: string[] = [];
  const elements: { name: string; count: number; properties: PlyProperty[] }[] =
    [];
  const [, ...lines] = text.split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    const [keyword = "", ...words] = line.trim().split(/\s+/);
    const at = `in header line ${index + 2}`;
    const expected = (what: string): never =>
      fail(
        `expected ${what}, found ${JSON.stringify(line.slice(0, 80))} ${at}`,
      );
    if (keyword === "comment" || keyword === "obj_info") {
      comments.push(line.trim().slice(keyword.length).trim());
    } else if (keyword === "format") {
      encoding = Object.hasOwn(ENCODINGS, words[0] ?? "")
        ? ENCODINGS[words[0]!]
        : expected("ascii, binary_little_endian or binary_big_endian");
    } else if (keyword === "element") {
      const [name, count] = words;
      if (!name || !/^\d{1,15}$/.test(count ?? "")) {
        expected("a name and a count");
      }
      if (elements.some((element) => element.name === name)) {
        expected("each element once");
      }
      elements.push({ name: name!, count: Number(count), properties: [] });
    } else if (keyword === "property") {
      const { properties } = elements.at(-1) ?? expected("an element first");
      const isList = words[0] === "list";
      const [typeName, name] = isList ? words.slice(2) : words;
      const typeOf = (text = ""): PlyType =>
        Object.hasOwn(TYPE_NAMES, text)
          ? TYPE_NAMES[text]!
          : expected("a known type");
      if (!name) expected("a name");
      if (properties.some((property) => property.name === name)) {
        expected("each property once");
      }
      const last = properties.at(-1);
      const offset = last ? last.offset + bytesOf(last) : 0;
      properties.push({
        name: name!,
        type: typeOf(typeName),
        offset,
        ...(isList ? { lengthType: typeOf(words[1]) } : {}),
      });
    } else if (keyword !== "") {
      expected("format, element, property, comment or obj_info");
    }
  }
  return {
    encoding: encoding ?? fail("expected a format line, found none"),
    elements: elements.map((element) => ({
      ...element,
      stride: element.properties.reduce((sum, p) => sum + bytesOf(p), 0),
    })),
    comments,
    length,
  };
}

function bytesOf({ type, lengthType }: PlyProperty): number {
  return lengthType ? 0 : PLY_TYPE_BYTES[type];
}

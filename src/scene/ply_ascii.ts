/**
 * The vertices of an ASCII .ply as rows of float32, block by block.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import type { PlyElement, PlyHeader } from "./ply_header.ts";
import { SceneFormatError } from "./scene_file.ts";
import type { SplatRows } from "./splat_rows.ts";

/** Bytes read at a time; no line may be longer. */
const BLOCK = 1 << 20;

/** Letters of a word that are looked at: `infinity` and `nan(0x...)` have fewer. */
const LONGEST_WORD = 40;

const NEWLINE = 10;
const RETURN = 13;
/** And all that is less separates numbers, too. */
const SPACE = 32;

/**
 * Rows of `vertex`, a number a property in the order of the header, a line
 * each. The memory of a block is used again for the next.
 *
 * @throws {SceneFormatError} At once if the file is too short for the count; later where a line does not hold its numbers.
 */
export function parseAsciiRows(
  source: ByteSource,
  header: PlyHeader,
  vertex: PlyElement,
): AsyncGenerator<SplatRows> {
  const before = header.elements.slice(0, header.elements.indexOf(vertex));
  const skip = before.reduce((sum, { count }) => sum + count, 0);
  // A number and what separates it are two bytes at least, but for the last.
  const least = 2 * (skip + vertex.count * vertex.properties.length) - 1;
  const rest = source.size - header.length;
  if (least > rest) {
    throw new SceneFormatError(
      source.name,
      "ply",
      `expected ${vertex.count} lines of ${vertex.properties.length} numbers in element vertex (${least} bytes or more), found ${rest} bytes`,
    );
  }
  return generateRows(source, vertex, { start: header.length, skip });
}

async function* generateRows(
  source: ByteSource,
  { count, properties }: PlyElement,
  { start, skip }: { start: number; skip: number },
): AsyncGenerator<SplatRows> {
  const stride = properties.length;
  const fail = (problem: string): never => {
    throw new SceneFormatError(source.name, "ply", problem);
  };
  let values = new Float32Array(0);
  let row = -skip;
  let offset = start;
  while (row < count) {
    if (offset >= source.size) {
      fail(
        `expected ${count} lines in element vertex, found ${Math.max(row, 0)}`,
      );
    }
    const length = Math.min(BLOCK, source.size - offset);
    const bytes = await source.read(offset, length);
    const isLast = offset + length === source.size;
    const whole = isLast ? length : lineEnd(bytes);
    if (whole === 0) {
      fail(
        `expected lines shorter than ${BLOCK} bytes, found one at byte ${offset}`,
      );
    }
    const capacity = stride * Math.ceil(whole / stride / 2 + 1);
    if (values.length < capacity) values = new Float32Array(capacity);
    let rows = 0;
    for (let at = 0; at < whole && row < count;) {
      let end = at;
      while (end < whole && bytes[end] !== NEWLINE && bytes[end] !== RETURN) {
        end++;
      }
      while (at < end && bytes[at]! <= SPACE) at++;
      const isBlank = at === end;
      if (!isBlank) {
        if (row >= 0) {
          const found = parseLine(bytes, at, {
            end,
            into: values,
            base: rows * stride,
            stride,
          });
          if (found !== stride) {
            fail(
              found < 0
                ? `expected a number as value ${-found} of vertex ${row}, found ${
                  JSON.stringify(wordOf(bytes.subarray(at, end), -found))
                }`
                : `expected ${stride} numbers in the line of vertex ${row}, found ${
                  found > stride ? "more" : found
                }`,
            );
          }
          rows++;
        }
        row++;
      }
      at = end + 1;
    }
    offset += whole;
    if (rows > 0) yield { values, stride, count: rows };
  }
}

/** One past the last line break in `bytes`, 0 if there is none. */
function lineEnd(bytes: Uint8Array): number {
  const newline = bytes.lastIndexOf(NEWLINE);
  return 1 + (newline >= 0 ? newline : bytes.lastIndexOf(RETURN));
}

/** The start of the `n`-th word of `line`, for people. */
function wordOf(line: Uint8Array, n: number): string {
  let start = 0;
  let end = 0;
  for (let word = 0; word < n; word++) {
    start = end;
    while (start < line.length && line[start]! <= SPACE) start++;
    end = start;
    while (end < line.length && line[end]! > SPACE) end++;
  }
  return String.fromCharCode(
    ...line.subarray(start, Math.min(end, start + LONGEST_WORD)),
  );
}

/**
 * Reads the numbers of a line: how many there are (one more than `stride` means
 * more), or -n if the n-th is none.
 */
function parseLine(
  bytes: Uint8Array,
  start: number,
  { end, into, base, stride }: {
    end: number;
    into: Float32Array;
    base: number;
    stride: number;
  },
): number {
  let found = 0;
  for (let at = start; at < end;) {
    if (bytes[at]! <= SPACE) {
      at++;
      continue;
    }
    if (found === stride) return stride + 1;
    let tokenEnd = at + 1;
    while (tokenEnd < end && bytes[tokenEnd]! > SPACE) tokenEnd++;
    const value = parseNumber(bytes, at, tokenEnd);
    if (value === undefined) return -(found + 1);
    into[base + found++] = value;
    at = tokenEnd;
  }
  return found;
}

/**
 * The decimal number in bytes [start, end), undefined if it is none; `nan` and
 * `inf` in any spelling of C's printf. Right to an ulp or two of float64, which
 * the float32 it goes into does not see.
 */
function parseNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  let at = start;
  const isNegative = bytes[at] === 45;
  if (isNegative || bytes[at] === 43) at++;
  let mantissa = 0;
  let digits = 0;
  let exponent = 0;
  for (let point = false; at < end; at++) {
    const code = bytes[at]!;
    if (code === 46 && !point) point = true;
    else if (code >= 48 && code <= 57) {
      digits++;
      // Digits beyond the seventeenth only move the point.
      if (mantissa < 1e16) {
        mantissa = 10 * mantissa + code - 48;
        if (point) exponent--;
      } else if (!point) exponent++;
    } else break;
  }
  if (digits === 0) return parseWord(bytes, at, { end, isNegative });
  if (at < end) {
    if ((bytes[at]! | 32) !== 101) return undefined; // e or E
    at++;
    const isDown = bytes[at] === 45;
    if (isDown || bytes[at] === 43) at++;
    if (at === end) return undefined;
    let shift = 0;
    for (; at < end; at++) {
      const code = bytes[at]!;
      if (code < 48 || code > 57) return undefined;
      shift = Math.min(10 * shift + code - 48, 9999);
    }
    exponent += isDown ? -shift : shift;
  }
  // Two steps, as the power alone may leave the range of float64.
  const value = exponent < -300
    ? mantissa / 1e300 * 10 ** (exponent + 300)
    : exponent < 0
    ? mantissa / 10 ** -exponent
    : mantissa === 0
    ? 0
    : mantissa * 10 ** exponent;
  return isNegative ? -value : value;
}

function parseWord(
  bytes: Uint8Array,
  start: number,
  { end, isNegative }: { end: number; isNegative: boolean },
): number | undefined {
  if (end - start > LONGEST_WORD) return undefined;
  const word = String.fromCharCode(...bytes.subarray(start, end)).toLowerCase();
  if (/^nan(\(.*\))?$/.test(word)) return NaN;
  if (word === "inf" || word === "infinity") {
    return isNegative ? -Infinity : Infinity;
  }
  return undefined;
}

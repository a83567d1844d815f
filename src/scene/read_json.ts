/**
 * JSON of a known shape, for the formats that are described by it.
 *
 * @module
 */

import type { z } from "zod";
import { SceneFormatError } from "./scene_file.ts";

/** Most values, each some hundred bytes of memory: a scan of a hundred million splats has a million. */
const MAX_VALUES = 1 << 21;

/** What begins a value, or stands before the next: comma, bracket, brace. */
const COMMA = 44;
const BRACKET = 91;
const BRACE = 123;

/** Options of {@linkcode readJson}. */
export interface ReadJsonOptions<Schema extends z.ZodType> {
  /** What errors call the file. */
  file: string;
  /** What errors call its format. */
  format: string;
  schema: Schema;
}

/**
 * The JSON in `bytes`, checked against a schema.
 *
 * @throws {SceneFormatError} If it is no JSON, too large for memory, or of another shape; the message names the first key that is wrong.
 */
export function readJson<Schema extends z.ZodType>(
  bytes: Uint8Array,
  { file, format, schema }: ReadJsonOptions<Schema>,
): z.output<Schema> {
  if (hasTooMany(bytes)) {
    throw new SceneFormatError(
      file,
      format,
      `expected at most ${MAX_VALUES} values in its JSON, found more`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SceneFormatError(
      file,
      format,
      `expected JSON, found none (${(cause as Error).message})`,
      { cause },
    );
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new SceneFormatError(
    file,
    format,
    `expected other JSON at ${path.join(".") || "the top"}: ${message}`,
    { cause: result.error },
  );
}

/** Whether the JSON in `bytes` has more than {@linkcode MAX_VALUES}; those in strings count, too. */
function hasTooMany(bytes: Uint8Array): boolean {
  let values = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
  }
  return values > MAX_VALUES;
}

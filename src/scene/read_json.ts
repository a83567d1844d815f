/**
 * JSON of a known shape, for the formats that are described by it.
 *
 * @module
 */

import type { z } from "zod";
import { SceneFormatError } from "./scene_file.ts";

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
 * @throws {SceneFormatError} If it is no JSON, or of another shape; the message names the first key that is wrong.
 */
export function readJson<Schema extends z.ZodType>(
  bytes: Uint8Array,
  { file, format, schema }: ReadJsonOptions<Schema>,
): z.output<Schema> {
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

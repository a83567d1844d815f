/**
 * Files that are complete or absent.
 *
 * @module
 */

import { UsageError } from "../config/mod.ts";
import { mayRead } from "./permissions.ts";

/**
 * Writes `data` so that `path` never names half of it: under another name
 * first, then renamed. Renaming needs the right to read; without it the file is
 * written in place and removed if that fails.
 *
 * @throws {UsageError} If it cannot be written.
 */
export async function writeWhole(
  path: string,
  data: Uint8Array,
): Promise<void> {
  const part = mayRead(path) ? `${path}.part` : path;
  try {
    await Deno.writeFile(part, data);
    if (part !== path) await Deno.rename(part, path);
  } catch (cause) {
    await Deno.remove(part).catch(() => {});
    throw new UsageError(`Cannot write ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * The files of a directory of sessions, by their names.
 *
 * @module
 */

import { join } from "node:path";

/** Behind the id of a session whose file is being written, or was when the process ended. */
export const live = ".live.ndjson";

/** Behind the id of a session that was closed. */
export const closed = ".ndjson";

/** Which sessions there are. */
export interface ListedSessions {
  readonly interrupted: readonly string[];
  /** The oldest first. */
  readonly finished: readonly { readonly id: string; readonly bytes: number }[];
}

/** Looks at names, sizes and times alone. */
export function listSessions(directory: string): ListedSessions {
  const interrupted: string[] = [];
  const finished: { id: string; bytes: number; time: number }[] = [];
  for (const { name, isFile } of Deno.readDirSync(directory)) {
    if (!isFile || !name.endsWith(closed)) continue;
    if (name.endsWith(live)) {
      interrupted.push(name.slice(0, -live.length));
      continue;
    }
    const { size, mtime } = Deno.lstatSync(join(directory, name));
    finished.push({
      id: name.slice(0, -closed.length),
      bytes: size,
      time: mtime?.getTime() ?? 0,
    });
  }
  finished.sort((a, b) => a.time - b.time);
  return { interrupted, finished };
}

/** Puts a newline behind the last whole line. */
export function mendNewline(path: string, size: number): void {
  using file = Deno.openSync(path, { write: true });
  file.truncateSync(size);
  file.seekSync(size, Deno.SeekMode.Start);
  file.writeSync(Uint8Array.of(0x0a));
}

/** What `look` finds; `undefined` if the file is not there any more. */
export function unlessRemoved<Found>(look: () => Found): Found | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Makes a new name last; not every system can. */
export function syncDirectory(directory: string): void {
  try {
    using handle = Deno.openSync(directory);
    handle.syncSync();
  } catch {
    // Windows does not open directories; its names last without.
  }
}

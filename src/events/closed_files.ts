/**
 * The closed files of a directory of sessions: which there are, and how much
 * room they take. An operator may remove any of them at any time.
 *
 * @module
 */

import { join } from "node:path";
import { closed, type ListedSessions, unlessRemoved } from "./session_files.ts";
import {
  readEnds,
  type StoredSession,
  unknownHeader,
  unknownSummary,
} from "./stored_session.ts";

/** Options of {@linkcode ClosedFiles}. */
export interface ClosedFilesOptions {
  /** Bytes of all files; beyond them the oldest are removed. */
  readonly maxBytes: number;
  /** Told one line each of damage and of what was removed. */
  readonly onNotice: (line: string) => void;
}

/** The files of sessions that have ended. */
export class ClosedFiles {
  readonly #directory: string;
  readonly #options: ClosedFilesOptions;
  /** Bytes of each file, the oldest first. */
  readonly #files = new Map<string, number>();

  /** @param found Those that are there; the oldest go at once if they are too many. */
  constructor(
    directory: string,
    found: ListedSessions["finished"],
    options: ClosedFilesOptions,
  ) {
    this.#directory = directory;
    this.#options = options;
    for (const { id, bytes } of found) this.#files.set(id, bytes);
    this.#makeRoom();
  }

  /** Path of a session's file. */
  path(id: string): string {
    return join(this.#directory, id + closed);
  }

  /** Whether there is one of this session. */
  has(id: string): boolean {
    return this.#files.has(id);
  }

  /** Sessions whose file was written after `time`, milliseconds since 1970. */
  *since(time: number): Generator<StoredSession> {
    for (const id of this.#files.keys()) {
      const session = unlessRemoved(() => this.#read(id, time));
      if (session === undefined) this.#files.delete(id);
      else if (session !== "older") yield session;
    }
  }

  /** Takes in a file that lies at its path. */
  add(id: string): void {
    this.#files.set(id, Deno.lstatSync(this.path(id)).size);
    this.#makeRoom();
  }

  #read(id: string, time: number): StoredSession | "older" {
    const { mtime } = Deno.lstatSync(this.path(id));
    if (mtime !== null && mtime.getTime() < time) return "older";
    const { header, summary } = readEnds(this.path(id));
    if (header === undefined || summary === undefined) {
      this.#options.onNotice(`Session ${id}: its file is damaged`);
    }
    return {
      header: header ?? unknownHeader(id, mtime),
      summary: summary ?? unknownSummary(mtime),
    };
  }

  #makeRoom(): void {
    const { maxBytes, onNotice } = this.#options;
    let total = this.#files.values().reduce((sum, bytes) => sum + bytes, 0);
    for (const [id, bytes] of this.#files) {
      if (total <= maxBytes) return;
      try {
        unlessRemoved(() => {
          Deno.removeSync(this.path(id));
          onNotice(`Session ${id}: its file was removed to make room`);
        });
      } catch (error) {
        onNotice(
          `Session ${id}: cannot remove its file to make room: ${
            (error as Error).message
          }`,
        );
        continue;
      }
      this.#files.delete(id);
      total -= bytes;
    }
  }
}

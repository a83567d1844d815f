/**
 * The file of one session, while it is written.
 *
 * @module
 */

import type { EventSink, SinkRecord } from "./sink.ts";
import { encodeStoredEvent, encodeStoredValue } from "./stored_line.ts";

/** When what was written is forced to the disk: before it is sent, or every {@linkcode syncInterval}. A process that is killed loses nothing either way; a machine that loses power loses nothing with `always`, and at most one interval with `interval`. */
export type SyncPolicy = "always" | "interval";

/** Milliseconds between two syncs with `interval`. */
const syncInterval = 200;

/** Bytes that all journals together keep in memory while the disk takes none; a session that goes beyond is lost for the disk, though not for live readers. */
const maxMissed = 256 * 1024 * 1024;

/** Milliseconds between two tries to write what a file did not take. */
const retryInterval = 1_000;

/** Options of a {@linkcode Journal}. */
export interface JournalOptions {
  readonly sync: SyncPolicy;
  /** Called when the file begins to fail, with the reason, and without one when it works again. */
  readonly onFailure: (failure: string | undefined) => void;
  /** Shared by the journals of a store. */
  readonly missed: MissedBytes;
}

/** Bytes that wait in memory for a disk that takes none. */
export class MissedBytes {
  #bytes = 0;

  /** Counts `bytes` in; `false` if there is no room. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > maxMissed) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Counts `bytes` out. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Appends to a session's file. A disk that is full or broken does not stop
 * the session: the lines wait, and are written when the disk takes them.
 */
export class Journal implements EventSink {
  readonly #path: string;
  readonly #options: JournalOptions;
  #file: Deno.FsFile | undefined;
  /** Bytes of the file that are whole lines, as far as this journal knows. */
  #size: number;
  #waiting: Uint8Array[] = [];
  /** Of {@linkcode MissedBytes}, those of this journal. */
  #missed = 0;
  #flushing: Promise<void> = Promise.resolve();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #syncTimer: ReturnType<typeof setTimeout> | undefined;
  #failing = false;
  #overflowed = false;
  #closed = false;
  /** Resolves after the next try to write what a file did not take. */
  #nextTry = Promise.withResolvers<void>();

  /**
   * @param path Of a new file, if `size` is 0.
   * @param size Bytes of the file that are kept; the rest is cut off.
   */
  constructor(path: string, size: number, options: JournalOptions) {
    this.#path = path;
    this.#size = size;
    this.#options = options;
  }

  /** Writes the first line. Never rejects. */
  begin(session: unknown): Promise<void> {
    return this.#write(encodeStoredValue("session", session));
  }

  /** Writes an event; resolves when it may be sent. Never rejects. */
  async append({ id, line }: SinkRecord): Promise<string> {
    await this.#write(encodeStoredEvent(id, line));
    return id;
  }

  /**
   * Writes the last line, syncs and closes, as soon as the disk takes it.
   *
   * @returns Whether the file has every line, safe on the disk; it has not if too many had to wait, or the journal was closed before.
   */
  async end(summary: unknown): Promise<boolean> {
    await this.#write(encodeStoredValue("end", summary));
    for (;;) {
      await this.#flushing;
      if (!this.#failing) await this.#sync();
      if (!this.#failing || this.#overflowed || this.#closed) break;
      await this.#nextTry.promise;
    }
    const whole = !this.#failing && !this.#overflowed && !this.#closed;
    this.close();
    return whole;
  }

  /** Closes the file as it is. */
  close(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#syncTimer);
    if (this.#failing) this.#options.onFailure(undefined);
    this.#closed = true;
    this.#forgetMissed();
    this.#waiting = [];
    this.#nextTry.resolve();
    this.#file?.close();
    this.#file = undefined;
  }

  #write(line: Uint8Array): Promise<void> {
    if (this.#overflowed || this.#closed) return Promise.resolve();
    this.#waiting.push(line);
    if (!this.#failing) return this.#flushSoon();
    this.#miss(line.length);
    return Promise.resolve();
  }

  #miss(bytes: number): void {
    if (this.#options.missed.take(bytes)) {
      this.#missed += bytes;
      return;
    }
    this.#overflowed = true;
    this.#forgetMissed();
    this.#waiting = [];
  }

  #forgetMissed(): void {
    this.#options.missed.giveBack(this.#missed);
    this.#missed = 0;
  }

  #flushSoon(): Promise<void> {
    return this.#flushing = this.#flushing.then(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const lines = this.#waiting;
    if (this.#closed || lines.length === 0 && !this.#failing) return;
    this.#waiting = [];
    this.#forgetMissed();
    try {
      const file = this.#file ??= await this.#open();
      for (const line of lines) await writeAll(file, line);
      this.#size += lengthOf(lines);
      const mustSync = this.#options.sync === "always" || this.#failing;
      if (mustSync) await file.syncData();
      else this.#syncTimer ??= setTimeout(() => this.#sync(), syncInterval);
      this.#recovered();
    } catch (error) {
      if (this.#closed) return;
      this.#waiting = [...lines, ...this.#waiting];
      this.#forgetMissed();
      this.#miss(lengthOf(this.#waiting));
      // The next try begins with a file that is cut to its whole lines.
      this.#file?.close();
      this.#file = undefined;
      this.#failed(error);
    }
  }

  async #open(): Promise<Deno.FsFile> {
    const fresh = this.#size === 0 && !this.#failing;
    const file = await Deno.open(this.#path, {
      append: true,
      createNew: fresh,
      create: true,
    });
    if (!fresh) await file.truncate(this.#size);
    return file;
  }

  async #sync(): Promise<void> {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    try {
      await this.#file?.syncData();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    if (!this.#failing) this.#options.onFailure((error as Error).message);
    this.#failing = true;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#retry(), retryInterval);
  }

  async #retry(): Promise<void> {
    const { resolve } = this.#nextTry;
    this.#nextTry = Promise.withResolvers();
    await this.#flushSoon();
    resolve();
  }

  #recovered(): void {
    if (this.#failing) this.#options.onFailure(undefined);
    this.#failing = false;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await file.write(bytes.subarray(at));
  }
}

function lengthOf(lines: readonly Uint8Array[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Sessions on the disk: one NDJSON file each, `<id>.live.ndjson` while it is
 * written, `<id>.ndjson` when it is closed. Nothing but names and sizes is
 * read at the start, so that a server with gigabytes of logs is ready at once.
 *
 * @module
 */

import { join } from "node:path";
import { ClosedFiles } from "./closed_files.ts";
import { DiskProbe } from "./disk_probe.ts";
import { encodeNdjson } from "./encode.ts";
import type { AgentEvent } from "./event.ts";
import { Journal, MissedBytes, type SyncPolicy } from "./journal.ts";
import { type EventLog, randomEpoch } from "./log.ts";
import {
  listSessions,
  live,
  mendNewline,
  syncDirectory,
  unlessRemoved,
} from "./session_files.ts";
import {
  readEnds,
  readLines,
  readSession,
  reportDamage,
  type StoredHeader,
  type StoredSession,
  type StoredSummary,
  unknownHeader,
} from "./stored_session.ts";

/** What the closing events of an interrupted session say. */
const interruption = "The server stopped before this was finished";

/** Options of {@linkcode EventStore.open}. */
export interface EventStoreOptions {
  readonly sync: SyncPolicy;
  /** Bytes on the disk; beyond them the oldest closed sessions are removed. */
  readonly maxBytes: number;
  /** Told one line each of damage and repair. */
  readonly onNotice: (line: string) => void;
}

/** The sessions in one directory, which belongs to one process at a time. */
export class EventStore {
  readonly #directory: string;
  readonly #options: EventStoreOptions;
  readonly #lock: Deno.FsFile;
  readonly #closed: ClosedFiles;
  readonly #interrupted: Set<string>;
  readonly #failures = new Map<string, string>();
  readonly #journals = new Map<string, Journal>();
  readonly #missed = new MissedBytes();
  readonly #probe: DiskProbe;

  private constructor(
    directory: string,
    lock: Deno.FsFile,
    options: EventStoreOptions,
  ) {
    this.#directory = directory;
    this.#probe = new DiskProbe(directory);
    this.#lock = lock;
    this.#options = options;
    const { interrupted, finished } = listSessions(directory);
    this.#interrupted = new Set(interrupted);
    this.#closed = new ClosedFiles(directory, finished, options);
  }

  /**
   * Opens a directory, which is made if there is none.
   *
   * @throws {Error} If it cannot be written, or another process has it.
   */
  static open(directory: string, options: EventStoreOptions): EventStore {
    Deno.mkdirSync(directory, { recursive: true });
    const lock = Deno.openSync(join(directory, ".lock"), {
      write: true,
      create: true,
    });
    if (!lock.tryLockSync(true)) {
      lock.close();
      throw new Error(
        `Cannot use ${directory} as another server must not have it open`,
      );
    }
    return new EventStore(directory, lock, options);
  }

  /** Why events cannot be written at the moment, if so: what a session met, or what a file shows that is written to see. */
  async failure(): Promise<string | undefined> {
    const [met] = this.#failures.values();
    return met ?? await this.#probe.failure();
  }

  /** Sessions whose server stopped before they ended: {@linkcode recover} them. */
  *interrupted(): Generator<StoredHeader> {
    for (const id of this.#interrupted) {
      const ends = unlessRemoved(() => readEnds(this.#livePath(id)));
      if (ends === undefined) this.#interrupted.delete(id);
      else yield ends.header ?? unknownHeader(id, null);
    }
  }

  /** Whether there is a closed file of this session. */
  has(id: string): boolean {
    return this.#closed.has(id);
  }

  /** The closed sessions whose file was written after `time`, milliseconds since 1970. */
  closedSince(time: number): Generator<StoredSession> {
    return this.#closed.since(time);
  }

  /** Starts the file of a new session. Never rejects: what fails, {@linkcode failure} tells. */
  async create(header: StoredHeader): Promise<Journal> {
    const id = header.session_id;
    const journal = this.#journal(id, 0);
    await journal.begin(header);
    if (this.#options.sync === "always") syncDirectory(this.#directory);
    return journal;
  }

  /**
   * Starts the file of a session that has been told in part, in the place of
   * what an earlier attempt may have left here. Never rejects.
   */
  async createAgain(
    header: StoredHeader,
    told: readonly AgentEvent[],
  ): Promise<Journal> {
    const id = header.session_id;
    this.discard(id);
    const journal = await this.create(header);
    const epoch = randomEpoch();
    for (const [n, event] of told.entries()) {
      const line = encodeNdjson(event);
      await journal.append({ id: `${epoch}-${n}`, line, event });
    }
    return journal;
  }

  /** Removes the file of an interrupted session, if there is one: nobody can read it any more. */
  discard(id: string): void {
    if (!this.#interrupted.delete(id)) return;
    unlessRemoved(() => Deno.removeSync(this.#livePath(id)));
  }

  /** Lets go of a session's file as it is: another machine goes on with the session. */
  release(id: string): void {
    this.#journals.get(id)?.close();
    this.#journals.delete(id);
    this.#interrupted.add(id);
  }

  /**
   * The events that a session's file has, in order, as NDJSON; `undefined`
   * for each that is damaged.
   *
   * @throws {Error} If the file cannot be read.
   */
  async lines(id: string): Promise<(Uint8Array | undefined)[]> {
    return await readLines(
      this.has(id) ? this.#closed.path(id) : this.#livePath(id),
    );
  }

  /** Ends the file of a session, as soon as the disk takes it. Never rejects. */
  async finish(
    id: string,
    journal: Journal,
    summary: StoredSummary,
  ): Promise<void> {
    const whole = await journal.end(summary);
    this.#journals.delete(id);
    // A file that lacks lines stays as it is: the next start closes it as interrupted.
    if (whole) this.#close(id);
  }

  /**
   * Reads a closed session into `log` and ends it.
   *
   * @throws {Error} If the file cannot be read.
   */
  async load(id: string, log: EventLog): Promise<void> {
    const read = await readSession(this.#closed.path(id), log);
    reportDamage(id, read, this.#options.onNotice);
    log.beginLife(randomEpoch());
    for (const event of read.ledger.close("This session's log is damaged")) {
      log.append(encodeNdjson(event));
    }
    log.end();
  }

  /**
   * Reads an interrupted session into `log`, closes it with what is missing,
   * there and on the disk, and ends it.
   *
   * @returns `undefined` if not even its first line was written: nobody knows of it.
   * @throws {Error} If the file cannot be read.
   */
  async recover(id: string, log: EventLog): Promise<StoredSession | undefined> {
    const path = this.#livePath(id);
    const { header, summary } = readEnds(path);
    const read = await readSession(path, log);
    reportDamage(id, read, this.#options.onNotice);
    this.#interrupted.delete(id);
    if (read.size === 0) {
      Deno.removeSync(path);
      return undefined;
    }
    if (read.lacksNewline) mendNewline(path, read.size);
    const journal = this.#journal(id, read.size + (read.lacksNewline ? 1 : 0));
    log.beginLife(randomEpoch());
    for (const event of read.ledger.close(interruption)) {
      const line = encodeNdjson(event);
      await journal.append({ id: log.nextId, line, event });
      log.append(line);
      read.ledger.record(event);
    }
    log.end();
    const { winnerAgentId, description } = read.ledger.outcome!;
    const end: StoredSummary = summary ?? {
      status: "complete",
      winner_agent_id: winnerAgentId,
      description,
      ended_at: new Date().toISOString(),
    };
    if (summary === undefined) await this.finish(id, journal, end);
    else {
      journal.close();
      this.#journals.delete(id);
      this.#close(id);
    }
    return { header: header ?? unknownHeader(id, null), summary: end };
  }

  /** Closes all files as they are and gives the directory back. */
  close(): void {
    for (const journal of this.#journals.values()) journal.close();
    this.#lock.close();
  }

  #livePath(id: string): string {
    return join(this.#directory, id + live);
  }

  #journal(id: string, size: number): Journal {
    const journal = new Journal(this.#livePath(id), size, {
      sync: this.#options.sync,
      missed: this.#missed,
      onFailure: (failure) => {
        if (failure === undefined) this.#failures.delete(id);
        else this.#failures.set(id, failure);
        this.#options.onNotice(
          failure === undefined
            ? `Session ${id}: its events are written again`
            : `Session ${id}: cannot write its events: ${failure}`,
        );
      },
    });
    this.#journals.set(id, journal);
    return journal;
  }

  #close(id: string): void {
    try {
      Deno.renameSync(this.#livePath(id), this.#closed.path(id));
      syncDirectory(this.#directory);
      this.#closed.add(id);
    } catch (error) {
      this.#options.onNotice(
        `Session ${id}: cannot close its file: ${(error as Error).message}`,
      );
    }
  }
}

/**
 * What the routes know of sessions, wherever these run: in this process
 * ({@linkcode Sessions}), or on any of many machines (cluster/).
 *
 * @module
 */

import type { EventLog } from "../events/log.ts";
import type { StoredHeader } from "../events/stored_session.ts";
import type { TimedEvent } from "../results/run_record.ts";
import type { RunRequest } from "../run.ts";
import type { SessionView } from "./schemas.ts";

/** A session that can be read and stopped. */
export interface ServedSession {
  readonly id: string;
  readonly header: StoredHeader;
  /** Readers of it at this server at the moment. */
  readers: number;
  /** The session as clients see it. */
  view(): SessionView;
  /**
   * Its log, live.
   *
   * @throws {Error} If it cannot be had.
   */
  openLog(): Promise<EventLog>;
  /**
   * Its events so far, with no times where they were not noted here.
   *
   * @throws As {@linkcode openLog}.
   */
  events(): Promise<TimedEvent[]>;
  /** Stops it: its agents end, then the session. */
  stop(): void | Promise<void>;
}

/** All sessions that can be read. */
export interface SessionBook {
  /** Whether new sessions are refused as the server stops. */
  readonly stopping: boolean;
  /** The oldest first. */
  list(): ServedSession[];
  /** The session with this id; `undefined` for the unknown, the expired and what is no id. */
  find(id: string): Promise<ServedSession | undefined>;
  /** Whether there once was a session with this id. */
  isExpired(id: string): boolean;
  /**
   * Takes a session in; it runs as soon as there is room.
   *
   * @throws {SessionRefusedError} If too many wait, or the server stops.
   */
  create(request: RunRequest): Promise<ServedSession>;
  /** Counts a reader in; `false` if the session or the address has too many. */
  enter(session: ServedSession, address: string): boolean;
  /** Counts a reader out. */
  leave(session: ServedSession, address: string): void;
  /** Refuses new sessions from now on. */
  refuse(): void;
  /** Waits for what runs here, at most `grace` milliseconds, then ends it or gives it back. */
  finish(grace: number): Promise<void>;
}

/** A session that cannot be taken: the server is full, or stops. */
export class SessionRefusedError extends Error {
  override readonly name = "SessionRefusedError";
  /** Whether the server stops, or cannot serve: 503, not 429. */
  readonly unavailable: boolean;

  constructor(message: string, unavailable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.unavailable = unavailable;
  }
}

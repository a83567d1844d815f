/**
 * All sessions: which run, which wait, which can still be read.
 *
 * @module
 */

import type { Journal } from "../events/journal.ts";
import type { EventStore } from "../events/store.ts";
import type { StoredSummary } from "../events/stored_session.ts";
import type { RunRequest } from "../run.ts";
import { atMost } from "./at_most.ts";
import { maxRemembered, ReaderCount, type ServerLimits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { restoreSessions } from "./restore_sessions.ts";
import { SessionRunner, type StartRun } from "./runner.ts";
import { Session } from "./session.ts";
import { addSessionMetrics } from "./session_metrics.ts";
import {
  type ServedSession,
  type SessionBook,
  SessionRefusedError,
} from "./session_book.ts";

/** Options of {@linkcode Sessions}. */
export interface SessionsOptions {
  readonly startRun: StartRun;
  readonly limits: ServerLimits;
  readonly metrics: Metrics;
  readonly store?: EventStore;
  /** Told of runs that fail in a way that runs must not. */
  readonly onError: (error: unknown, sessionId: string) => void;
  /** Told of each session that has run to its end. */
  readonly onEnded?: (session: Session) => void;
}

/** Milliseconds that the disk has to take the last lines when the server stops. */
const closeTime = 2_000;

/** Milliseconds between two looks for sessions that have expired. */
const sweepInterval = 1_000;

/** Session ids: 128 random bits in hexadecimal. */
const idForm = /^[0-9a-f]{32}$/;

interface Waiting {
  readonly session: Session;
  readonly request: RunRequest;
  readonly journal: Journal | undefined;
}

/** The sessions of a server that is alone. */
export class Sessions implements SessionBook {
  /** In the order of their creation. */
  readonly #sessions = new Map<string, Session>();
  readonly #waiting: Waiting[] = [];
  readonly #running = new Set<Session>();
  readonly #expired = new Set<string>();
  /** Sessions whose file is being closed. */
  readonly #closing = new Set<Promise<void>>();
  readonly #runner: SessionRunner;
  readonly #options: SessionsOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #readers: ReaderCount;
  /** Sessions whose file is being started. */
  #entering = 0;
  #stopping = false;
  #full = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#runner = new SessionRunner(options);
    this.#readers = new ReaderCount(options.limits.maxReadersPerAddress);
    this.#timer = setInterval(() => this.sweep(), sweepInterval);
    const { store, limits: { sessionTtl }, onError } = options;
    if (store) restoreSessions(this.#sessions, store, { sessionTtl, onError });
    addSessionMetrics(options.metrics, {
      sessions: this.#sessions,
      running: () => this.#running,
      readers: this.#readers,
      memory: () => this.#memory(),
    });
  }

  /** Those that can be read, the oldest first. */
  list(): Session[] {
    return [...this.#sessions.values()];
  }

  /** The session with this id; `undefined` for the unknown, the expired and what is no id. */
  find(id: string): Promise<Session | undefined> {
    return Promise.resolve(this.#sessions.get(id));
  }

  /** Whether there once was a session with this id. */
  isExpired(id: string): boolean {
    return idForm.test(id) && !this.#sessions.has(id) &&
      (this.#expired.has(id) || (this.#options.store?.has(id) ?? false));
  }

  /** Whether new sessions are refused as the server stops. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Takes a session in; it runs as soon as there is room.
   *
   * @throws {SessionRefusedError} If too many wait, or the server stops.
   */
  async create(request: RunRequest): Promise<Session> {
    const { limits, store } = this.#options;
    if (this.#stopping) throw stopping();
    const ahead = this.#running.size + this.#entering + this.#waiting.length;
    if (ahead >= limits.maxSessions + limits.maxQueued) {
      throw new SessionRefusedError(
        `Too many sessions: ${limits.maxSessions} run and ${limits.maxQueued} wait, come back later`,
        false,
      );
    }
    if (this.#full) {
      throw new SessionRefusedError(
        "The memory for events is used up: come back when sessions have expired",
        false,
      );
    }
    const session = new Session({
      session_id: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      query: request.query,
      num_agents: request.numAgents,
      created_at: new Date().toISOString(),
    });
    this.#entering++;
    const journal = await store?.create(session.header);
    session.sink = journal;
    this.#entering--;
    if (this.#stopping) { // Since then; nobody would wait for it.
      store?.release(session.id);
      store?.discard(session.id);
      throw stopping();
    }
    this.#sessions.set(session.id, session);
    this.#waiting.push({ session, request, journal });
    session.signal.addEventListener("abort", () => this.#startNext());
    this.#startNext();
    return session;
  }

  /** Counts a reader in; `false` if the session or the address has too many. */
  enter(session: ServedSession, address: string): boolean {
    if (session.readers >= this.#options.limits.maxReaders) return false;
    if (!this.#readers.enter(address)) return false;
    session.readers++;
    return true;
  }

  /** Counts a reader out. */
  leave(session: ServedSession, address: string): void {
    this.#readers.leave(address);
    session.readers--;
  }

  /** Drops what has expired, and what memory has no room for. */
  sweep(now: number = Date.now()): void {
    const { limits } = this.#options;
    for (const session of this.#sessions.values()) {
      if (session.summary === undefined) continue;
      if (Date.parse(session.summary.ended_at) + limits.sessionTtl < now) {
        this.#expire(session);
      }
    }
    this.#makeRoom();
  }

  /** Refuses new sessions from now on. */
  refuse(): void {
    this.#stopping = true;
  }

  /**
   * Waits for running sessions, at most `grace` milliseconds, then stops them
   * and waits for their ends.
   */
  async finish(grace: number): Promise<void> {
    this.refuse();
    const open = [
      ...this.#running,
      ...this.#waiting.map(({ session }) => session),
    ];
    const all = Promise.all(open.map(({ ended }) => ended));
    await atMost(grace, all);
    for (const session of open) session.stop();
    await all;
    await atMost(closeTime, Promise.all(this.#closing));
    clearInterval(this.#timer);
  }

  #startNext(): void {
    const { limits } = this.#options;
    // Those that were stopped need no room: they only end.
    for (let i = 0; i < this.#waiting.length;) {
      const waiting = this.#waiting[i]!;
      const room = this.#running.size < limits.maxSessions;
      if (!room && !waiting.session.signal.aborted) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#run(waiting);
    }
  }

  async #run({ session, request, journal }: Waiting): Promise<void> {
    this.#running.add(session);
    const summary = await this.#runner.run(session, request);
    this.#running.delete(session);
    this.#startNext();
    this.#options.onEnded?.(session);
    const closing = this.#closeFile(session, journal, summary);
    this.#closing.add(closing);
    await closing;
    this.#closing.delete(closing);
  }

  async #closeFile(
    session: Session,
    journal: Journal | undefined,
    summary: StoredSummary,
  ): Promise<void> {
    if (journal === undefined) return;
    await this.#options.store?.finish(session.id, journal, summary);
    session.sink = undefined;
  }

  #expire(session: Session): void {
    this.#sessions.delete(session.id);
    this.#expired.add(session.id);
    if (this.#expired.size > maxRemembered) {
      this.#expired.delete(this.#expired.values().next().value!);
    }
  }

  #makeRoom(): void {
    const { limits, store } = this.#options;
    let total = this.#memory();
    for (const session of this.#sessions.values()) {
      if (total <= limits.maxMemory) break;
      if (session.summary === undefined || session.memory === 0) continue;
      total -= session.memory;
      if (store?.has(session.id)) {
        session.putAway((log) => store.load(session.id, log));
      } else this.#expire(session);
    }
    this.#full = total > limits.maxMemory;
    if (!this.#full) return;
    const [largest] = [...this.#running].sort((a, b) => b.memory - a.memory);
    if (largest === undefined || largest.signal.aborted) return;
    largest.publish({
      type: "error",
      message: "The memory for events is used up",
    });
    largest.stop();
  }

  #memory(): number {
    return this.#sessions.values().reduce((sum, { memory }) => sum + memory, 0);
  }
}

function stopping(): SessionRefusedError {
  return new SessionRefusedError(
    "The server is about to stop: ask again once it is back",
    true,
  );
}

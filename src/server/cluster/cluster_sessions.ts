/**
 * The sessions of a cluster, at one of its servers: the routes' book, with
 * NATS behind it.
 *
 * @module
 */

import type { EventStore } from "../../events/store.ts";
import type { RunRequest } from "../../run.ts";
import { maxRemembered, ReaderCount, type ServerLimits } from "../limits.ts";
import type { RunnerOptions } from "../runner.ts";
import type { Session } from "../session.ts";
import { addSessionMetrics } from "../session_metrics.ts";
import {
  type ServedSession,
  type SessionBook,
  SessionRefusedError,
} from "../session_book.ts";
import { ClusterSession } from "./cluster_session.ts";
import { endQueued, queueJob } from "./jobs.ts";
import {
  type ClusterConfig,
  defaultAckWait,
  isFull,
  type Nats,
  openNats,
} from "./nats.ts";
import { keepWhole } from "./repair.ts";
import {
  askToStop,
  isCancelled,
  readState,
  removeSession,
  type SessionState,
} from "./session_state.ts";
import { watchStates } from "./watch_states.ts";
import { Worker } from "./worker.ts";

/** Milliseconds between two looks for sessions that have expired, and for logs that nobody reads. */
const sweepInterval = 1_000;

/** Session ids: 128 random bits in hexadecimal. */
const idForm = /^[0-9a-f]{32}$/;

/** Options of {@linkcode openClusterSessions}. */
export interface ClusterSessionsOptions extends RunnerOptions {
  readonly cluster: ClusterConfig;
  readonly limits: ServerLimits;
  readonly store?: EventStore;
  /** Resolves when runs can start here. */
  readonly canRun: Promise<unknown>;
  /** Told of each session that has ended here. */
  readonly onEnded?: (session: Session) => void;
  /** Told one line each of loss and repair. */
  readonly onNotice: (line: string) => void;
}

/**
 * Joins the cluster.
 *
 * @throws {Error} If NATS does not answer, or has no JetStream.
 */
export async function openClusterSessions(
  options: ClusterSessionsOptions,
): Promise<ClusterSessions> {
  const nats = await openNats(options.cluster, options.limits.sessionTtl);
  return new ClusterSessions(nats, options);
}

/** The sessions of a cluster, at one of its servers. */
export class ClusterSessions implements SessionBook {
  readonly #nats: Nats;
  readonly #options: ClusterSessionsOptions;
  readonly #sessions = new Map<string, ClusterSession>();
  readonly #expired = new Set<string>();
  readonly #worker: Worker | undefined;
  readonly #readers: ReaderCount;
  readonly #closing = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #stopping = false;
  #isConnected = true;

  constructor(nats: Nats, options: ClusterSessionsOptions) {
    const { limits, cluster, metrics } = options;
    this.#nats = nats;
    this.#options = options;
    this.#readers = new ReaderCount(limits.maxReadersPerAddress);
    this.#timer = setInterval(() => this.#sweep(), sweepInterval);
    if (limits.maxSessions > 0) {
      const worker = this.#worker = new Worker(nats, {
        ...options,
        maxSessions: limits.maxSessions,
        ackWait: cluster.ackWait ?? defaultAckWait,
      });
      options.canRun.then(() => worker.work(), () => {});
    }
    void this.#watchStates();
    void keepWhole(nats, {
      ...options,
      retention: limits.sessionTtl,
      signal: this.#closing.signal,
      onConnected: (isConnected) => this.#isConnected = isConnected,
    });
    addSessionMetrics(metrics, {
      sessions: this.#sessions,
      running: () => this.#worker?.sessions ?? [],
      readers: this.#readers,
      memory: () => this.#memory(),
    });
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** What is wrong with NATS, if anything. */
  get failure(): string | undefined {
    return this.#isConnected ? undefined : "NATS does not answer";
  }

  list(): ClusterSession[] {
    return [...this.#sessions.values()].sort((a, b) =>
      a.state.header.created_at < b.state.header.created_at ? -1 : 1
    );
  }

  async find(id: string): Promise<ClusterSession | undefined> {
    if (!idForm.test(id) || this.#expired.has(id)) return undefined;
    const known = this.#sessions.get(id);
    if (known?.state.summary !== undefined) return known;
    try {
      // What this server has not heard yet, NATS knows.
      const state = await readState(this.#nats, id);
      if (state === undefined) return known;
      const session = this.#note(state);
      session.isCancelled ||= await isCancelled(this.#nats, id);
      return session;
    } catch (error) {
      if (known !== undefined) return known;
      throw new SessionRefusedError("Cannot reach NATS: try again", true, {
        cause: error,
      });
    }
  }

  isExpired(id: string): boolean {
    return this.#expired.has(id);
  }

  async create(request: RunRequest): Promise<ServedSession> {
    const { limits } = this.#options;
    if (this.#stopping) {
      throw new SessionRefusedError(
        "This server is about to stop: ask another one of the cluster",
        true,
      );
    }
    const queued = this.#sessions.values().reduce(
      (sum, { state }) => sum + (state.status === "queued" ? 1 : 0),
      0,
    );
    if (queued >= limits.maxQueued) {
      throw new SessionRefusedError(
        `Too many sessions: ${queued} wait for a worker, come back later`,
        false,
      );
    }
    const header = {
      session_id: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      query: request.query,
      num_agents: request.numAgents,
      created_at: new Date().toISOString(),
    };
    try {
      return this.#note(await queueJob(this.#nats, { header, request }));
    } catch (error) {
      throw isFull(error)
        ? new SessionRefusedError(
          "Too many sessions wait in the cluster: come back later",
          false,
        )
        : new SessionRefusedError("Cannot reach NATS: try again", true, {
          cause: error,
        });
    }
  }

  enter(session: ServedSession, address: string): boolean {
    const { maxReaders, maxMemory } = this.#options.limits;
    if (session.readers >= maxReaders) return false;
    // Those that are read already cost no more.
    if (session.readers === 0 && this.#makeRoom(session) > maxMemory) {
      return false;
    }
    if (!this.#readers.enter(address)) return false;
    session.readers++;
    return true;
  }

  leave(session: ServedSession, address: string): void {
    this.#readers.leave(address);
    session.readers--;
  }

  refuse(): void {
    this.#stopping = true;
  }

  /** Waits for what runs here, at most `grace` milliseconds, and gives the rest back to the cluster. */
  async finish(grace: number): Promise<void> {
    this.refuse();
    await this.#worker?.finish(grace);
    // What was given back must be on its way before the connection ends.
    if (this.#isConnected) await this.#nats.connection.flush();
  }

  /** Leaves the cluster. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    for (const session of this.#sessions.values()) session.close();
    await this.#nats.connection.close();
  }

  async #cancel(session: ClusterSession): Promise<void> {
    const { id } = session;
    session.isCancelled = true;
    await askToStop(this.#nats, id);
    this.#worker?.stop(id);
    if (session.state.status !== "queued") return;
    const { signal } = this.#closing;
    const ended = await endQueued(this.#nats, session.state, signal);
    // If a worker was faster, it hears of the cancellation.
    if (ended !== undefined) this.#note(ended);
  }

  /** Takes note of a state. */
  #note(state: SessionState): ClusterSession {
    const id = state.header.session_id;
    const known = this.#sessions.get(id);
    if (known !== undefined) {
      // An older state may come late.
      if (known.state.summary === undefined) known.state = state;
      return known;
    }
    const session = new ClusterSession(
      this.#nats,
      state,
      (session) => this.#cancel(session),
    );
    this.#sessions.set(id, session);
    return session;
  }

  async #watchStates(): Promise<void> {
    await watchStates(this.#nats, {
      signal: this.#closing.signal,
      onState: (state) => {
        if (!this.#expired.has(state.header.session_id)) this.#note(state);
      },
      onCancelled: (id) => {
        const session = this.#sessions.get(id);
        if (session !== undefined) session.isCancelled = true;
        this.#worker?.stop(id);
      },
      onRemoved: (id) => this.#forget(id),
    });
  }

  #sweep(now: number = Date.now()): void {
    const { limits } = this.#options;
    for (const session of this.#sessions.values()) {
      session.rest();
      const { summary } = session.state;
      if (summary === undefined) continue;
      if (Date.parse(summary.ended_at) + limits.sessionTtl < now) {
        this.#expire(session);
      }
    }
    this.#makeRoom();
  }

  /** Lets go of logs that nobody reads, if there are too many. @returns bytes that are left */
  #makeRoom(kept?: ServedSession): number {
    let total = this.#memory();
    for (const session of this.#sessions.values()) {
      if (total <= this.#options.limits.maxMemory) break;
      if (session.readers > 0 || session === kept) continue;
      total -= session.memory;
      session.close();
    }
    return total;
  }

  #memory(): number {
    return this.#sessions.values().reduce((sum, { memory }) => sum + memory, 0);
  }

  #expire(session: ClusterSession): void {
    const { id, state } = session;
    this.#forget(id);
    // One machine removes it; should that one be gone, NATS does in time.
    if (state.worker !== this.#worker?.name) return;
    removeSession(this.#nats, id).catch((error) =>
      this.#options.onError(error, id)
    );
  }

  #forget(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.close();
    this.#options.store?.discard(id);
    this.#sessions.delete(id);
    this.#expired.add(id);
    if (this.#expired.size > maxRemembered) {
      this.#expired.delete(this.#expired.values().next().value!);
    }
  }
}

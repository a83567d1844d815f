/**
 * Takes jobs while there is room, runs them, and says so all the while. A job
 * whose worker falls silent goes to another one, which goes on where the
 * stream ends.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";
import type { AgentEvent } from "../../events/event.ts";
import { agentEvent } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import { SessionTakenError, type SinkRecord } from "../../events/sink.ts";
import type { EventStore } from "../../events/store.ts";
import type { StoredSummary } from "../../events/stored_session.ts";
import { type RunnerOptions, SessionRunner } from "../runner.ts";
import { Session } from "../session.ts";
import { EventStreamSink } from "./event_stream_sink.ts";
import {
  eventsStream,
  eventsSubject,
  jobsStream,
  type Nats,
  workersConsumer,
} from "./nats.ts";
import { pause, readEvents } from "./read_events.ts";
import {
  changeState,
  isCancelled,
  readState,
  type SessionJob,
  sessionJob,
  type SessionState,
} from "./session_state.ts";

/** Attempts at a session, handing back not counted: what ended so many workers will end the next. */
export const maxAttempts = 5;

/** Milliseconds for which a worker waits for a job before it asks again. */
const askFor = 10_000;

/** Milliseconds between two tries to ask. */
const retryInterval = 500;

const decoder = new TextDecoder();

/** Options of a {@linkcode Worker}. */
export interface WorkerOptions extends RunnerOptions {
  /** Sessions at once. */
  readonly maxSessions: number;
  /** Milliseconds after which a silent worker's job goes to another. */
  readonly ackWait: number;
  /** Where its events are kept on this machine. */
  readonly store?: EventStore | undefined;
  /** Told of each session that has ended here. */
  readonly onEnded?: (session: Session) => void;
}

interface Running {
  readonly session: Session;
  /** Ends what waits for NATS: the session is given back. */
  readonly giveUp: AbortController;
  /** The job's last delivery. */
  message: JsMsg;
  readonly ended: Promise<void>;
}

/** A worker. */
export class Worker {
  /** Tells this process from all others. */
  readonly name: string = crypto.randomUUID();
  readonly #nats: Nats;
  readonly #options: WorkerOptions;
  readonly #runner: SessionRunner;
  readonly #running = new Map<string, Running>();
  readonly #stopping = new AbortController();
  #onRoom = (): void => {};

  constructor(nats: Nats, options: WorkerOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#runner = new SessionRunner(options);
  }

  /** Sessions that run here. */
  get sessions(): Session[] {
    return [...this.#running.values()].map(({ session }) => session);
  }

  /** Takes jobs until {@linkcode finish}. */
  async work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#running.size >= this.#options.maxSessions) {
        await new Promise<void>((resolve) => this.#onRoom = resolve);
        continue;
      }
      try {
        const consumer = await this.#nats.client.consumers.get(
          jobsStream,
          workersConsumer,
        );
        const message = await consumer.next({ expires: askFor });
        if (message !== null) this.#take(message);
      } catch {
        await pause(retryInterval, signal);
      }
    }
  }

  /** Stops a session, if it runs here. */
  stop(id: string): void {
    this.#running.get(id)?.session.stop();
  }

  /** Takes no more jobs, waits at most `grace` milliseconds, and gives the rest back. */
  async finish(grace: number): Promise<void> {
    this.#stopping.abort();
    this.#onRoom();
    const running = [...this.#running.values()];
    const all = Promise.all(running.map(({ ended }) => ended));
    const late = new AbortController();
    await Promise.race([all, pause(grace, late.signal)]);
    late.abort();
    for (const { session, giveUp } of this.#running.values()) {
      giveUp.abort();
      session.abandon();
    }
    await all;
  }

  #take(message: JsMsg): void {
    const id = message.subject.split(".").at(-1)!;
    const running = this.#running.get(id);
    if (running !== undefined) {
      // Its signs of life were lost: it goes on under this delivery.
      running.message = message;
      return;
    }
    if (this.#stopping.signal.aborted) {
      message.nak();
      return;
    }
    const job = sessionJob.safeParse(parseJson(message.data)).data;
    if (job === undefined) {
      message.term("not a job");
      return;
    }
    const session = new Session(job.header);
    const giveUp = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const entry: Running = { session, giveUp, message, ended };
    this.#running.set(id, entry);
    const alive = setInterval(
      () => entry.message.working(),
      this.#options.ackWait / 3,
    );
    this.#attempt(job, entry).then(
      (isOver) => {
        if (isOver) entry.message.ack();
        else entry.message.nak();
      },
      (error) => {
        if (!(error instanceof SessionTakenError)) {
          this.#options.onError(error, id);
        }
        // Whoever has taken it acknowledges it; what was given back, somebody takes now.
        if (giveUp.signal.aborted) entry.message.nak();
      },
    ).finally(() => {
      clearInterval(alive);
      this.#running.delete(id);
      this.#onRoom();
      resolve();
    });
  }

  /** @returns whether the session has ended */
  async #attempt(
    { header, request }: SessionJob,
    { session, giveUp }: Running,
  ): Promise<boolean> {
    const id = header.session_id;
    const nats = this.#nats;
    const { signal } = giveUp;
    const { told, sequence } = await this.#recall(session, signal);
    const state = await readState(nats, id);
    const isOver = told.at(-1)?.type === "session_complete";
    if (isOver && (state === undefined || state.summary !== undefined)) {
      return true;
    }
    if (await isCancelled(nats, id)) session.stop();
    const attempt = (state?.attempt ?? 0) + 1;
    const change = (to: Partial<SessionState>): Promise<SessionState> =>
      changeState(nats, id, {
        signal,
        change: (now) => {
          if ((now?.attempt ?? 0) > attempt) {
            throw new SessionTakenError("Another machine goes on with it");
          }
          return { status: "running", ...now, header, attempt, ...to };
        },
      });
    await change({
      status: "running",
      worker: this.name,
      attempt: isOver ? attempt - 1 : attempt,
    });
    const beforeEnd = async ({ event }: SinkRecord): Promise<void> => {
      if (event.type !== "session_complete") return;
      const summary: StoredSummary = {
        status: session.view().status === "cancelled"
          ? "cancelled"
          : "complete",
        winner_agent_id: event.winner_agent_id,
        description: event.description,
        ended_at: new Date().toISOString(),
      };
      await change({ status: summary.status, summary });
    };
    if (isOver) {
      // Its worker was lost between the last word and the state.
      const event = told.at(-1)!;
      await beforeEnd({ id: "", line: new Uint8Array(), event });
      return true;
    }
    const file = await this.#openFile(session, told);
    session.sink = new EventStreamSink(nats, sequence, {
      sessionId: id,
      number: told.length,
      file,
      lines: file && (() => this.#options.store!.lines(id)),
      beforeEnd,
      signal,
    });
    try {
      const summary = attempt > maxAttempts
        ? await this.#runner.end(
          session,
          `The search was lost with its machine ${maxAttempts} times`,
        )
        : await this.#runner.run(session, request, told);
      if (file) await this.#options.store?.finish(id, file, summary);
      this.#options.onEnded?.(session);
      return true;
    } catch (error) {
      if (file) this.#options.store?.release(id);
      if (this.#stopping.signal.aborted) {
        await this.#giveBack(id, attempt);
      }
      throw error;
    }
  }

  /** A session that is handed over has not cost it an attempt. */
  async #giveBack(id: string, attempt: number): Promise<void> {
    await changeState(this.#nats, id, {
      signal: AbortSignal.timeout(2_000),
      change: (now) => {
        if (now === undefined || now.attempt !== attempt) {
          throw new SessionTakenError("Another machine goes on with it");
        }
        return { ...now, status: "queued", attempt: attempt - 1 };
      },
    });
  }

  /** What earlier attempts have published, and where the subject ends. */
  async #recall(
    session: Session,
    signal: AbortSignal,
  ): Promise<{ told: AgentEvent[]; sequence: number }> {
    const last = await this.#nats.manager.streams.getMessage(eventsStream, {
      last_by_subj: eventsSubject(session.id),
    });
    if (last === null) return { told: [], sequence: 0 };
    const told: AgentEvent[] = [];
    const lines = readEvents(this.#nats, session.id, signal);
    for await (const { line, id, isNewest } of lines) {
      const event = agentEvent.parse(parseJson(line));
      told.push(event);
      session.recall(event, id);
      if (isNewest) break;
    }
    return { told, sequence: last.seq };
  }

  /** The session's file on this machine, with what was told before. */
  async #openFile(
    session: Session,
    told: readonly AgentEvent[],
  ): Promise<Journal | undefined> {
    const { store } = this.#options;
    if (store === undefined) return undefined;
    return await store.createAgain(session.header, told);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

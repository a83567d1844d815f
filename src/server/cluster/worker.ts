/**
 * Takes jobs while there is room, runs them, and says so all the while. A job
 * whose worker falls silent goes to another one, which goes on where the
 * stream ends.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";
import { SessionTakenError } from "../../events/sink.ts";
import type { EventStore } from "../../events/store.ts";
import { type RunnerOptions, SessionRunner } from "../runner.ts";
import { Session } from "../session.ts";
import { Attempt } from "./attempt.ts";
import { jobsStream, type Nats, workersConsumer } from "./nats.ts";
import { pause } from "./pause.ts";
import { type SessionJob, sessionJob } from "./session_state.ts";

/** Milliseconds for which a worker waits for a job before it asks again. */
const askFor = 10_000;

/** Milliseconds between two tries to ask. */
const retryInterval = 500;

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
    const session = new Session(job.header, { isReadHere: false });
    const giveUp = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const entry: Running = { session, giveUp, message, ended };
    this.#running.set(id, entry);
    const alive = setInterval(
      () => entry.message.working(),
      this.#options.ackWait / 3,
    );
    this.#run(job, entry).catch((error) => this.#options.onError(error, id))
      .finally(() => {
        clearInterval(alive);
        this.#running.delete(id);
        this.#onRoom();
        resolve();
      });
  }

  async #run(job: SessionJob, entry: Running): Promise<void> {
    const { session, giveUp: { signal } } = entry;
    const attempt = new Attempt(this.#nats, {
      job,
      session,
      signal,
      worker: this.name,
      runner: this.#runner,
      store: this.#options.store,
    });
    try {
      if (await attempt.run()) this.#options.onEnded?.(session);
      entry.message.ack();
    } catch (error) {
      if (signal.aborted) {
        await attempt.giveBack().catch(() => {
          // The next worker counts an attempt then.
        });
        entry.message.nak();
      }
      // Whoever has taken it acknowledges it.
      if (!(error instanceof SessionTakenError)) throw error;
    }
  }
}

const decoder = new TextDecoder();

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * One attempt at a session: takes it over from whoever had it, goes on where
 * the stream ends, and tells the rest.
 *
 * @module
 */

import { type AgentEvent, agentEvent } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import { SessionTakenError, type SinkRecord } from "../../events/sink.ts";
import type { EventStore } from "../../events/store.ts";
import type { StoredSummary } from "../../events/stored_session.ts";
import type { SessionRunner } from "../runner.ts";
import type { Session } from "../session.ts";
import { attemptMessage, type PublishedLine } from "./event_messages.ts";
import { EventStreamSink } from "./event_stream_sink.ts";
import {
  eventsSubject,
  isTransient,
  isWrongSequence,
  lastSequence,
  type Nats,
} from "./nats.ts";
import { pause } from "./pause.ts";
import { readEvents } from "./read_events.ts";
import {
  changeState,
  isCancelled,
  readState,
  type SessionJob,
  type SessionState,
} from "./session_state.ts";

/** Attempts at a session, handing back not counted: what ended so many workers will end the next. */
export const maxAttempts = 5;

/** Milliseconds between two tries to publish. */
const retryInterval = 250;

/** Milliseconds that NATS has to hear that a session is given back. */
const farewellTime = 2_000;

const decoder = new TextDecoder();

/** Options of an {@linkcode Attempt}. */
export interface AttemptOptions {
  readonly job: SessionJob;
  /** The session, which nobody has written to yet. */
  readonly session: Session;
  /** Name of the worker. */
  readonly worker: string;
  readonly runner: SessionRunner;
  /** Where its events are kept on this machine. */
  readonly store: EventStore | undefined;
  /** Ends what waits for NATS: the session is given back. */
  readonly signal: AbortSignal;
}

interface Told {
  readonly lines: readonly PublishedLine[];
  /** Sequence of the last message of the subject; 0 if there is none. */
  readonly sequence: number;
}

/** An attempt of a worker at a session. */
export class Attempt {
  readonly #nats: Nats;
  readonly #options: AttemptOptions;
  readonly #id: string;

  constructor(nats: Nats, options: AttemptOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#id = options.job.header.session_id;
  }

  /**
   * Runs the session to its end.
   *
   * @returns whether it ran here; an earlier attempt may have told its end already
   * @throws {SessionTakenError} If another machine takes it over, or the signal aborts.
   */
  async run(): Promise<boolean> {
    const told = await this.#readTold();
    const state = await readState(this.#nats, this.#id);
    if (endOf(told) && (state === undefined || state.summary)) return false;
    if (await isCancelled(this.#nats, this.#id)) this.#options.session.stop();
    const { attempt } = await this.#claim();
    const all = await this.#fence(told);
    const end = endOf(all);
    if (end === undefined) {
      await this.#goOn(all, attempt);
      return true;
    }
    // Its worker was lost between the last word and the state.
    await this.#noteEnd(parse(end));
    return false;
  }

  /** Makes the session this worker's. */
  async #claim(): Promise<SessionState> {
    const { job: { header }, worker, signal } = this.#options;
    return await changeState(this.#nats, this.#id, {
      signal,
      change: (now) => ({
        ...now,
        header,
        worker,
        status: "running",
        attempt: (now?.attempt ?? 0) + 1,
      }),
    });
  }

  /**
   * Marks on the subject that this attempt begins: whoever had the session,
   * and does not know that it was taken, cannot publish behind that.
   *
   * @returns all that was told before
   */
  async #fence(told: Told): Promise<Told> {
    const { signal, worker } = this.#options;
    const { payload, headers, messageId } = attemptMessage(this.#id, worker);
    for (;;) {
      if (signal.aborted) throw new SessionTakenError("It was given back");
      try {
        const { seq } = await this.#nats.client.publish(
          eventsSubject(this.#id),
          payload,
          {
            msgID: messageId,
            headers,
            expect: { lastSubjectSequence: told.sequence },
            timeout: 5_000,
          },
        );
        return { ...told, sequence: seq };
      } catch (error) {
        if (isWrongSequence(error)) told = await this.#readTold();
        else if (!isTransient(error)) throw error;
        await pause(retryInterval, signal);
      }
    }
  }

  async #goOn(
    { lines, sequence }: Told,
    attempt: number,
  ): Promise<void> {
    const { session, runner, store, job, signal } = this.#options;
    const told = lines.map(parse);
    for (const [i, { id }] of lines.entries()) session.recall(told[i]!, id);
    const file: Journal | undefined = await store?.createAgain(
      session.header,
      told,
    );
    session.sink = new EventStreamSink(this.#nats, sequence, {
      sessionId: this.#id,
      number: told.length,
      file,
      lines: store && (() => store.lines(this.#id)),
      isOwn: () => this.#isOwn(),
      beforeEnd: ({ event }: SinkRecord) => this.#noteEnd(event),
      signal,
    });
    try {
      const summary = attempt > maxAttempts
        ? await runner.end(
          session,
          `The search was lost with its machine ${maxAttempts} times`,
        )
        : await runner.run(session, job.request, told);
      if (file) await store!.finish(this.#id, file, summary);
    } catch (error) {
      if (file) store!.release(this.#id);
      throw error;
    }
  }

  /** Hands the session over, which then has not cost it an attempt. */
  async giveBack(): Promise<void> {
    await changeState(this.#nats, this.#id, {
      signal: AbortSignal.timeout(farewellTime),
      change: (now) => {
        if (now?.worker !== this.#options.worker || now.summary) throw taken();
        return { ...now, status: "queued", attempt: now.attempt - 1 };
      },
    });
  }

  /** Whether no other machine has taken it; where NATS knows nothing, none has. */
  async #isOwn(): Promise<boolean> {
    const state = await readState(this.#nats, this.#id);
    return state?.worker === undefined ||
      state.worker === this.#options.worker;
  }

  /** Notes how the session ended, if `event` is its end. */
  async #noteEnd(event: AgentEvent): Promise<void> {
    if (event.type !== "session_complete") return;
    const { status } = this.#options.session.view();
    const summary: StoredSummary = {
      status: status === "cancelled" ? status : "complete",
      winner_agent_id: event.winner_agent_id,
      description: event.description,
      ended_at: new Date().toISOString(),
    };
    const { job: { header }, worker, signal } = this.#options;
    await changeState(this.#nats, this.#id, {
      signal,
      change: (now) => {
        if ((now?.worker ?? worker) !== worker) throw taken();
        return { attempt: 1, ...now, header, status: summary.status, summary };
      },
    });
  }

  /** What earlier attempts have published, and where the subject ends. */
  async #readTold(): Promise<Told> {
    const sequence = await lastSequence(this.#nats, this.#id);
    if (sequence === 0) return { lines: [], sequence };
    const { signal } = this.#options;
    const caughtUp = new AbortController();
    const lines: PublishedLine[] = [];
    const reading = readEvents(this.#nats, this.#id, {
      signal: AbortSignal.any([signal, caughtUp.signal]),
      present: sequence,
      onCaughtUp: () => caughtUp.abort(),
    });
    for await (const line of reading) lines.push(line);
    if (signal.aborted) throw new SessionTakenError("It was given back");
    return { lines, sequence };
  }
}

function endOf({ lines }: Told): PublishedLine | undefined {
  return lines.find(({ isEnd }) => isEnd);
}

function taken(): SessionTakenError {
  return new SessionTakenError("Another machine goes on with it");
}

function parse({ line }: PublishedLine): AgentEvent {
  return agentEvent.parse(JSON.parse(decoder.decode(line)));
}

/**
 * The sink of a session that runs on this machine for others to read: its
 * file first, then the stream.
 *
 * @module
 */

import {
  type EventSink,
  SessionTakenError,
  type SinkRecord,
} from "../../events/sink.ts";
import {
  type NumberedLine,
  numberOf,
  type OutgoingMessage,
  toMessages,
} from "./event_messages.ts";
import {
  eventsStream,
  eventsSubject,
  isTransient,
  isWrongSequence,
  type Nats,
} from "./nats.ts";
import { pause } from "./read_events.ts";

/** Milliseconds between two tries to publish. */
const retryInterval = 250;

/** Options of an {@linkcode EventStreamSink}. */
export interface EventStreamSinkOptions {
  readonly sessionId: string;
  /** Number of the next event. */
  readonly number: number;
  /** The session's file, if events are kept on this machine. */
  readonly file?: EventSink | undefined;
  /** The events that the file has, as NDJSON; `undefined` for a damaged one. */
  readonly lines?: (() => Promise<(Uint8Array | undefined)[]>) | undefined;
  /** Called before `session_complete` is published, so that whoever reads it finds the session ended. */
  readonly beforeEnd: (record: SinkRecord) => Promise<void>;
  /** Ends the tries to publish: the machine gives the session back. */
  readonly signal: AbortSignal;
}

/**
 * Publishes events one after the other. Each names the sequence of the one
 * before: as soon as another machine has published on the same subject, this
 * one cannot any more, however late it notices.
 */
export class EventStreamSink implements EventSink {
  readonly #nats: Nats;
  readonly #options: EventStreamSinkOptions;
  #number: number;
  /** Of the subject's last message; 0 if there is none. */
  #sequence: number;

  /** @param sequence of the subject's last message, 0 if there is none */
  constructor(
    nats: Nats,
    sequence: number,
    options: EventStreamSinkOptions,
  ) {
    this.#nats = nats;
    this.#options = options;
    this.#number = options.number;
    this.#sequence = sequence;
  }

  async append(record: SinkRecord): Promise<string> {
    await this.#options.file?.append(record);
    const isEnd = record.event.type === "session_complete";
    if (isEnd) await this.#options.beforeEnd(record);
    await this.#publish({
      sessionId: this.#options.sessionId,
      number: this.#number,
      line: record.line,
      isEnd,
    });
    this.#number++;
    return record.id;
  }

  async #publish(event: NumberedLine): Promise<void> {
    const { maxPayload } = limitsOf(this.#nats);
    for (const message of toMessages(event, maxPayload)) {
      await this.#publishMessage(message);
    }
  }

  async #publishMessage(message: OutgoingMessage): Promise<void> {
    const { signal, sessionId } = this.#options;
    for (;;) {
      if (signal.aborted) throw new SessionTakenError("It was given back");
      try {
        const { seq, duplicate } = await this.#nats.client.publish(
          eventsSubject(sessionId),
          message.payload,
          {
            msgID: message.messageId,
            headers: message.headers,
            expect: { lastSubjectSequence: this.#sequence },
            timeout: 5_000,
          },
        );
        if (duplicate) await this.#checkOwn(seq, message);
        this.#sequence = seq;
        return;
      } catch (error) {
        if (isWrongSequence(error)) await this.#reconcile(message);
        else if (!isTransient(error)) throw error;
        else await pause(retryInterval, signal);
      }
    }
  }

  /** A message that is there already must be the one that was sent, and its answer lost. */
  async #checkOwn(sequence: number, message: OutgoingMessage): Promise<void> {
    const stored = await this.#nats.manager.streams.getMessage(eventsStream, {
      seq: sequence,
    });
    if (stored === null || !isSame(stored.data, message.payload)) {
      throw new SessionTakenError("Another machine goes on with it");
    }
  }

  /** The subject does not end where this machine left it: others wrote, or NATS has lost what it had. */
  async #reconcile(message: OutgoingMessage): Promise<void> {
    const last = await this.#nats.manager.streams.getMessage(eventsStream, {
      last_by_subj: eventsSubject(this.#options.sessionId),
    });
    const lastNumber = last === null ? -1 : numberOf({ headers: last.header });
    const sequence = last?.seq ?? 0;
    const current = numberOf(message);
    // If it is this very message, only the answer was lost: the next try says so.
    if (
      lastNumber > current ||
      lastNumber === current && !isSame(last!.data, message.payload)
    ) {
      throw new SessionTakenError("Another machine goes on with it");
    }
    this.#sequence = sequence;
    if (lastNumber >= current - 1) return;
    // What was acknowledged is gone: this machine's file has it.
    const lines = await this.#options.lines?.() ?? [];
    for (let number = lastNumber + 1; number < current; number++) {
      const line = lines[number];
      if (line === undefined) continue;
      const { sessionId } = this.#options;
      await this.#publish({ sessionId, number, line, isEnd: false });
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What NATS takes. */
export function limitsOf({ connection }: Nats): { maxPayload: number } {
  return { maxPayload: connection.info?.max_payload ?? 1024 * 1024 };
}

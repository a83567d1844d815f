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
  type OutgoingMessage,
  toMessages,
} from "./event_messages.ts";
import { fillEvents } from "./fill_events.ts";
import {
  eventsSubject,
  isTransient,
  isWrongSequence,
  lastSequence,
  maxPayload,
  type Nats,
} from "./nats.ts";
import { pause } from "./pause.ts";

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
  /** Whether the session is still this machine's. */
  readonly isOwn: () => Promise<boolean>;
  /** Called before `session_complete` is published, so that whoever reads it finds the session ended. */
  readonly beforeEnd: (record: SinkRecord) => Promise<void>;
  /** Ends the tries to publish: the machine gives the session back. */
  readonly signal: AbortSignal;
}

/**
 * Publishes events one after the other. Each names the sequence of the one
 * before: as soon as another machine has begun its attempt on the same
 * subject, this one cannot publish any more, however late it notices.
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
      time: Date.now(),
    });
    this.#number++;
    return record.id;
  }

  async #publish(event: NumberedLine): Promise<void> {
    for (const message of toMessages(event, maxPayload(this.#nats))) {
      await this.#publishMessage(message, event.number);
    }
  }

  async #publishMessage(
    message: OutgoingMessage,
    number: number,
  ): Promise<void> {
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
        // Either the answer to this very message was lost, or another machine has told the same.
        if (duplicate) await this.#checkOwn();
        this.#sequence = Math.max(this.#sequence, seq);
        return;
      } catch (error) {
        if (error instanceof SessionTakenError) throw error;
        if (isWrongSequence(error)) await this.#reconcile(number);
        else if (!isTransient(error)) throw error;
        await pause(retryInterval, signal);
      }
    }
  }

  async #checkOwn(): Promise<void> {
    if (await this.#options.isOwn()) return;
    throw new SessionTakenError("Another machine goes on with it");
  }

  /** The subject does not end where this machine left it: another one has the session, or NATS has lost what it had. */
  async #reconcile(number: number): Promise<void> {
    const { sessionId, lines } = this.#options;
    try {
      await this.#checkOwn();
      // What was acknowledged and is gone: this machine's file has it.
      const known = await lines?.() ?? [];
      await fillEvents(this.#nats, sessionId, known.slice(0, number));
      this.#sequence = await lastSequence(this.#nats, sessionId);
    } catch (error) {
      // The next try comes here again.
      if (error instanceof SessionTakenError || !isTransient(error)) {
        throw error;
      }
    }
  }
}

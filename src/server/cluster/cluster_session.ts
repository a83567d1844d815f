/**
 * A session of the cluster, as one server sees it: a state that NATS tells,
 * and a log that follows the stream while somebody reads.
 *
 * @module
 */

import { encodeSse } from "../../events/encode.ts";
import { EventLog } from "../../events/log.ts";
import type { StoredHeader } from "../../events/stored_session.ts";
import type { TimedEvent } from "../../results/run_record.ts";
import { frameChunk } from "../listener/chunked.ts";
import { readEvents as eventsOf } from "../read_events.ts";
import type { SessionView } from "../schemas.ts";
import { type ServedSession, SessionRefusedError } from "../session_book.ts";
import { eventsStream, eventsSubject, type Nats } from "./nats.ts";
import { readEvents } from "./read_events.ts";
import { type SessionState, viewOf } from "./session_state.ts";

/** Milliseconds for which a log that nobody reads is kept: readers that were cut come back to it. */
const idleTime = 30_000;

interface Followed {
  readonly log: EventLog;
  readonly stop: AbortController;
  readonly caughtUp: Promise<void>;
}

/** A session that runs on any machine. */
export class ClusterSession implements ServedSession {
  readers = 0;
  state: SessionState;
  isCancelled = false;
  readonly #nats: Nats;
  readonly #cancel: (session: ClusterSession) => Promise<void>;
  #followed: Followed | undefined;
  #lastRead = 0;

  constructor(
    nats: Nats,
    state: SessionState,
    cancel: (session: ClusterSession) => Promise<void>,
  ) {
    this.#nats = nats;
    this.state = state;
    this.#cancel = cancel;
  }

  get id(): string {
    return this.state.header.session_id;
  }

  get header(): StoredHeader {
    return this.state.header;
  }

  /** Bytes of memory that its log holds. */
  get memory(): number {
    return this.#followed?.log.memory ?? 0;
  }

  view(): SessionView {
    return viewOf(this.state, this.isCancelled);
  }

  async stop(): Promise<void> {
    if (this.state.summary === undefined) await this.#cancel(this);
  }

  /**
   * Its log, as far as the stream had it when this was called, and live.
   * Resumed readers need what came before to be there.
   *
   * @throws {SessionRefusedError} If NATS does not answer.
   */
  async openLog(): Promise<EventLog> {
    this.#lastRead = performance.now();
    const { log, caughtUp } = this.#followed ??= this.#follow();
    await caughtUp;
    return log;
  }

  async events(): Promise<TimedEvent[]> {
    return eventsOf(await this.openLog()).map((event) => ({ event, at: NaN }));
  }

  /** Lets go of the log if nobody reads it. */
  rest(): void {
    if (this.readers > 0) this.#lastRead = performance.now();
    else if (performance.now() - this.#lastRead > idleTime) this.close();
  }

  /** Stops following. */
  close(): void {
    this.#followed?.stop.abort();
    this.#followed = undefined;
  }

  #follow(): Followed {
    const log = new EventLog({
      encode: (id, line) => frameChunk(encodeSse(id, line)),
    });
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    void this.#read(log, stop.signal, resolve);
    return { log, stop, caughtUp: Promise.race([promise, this.#isEmpty()]) };
  }

  /** Resolves if the session has no events yet: there is nothing to catch up with. */
  async #isEmpty(): Promise<void> {
    try {
      const last = await this.#nats.manager.streams.getMessage(eventsStream, {
        last_by_subj: eventsSubject(this.id),
      });
      if (last !== null) await new Promise(() => {});
    } catch (error) {
      this.close();
      throw new SessionRefusedError("Cannot reach NATS: try again", true, {
        cause: error,
      });
    }
  }

  async #read(
    log: EventLog,
    signal: AbortSignal,
    onCaughtUp: () => void,
  ): Promise<void> {
    const lines = readEvents(this.#nats, this.id, signal);
    for await (const { line, id, isEnd, isNewest } of lines) {
      log.append(line, id);
      if (isEnd) log.end();
      if (isNewest || isEnd) onCaughtUp();
    }
  }
}

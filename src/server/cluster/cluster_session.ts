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
import { lastSequence, type Nats } from "./nats.ts";
import { readEvents, type ReadEventsOptions } from "./read_events.ts";
import { type SessionState, viewOf } from "./session_state.ts";

/** Milliseconds for which a log that nobody reads is kept: readers that were cut come back to it. */
const idleTime = 30_000;

interface Followed {
  readonly log: EventLog;
  /** When each event happened, milliseconds since 1970. */
  readonly times: (number | undefined)[];
  readonly stop: AbortController;
  readonly caughtUp: Promise<void>;
}

/** A session that runs on any machine. */
export class ClusterSession implements ServedSession {
  readers = 0;
  /** As NATS told it last. */
  state: SessionState;
  /** Whether somebody has asked that it stop. */
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
    return (await this.#open()).log;
  }

  async events(): Promise<TimedEvent[]> {
    const { log, times } = await this.#open();
    const start = Date.parse(this.header.created_at);
    return eventsOf(log).map((event, i) => ({
      event,
      at: (times[i] ?? NaN) - start,
    }));
  }

  async #open(): Promise<Followed> {
    this.#lastRead = performance.now();
    const followed = this.#followed ??= this.#follow();
    await followed.caughtUp;
    return followed;
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
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const times: (number | undefined)[] = [];
    const { signal } = stop;
    const caughtUp = lastSequence(this.#nats, this.id).then((present) => {
      void this.#read({ log, times }, { signal, present, onCaughtUp: resolve })
        .finally(resolve);
      return present > 0 ? reached : undefined;
    }, (error) => {
      // It may have been let go of, and followed anew, meanwhile.
      if (this.#followed?.stop === stop) this.close();
      throw new SessionRefusedError("Cannot reach NATS: try again", true, {
        cause: error,
      });
    });
    return { log, times, stop, caughtUp };
  }

  async #read(
    { log, times }: Pick<Followed, "log" | "times">,
    options: ReadEventsOptions,
  ): Promise<void> {
    const lines = readEvents(this.#nats, this.id, options);
    for await (const { line, id, isEnd, time } of lines) {
      times.push(time);
      log.append(line, id);
      if (isEnd) log.end();
    }
  }
}

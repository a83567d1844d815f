/**
 * Where a session's events are kept before anybody reads them.
 *
 * @module
 */

import type { AgentEvent } from "./event.ts";

/** An event on its way to its readers. */
export interface SinkRecord {
  /** What its id will be, unless the sink has another. */
  readonly id: string;
  /** The event as NDJSON. */
  readonly line: Uint8Array<ArrayBuffer>;
  readonly event: AgentEvent;
}

/** Keeps the events of one session: a file, or a stream that other machines read. */
export interface EventSink {
  /**
   * Keeps an event.
   *
   * @returns The id under which it may now be sent.
   * @throws {SessionTakenError} If another machine has taken the session over.
   */
  append(record: SinkRecord): Promise<string>;
}

/** A session that another machine goes on with: nothing of it may be told from here any more. */
export class SessionTakenError extends Error {
  override readonly name = "SessionTakenError";
}

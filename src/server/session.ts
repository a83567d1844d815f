/**
 * One session: what was asked, its log, and how it stands.
 *
 * @module
 */

import { encodeNdjson, encodeSse } from "../events/encode.ts";
import type { AgentEvent } from "../events/event.ts";
import { EventLedger } from "../events/ledger.ts";
import { EventLog } from "../events/log.ts";
import type { EventSink } from "../events/sink.ts";
import type { StoredHeader, StoredSummary } from "../events/stored_session.ts";
import type { TimedEvent } from "../results/run_record.ts";
import { frameChunk } from "./listener/chunked.ts";
import { readEvents } from "./read_events.ts";
import type { SessionView } from "./schemas.ts";
import type { ServedSession } from "./session_book.ts";

/** An empty log whose records are framed for the sockets. */
function framedLog(): EventLog {
  return new EventLog({
    encode: (id, line) => frameChunk(encodeSse(id, line)),
  });
}

/** A log that knows its ids and keeps nothing. */
function emptyLog(): EventLog {
  const nothing = new Uint8Array();
  return new EventLog({ encode: () => nothing });
}

/** Options of a {@linkcode Session}. */
export interface SessionOptions {
  /** Whether its events can be read from here; else only its sink has them. @default {true} */
  readonly isReadHere?: boolean;
  /** Present if the session ended in an earlier life of the server, or was put away. */
  readonly summary?: StoredSummary;
  /** Fills an empty log from the disk, and ends it. */
  readonly load?: (log: EventLog) => Promise<void>;
}

/** A session, whether it waits, runs, or has ended. */
export class Session implements ServedSession {
  readonly header: StoredHeader;
  /** Readers at the moment. */
  readers = 0;
  /** Where its events are kept, if anywhere. */
  sink: EventSink | undefined;
  readonly #ledger = new EventLedger();
  readonly #controller = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  /** When each event of this life was published, milliseconds since the session was made. */
  readonly #times: number[] = [];
  #running = false;
  #cancelled = false;
  #publishing: Promise<void> = Promise.resolve();
  #summary: StoredSummary | undefined;
  #load: ((log: EventLog) => Promise<void>) | undefined;
  #log: EventLog | undefined;
  #loading: Promise<EventLog> | undefined;

  constructor(
    header: StoredHeader,
    { summary, load, isReadHere = true }: SessionOptions = {},
  ) {
    this.header = header;
    this.#summary = summary;
    this.#load = load;
    if (load === undefined) this.#log = isReadHere ? framedLog() : emptyLog();
    if (summary !== undefined) this.#ended.resolve();
  }

  get id(): string {
    return this.header.session_id;
  }

  /** Aborted when the session is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when the session has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** How it ended, once it has. */
  get summary(): StoredSummary | undefined {
    return this.#summary;
  }

  /** Bytes of memory that its log holds. */
  get memory(): number {
    return this.#log?.memory ?? 0;
  }

  /** The session as clients see it. */
  view(): SessionView {
    return {
      session_id: this.id,
      query: this.header.query,
      status: this.#summary?.status ??
        (this.#cancelled ? "cancelled" : this.#running ? "running" : "queued"),
      num_agents: this.header.num_agents,
      winner_agent_id: this.#summary?.winner_agent_id ?? null,
      description: this.#summary?.description ?? null,
      created_at: this.header.created_at,
      ended_at: this.#summary?.ended_at ?? null,
    };
  }

  /**
   * Its log, read from the disk if need be.
   *
   * @throws {Error} If the disk does not give it.
   */
  openLog(): Promise<EventLog> {
    if (this.#log !== undefined) return Promise.resolve(this.#log);
    return this.#loading ??= this.#read();
  }

  /**
   * Its events so far. Those of an earlier life of the server have no times.
   *
   * @throws As {@linkcode openLog}.
   */
  async events(): Promise<TimedEvent[]> {
    const events = readEvents(await this.openLog());
    const known = this.#times.length === events.length;
    return events.map((event, i) => ({
      event,
      at: known ? this.#times[i]! : NaN,
    }));
  }

  /** Marks that its run has begun. */
  begin(): void {
    this.#running = true;
  }

  /** Stops it: its agents end, then the session. */
  stop(): void {
    if (this.#summary !== undefined) return;
    this.#cancelled = true;
    this.#controller.abort(
      new DOMException("The session was stopped", "AbortError"),
    );
  }

  /** Stops it without a word, as another machine goes on with it. */
  abandon(): void {
    this.#controller.abort(
      new DOMException("The session was taken over", "AbortError"),
    );
  }

  /** Takes over what an earlier attempt at this session has published, under its ids. */
  recall(event: AgentEvent, id: string): void {
    this.#ledger.record(event);
    this.#log?.append(encodeNdjson(event), id);
  }

  /**
   * Keeps and publishes an event. What comes behind `session_complete` is dropped.
   *
   * @throws What the sink throws.
   */
  publish(event: AgentEvent): Promise<void> {
    return this.#publishing = this.#publishing.then(async () => {
      if (this.#ledger.outcome !== undefined || this.#log === undefined) return;
      this.#ledger.record(event);
      const line = encodeNdjson(event);
      const id = this.#log.nextId;
      this.#log.append(
        line,
        await this.sink?.append({ id, line, event }) ?? id,
      );
      this.#times.push(Date.now() - Date.parse(this.header.created_at));
    });
  }

  /** Publishes what is missing for an orderly end. */
  async publishEnd(fault: string | undefined): Promise<StoredSummary> {
    for (const event of this.#ledger.close(fault)) {
      await this.publish(event);
    }
    const { winnerAgentId, description } = this.#ledger.outcome!;
    const summary: StoredSummary = {
      status: this.#cancelled ? "cancelled" : "complete",
      winner_agent_id: winnerAgentId,
      description,
      ended_at: new Date().toISOString(),
    };
    this.endAs(summary);
    this.#log?.end();
    return summary;
  }

  /** Marks how it ended, as found on the disk. */
  endAs(summary: StoredSummary): void {
    this.#summary = summary;
    this.#ended.resolve();
  }

  /** Lets go of the log, as `load` can bring it back. */
  putAway(load: (log: EventLog) => Promise<void>): void {
    this.#load = load;
    this.#log = undefined;
    this.#loading = undefined;
  }

  async #read(): Promise<EventLog> {
    const log = framedLog();
    try {
      await this.#load!(log);
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
    return this.#log = log;
  }
}

/**
 * The events of a session from the stream, in the order in which they
 * happened, each once, whatever the stream has seen.
 *
 * @module
 */

import { encodeNdjson } from "../../events/encode.ts";
import { Assembler, type PublishedLine } from "./event_messages.ts";
import { follow } from "./follow.ts";
import { eventsStream, eventsSubject, type Nats } from "./nats.ts";
import { pause } from "./pause.ts";

/** Milliseconds for which an event that the stream has lost is awaited: its worker publishes it again as soon as it can. */
const gapPatience = 30_000;

/** Milliseconds between two tries to read. */
const retryInterval = 250;

/** Options of {@linkcode readEvents}. */
export interface ReadEventsOptions {
  readonly signal: AbortSignal;
  /** Sequence up to which the session is there already. */
  readonly present: number;
  /** Told once all that was present has been read. */
  readonly onCaughtUp: () => void;
}

/**
 * Follows a session until its end, or until the signal aborts. Reconnects by
 * itself, for as long as it takes.
 */
export async function* readEvents(
  nats: Nats,
  sessionId: string,
  { signal, present, onCaughtUp }: ReadEventsOptions,
): AsyncGenerator<PublishedLine, void> {
  const order = new InOrder();
  const assembler = new Assembler();
  let next = 1;
  let last = present;
  while (!signal.aborted) {
    for await (
      const message of follow(nats, {
        stream: eventsStream,
        consumer: {
          filter_subjects: eventsSubject(sessionId),
          opt_start_seq: next,
        },
        signal,
        isStuck: () => order.waitsSince(gapPatience),
      })
    ) {
      next = message.seq + 1;
      const line = assembler.take(message);
      for (const ready of line === undefined ? [] : order.take(line)) {
        yield ready;
        if (ready.isEnd) return;
      }
      if (next > last && !order.isWaiting) onCaughtUp();
    }
    for (const ready of order.giveUp(gapPatience)) {
      yield ready;
      if (ready.isEnd) return;
    }
    if (next > last && !order.isWaiting) onCaughtUp();
    if (signal.aborted) return;
    await pause(retryInterval, signal);
    const end = await streamEnd(nats);
    if (end === undefined || end + 1 >= next) continue;
    // The stream was made anew.
    next = 1;
    last = Math.min(last, end);
  }
}

/** Sequence of the stream's last message; `undefined` if NATS does not say. */
async function streamEnd(nats: Nats): Promise<number | undefined> {
  try {
    return (await nats.manager.streams.info(eventsStream)).state.last_seq;
  } catch {
    return undefined;
  }
}

/** Puts events in order by their numbers, each once. */
class InOrder {
  readonly #early = new Map<number, PublishedLine>();
  #next = 0;
  #since = Infinity;

  /** Takes an event; yields what is next. */
  *take(line: PublishedLine): Generator<PublishedLine> {
    if (line.number >= this.#next) this.#early.set(line.number, line);
    yield* this.#ready();
  }

  /** Whether an event is missing. */
  get isWaiting(): boolean {
    return this.#early.size > 0;
  }

  /** Whether an event has been missing for so long, milliseconds. */
  waitsSince(milliseconds: number): boolean {
    return performance.now() - this.#since > milliseconds;
  }

  /** If one has been missing for so long: an `error` in its place, and what is next. */
  *giveUp(milliseconds: number): Generator<PublishedLine> {
    if (!this.waitsSince(milliseconds)) return;
    const first = Math.min(...this.#early.keys());
    while (this.#next < first) {
      yield {
        number: this.#next,
        id: `lost-${this.#next++}`,
        line: encodeNdjson({
          type: "error",
          message: "Cannot show this record as it was lost",
        }),
        isEnd: false,
      };
    }
    yield* this.#ready();
  }

  *#ready(): Generator<PublishedLine> {
    for (
      let line = this.#early.get(this.#next);
      line !== undefined;
      line = this.#early.get(this.#next)
    ) {
      this.#early.delete(this.#next++);
      yield line;
    }
    if (this.#early.size === 0) this.#since = Infinity;
    else if (this.#since === Infinity) this.#since = performance.now();
  }
}

/**
 * The events of a session from the stream, in the order in which they
 * happened, each once, whatever the stream has seen.
 *
 * @module
 */

import { encodeNdjson } from "../../events/encode.ts";
import { Assembler, type PublishedLine } from "./event_messages.ts";
import { eventsStream, eventsSubject, type Nats } from "./nats.ts";

/** An event, and whether the stream has more at the moment. */
export interface ReadLine extends PublishedLine {
  /** It was the newest when it was read. */
  readonly isNewest: boolean;
}

/** Milliseconds for which an event that the stream has lost is awaited: its worker publishes it again as soon as it can. */
const gapPatience = 30_000;

/** Messages that are asked for at once: bytes wait in the client, not in a reader. */
const batch = 32;

/** Milliseconds between two tries to read. */
const retryInterval = 250;

/** Milliseconds of silence after which the stream is asked again. */
const idleHeartbeat = 2_000;

/**
 * Follows a session until its end, or until `signal` aborts. Reconnects by
 * itself, for as long as it takes.
 */
export async function* readEvents(
  nats: Nats,
  sessionId: string,
  signal: AbortSignal,
): AsyncGenerator<ReadLine, void> {
  const order = new InOrder();
  let next = 1;
  while (!signal.aborted) {
    const assembler = new Assembler();
    let partsFrom = next;
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    signal.addEventListener("abort", onAbort);
    try {
      const consumer = await nats.client.consumers.get(eventsStream, {
        filter_subjects: eventsSubject(sessionId),
        opt_start_seq: next,
        inactive_threshold: 30_000,
      });
      const messages = await consumer.consume({
        max_messages: batch,
        idle_heartbeat: idleHeartbeat,
        expires: 10_000,
      });
      const close = (): void => void messages.close();
      stop.signal.addEventListener("abort", close);
      const timer = setInterval(() => {
        if (order.waitsSince(gapPatience)) close();
      }, 1_000);
      try {
        for await (const message of messages) {
          partsFrom = message.seq + 1;
          const line = assembler.take(message);
          if (line === undefined) continue;
          next = partsFrom;
          const isNewest = message.info.pending === 0;
          for (const ready of order.take(line)) {
            yield { ...ready, isNewest };
            if (ready.isEnd) return;
          }
        }
      } finally {
        clearInterval(timer);
        close();
      }
    } catch {
      // NATS is away, or has lost the stream: it is made anew by then.
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    for (const ready of order.giveUp(gapPatience)) {
      yield { ...ready, isNewest: false };
      if (ready.isEnd) return;
    }
    await pause(retryInterval, signal);
    next = await stillThere(nats, next);
  }
}

/** `next`, or the first sequence if the stream was made anew and has not come so far. */
async function stillThere(nats: Nats, next: number): Promise<number> {
  try {
    const { state } = await nats.manager.streams.info(eventsStream);
    return state.last_seq + 1 < next ? 1 : next;
  } catch {
    return next;
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

/** Resolves after `milliseconds`, or when the signal aborts. */
export function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}

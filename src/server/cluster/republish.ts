/**
 * Gives the stream back what it has lost, from this machine's files. These are
 * the truth: an event is there before it is published.
 *
 * @module
 */

import type { EventStore } from "../../events/store.ts";
import { limitsOf } from "./event_stream_sink.ts";
import { numberOf, toMessages } from "./event_messages.ts";
import { eventsStream, eventsSubject, type Nats } from "./nats.ts";
import { changeState, readState } from "./session_state.ts";

/** Options of {@linkcode republish}. */
export interface RepublishOptions {
  /** Sessions whose files were written after this time are looked at, milliseconds since 1970. */
  readonly since: number;
  readonly signal: AbortSignal;
  /** Told of each session that had lost events. */
  readonly onNotice: (line: string) => void;
}

/**
 * Publishes what the stream lacks of the sessions that this machine has files
 * of, each event under the message id that it had; and their states.
 */
export async function republish(
  nats: Nats,
  store: EventStore,
  { since, signal, onNotice }: RepublishOptions,
): Promise<void> {
  for (const { header, summary } of store.closedSince(since)) {
    if (signal.aborted) return;
    const id = header.session_id;
    const count = await fill(nats, id, await store.lines(id));
    if (count > 0) onNotice(`Session ${id}: ${count} lost event(s) published`);
    if (await readState(nats, id) !== undefined) continue;
    await changeState(nats, id, {
      signal,
      change: (now) =>
        now ?? { header, summary, status: summary.status, attempt: 0 },
    });
  }
  for (const header of [...store.interrupted()]) {
    if (signal.aborted) return;
    const id = header.session_id;
    if (await readState(nats, id) === undefined) continue;
    // The last line may not have been published: another attempt may have
    // gone another way from there.
    const lines = (await store.lines(id)).slice(0, -1);
    const count = await fill(nats, id, lines);
    if (count > 0) onNotice(`Session ${id}: ${count} lost event(s) published`);
  }
}

/** Publishes those of `lines` that the stream lacks. @returns how many */
async function fill(
  nats: Nats,
  sessionId: string,
  lines: readonly (Uint8Array | undefined)[],
): Promise<number> {
  const present = await numbersOf(nats, sessionId, lines.length);
  let count = 0;
  for (const [number, line] of lines.entries()) {
    if (line === undefined || present.has(number)) continue;
    const isEnd = isSessionComplete(line);
    const event = { sessionId, number, line, isEnd };
    for (
      const { messageId, headers, payload } of toMessages(
        event,
        limitsOf(nats).maxPayload,
      )
    ) {
      await nats.client.publish(eventsSubject(sessionId), payload, {
        msgID: messageId,
        headers,
      });
    }
    count++;
  }
  return count;
}

/** Numbers of the events that the stream has of a session; if it has as many messages as expected, all. */
async function numbersOf(
  nats: Nats,
  sessionId: string,
  expected: number,
): Promise<Set<number>> {
  const subject = eventsSubject(sessionId);
  const { state } = await nats.manager.streams.info(eventsStream, {
    subjects_filter: subject,
  });
  const count = state.subjects?.[subject] ?? 0;
  if (count >= expected) return new Set(Array(expected).keys());
  const numbers = new Set<number>();
  if (count === 0) return numbers;
  const consumer = await nats.client.consumers.get(eventsStream, {
    filter_subjects: subject,
    headers_only: true,
  });
  const messages = await consumer.fetch({
    max_messages: count,
    expires: 5_000,
  });
  for await (const message of messages) numbers.add(numberOf(message));
  return numbers;
}

function isSessionComplete(line: Uint8Array): boolean {
  const start = new TextDecoder().decode(line.subarray(0, 27));
  return start === '{"type":"session_complete",';
}

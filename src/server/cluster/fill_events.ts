/**
 * Publishes again what the stream lacks of a session: each event under the
 * message id that it had, so that what is there stays alone.
 *
 * @module
 */

import { toMessages } from "./event_messages.ts";
import { eventsStream, eventsSubject, maxPayload, type Nats } from "./nats.ts";

/** Milliseconds to read which messages there are. */
const readingTime = 5_000;

/**
 * Publishes those of `lines` that the stream lacks.
 *
 * @param lines The session's events from the first on; `undefined` for those that nobody knows.
 * @returns how many
 */
export async function fillEvents(
  nats: Nats,
  sessionId: string,
  lines: readonly (Uint8Array | undefined)[],
): Promise<number> {
  const present = await messageIds(nats, sessionId);
  let count = 0;
  for (const [number, line] of lines.entries()) {
    if (line === undefined) continue;
    const isEnd = isSessionComplete(line);
    const lacking = toMessages(
      { sessionId, number, line, isEnd },
      maxPayload(nats),
    ).filter(({ messageId }) => !present.has(messageId));
    for (const { messageId, headers, payload } of lacking) {
      await nats.client.publish(eventsSubject(sessionId), payload, {
        msgID: messageId,
        headers,
      });
    }
    if (lacking.length > 0) count++;
  }
  return count;
}

/** Ids of the messages that the stream has of a session. */
async function messageIds(
  nats: Nats,
  sessionId: string,
): Promise<Set<string>> {
  const subject = eventsSubject(sessionId);
  const { state } = await nats.manager.streams.info(eventsStream, {
    subjects_filter: subject,
  });
  const count = state.subjects?.[subject] ?? 0;
  const ids = new Set<string>();
  if (count === 0) return ids;
  const consumer = await nats.client.consumers.get(eventsStream, {
    filter_subjects: subject,
    headers_only: true,
  });
  const messages = await consumer.fetch({
    max_messages: count,
    expires: readingTime,
  });
  for await (const { headers } of messages) {
    ids.add(headers?.get("Nats-Msg-Id") ?? "");
  }
  return ids;
}

function isSessionComplete(line: Uint8Array): boolean {
  const start = new TextDecoder().decode(line.subarray(0, 27));
  return start === '{"type":"session_complete",';
}

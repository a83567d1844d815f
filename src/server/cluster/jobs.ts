/**
 * The queue of sessions that no worker has begun yet.
 *
 * @module
 */

import { encodeNdjson } from "../../events/encode.ts";
import { EventLedger } from "../../events/ledger.ts";
import type { StoredSummary } from "../../events/stored_session.ts";
import { toMessages } from "./event_messages.ts";
import {
  eventsSubject,
  isWrongSequence,
  jobsStream,
  jobSubject,
  maxPayload,
  type Nats,
} from "./nats.ts";
import {
  changeState,
  type SessionJob,
  type SessionState,
  stateKey,
} from "./session_state.ts";

/**
 * Queues a session for whichever worker has room.
 *
 * @throws What NATS says; nobody knows of the session then.
 */
export async function queueJob(
  { client, states }: Nats,
  job: SessionJob,
): Promise<SessionState> {
  const { header } = job;
  const id = header.session_id;
  const state: SessionState = { header, status: "queued", attempt: 0 };
  try {
    await states.create(stateKey(id), JSON.stringify(state));
    await client.publish(jobSubject(id), JSON.stringify(job), {
      msgID: id,
      retries: 5,
      timeout: 5_000,
    });
  } catch (error) {
    await states.purge(stateKey(id)).catch(() => {});
    throw error;
  }
  return state;
}

/**
 * Ends a session that no worker has begun: nobody can begin it any more once
 * its first event is its last.
 *
 * @returns its state; `undefined` if a worker was faster
 * @throws What NATS says.
 */
export async function endQueued(
  nats: Nats,
  state: SessionState,
  signal: AbortSignal,
): Promise<SessionState | undefined> {
  const id = state.header.session_id;
  const [event] = new EventLedger().close();
  const [message] = toMessages({
    sessionId: id,
    number: 0,
    line: encodeNdjson(event!),
    isEnd: true,
    time: Date.now(),
  }, maxPayload(nats));
  try {
    await nats.client.publish(eventsSubject(id), message!.payload, {
      msgID: message!.messageId,
      headers: message!.headers,
      expect: { lastSubjectSequence: 0 },
    });
  } catch (error) {
    if (isWrongSequence(error)) return undefined;
    throw error;
  }
  const summary: StoredSummary = {
    status: "cancelled",
    winner_agent_id: null,
    description: "No target found",
    ended_at: new Date().toISOString(),
  };
  const ended = await changeState(nats, id, {
    signal,
    change: (now = state) => ({
      ...now,
      status: "cancelled",
      summary: now.summary ?? summary,
    }),
  });
  await nats.manager.streams.purge(jobsStream, { filter: jobSubject(id) });
  return ended;
}

/**
 * The state of a session, as all machines know it: one key of the bucket,
 * written by whoever is about to tell of a change.
 *
 * @module
 */

import { z } from "zod";
import { SessionTakenError } from "../../events/sink.ts";
import { storedHeader, storedSummary } from "../../events/stored_session.ts";
import { sessionStatus, type SessionView } from "../schemas.ts";
import {
  eventsStream,
  eventsSubject,
  isTransient,
  isWrongSequence,
  type Nats,
} from "./nats.ts";
import { pause } from "./pause.ts";

const pose = z.object({
  x: z.number(),
  y: z.number(),
  z: z.number(),
  yaw: z.number(),
});

/** Schema of a job. */
export const sessionJob = z.object({
  header: storedHeader,
  request: z.object({
    query: z.string(),
    start: pose,
    numAgents: z.int(),
    maxSteps: z.int(),
    seed: z.number(),
  }),
});

/** What a worker needs to know. */
export type SessionJob = z.infer<typeof sessionJob>;

const sessionState = z.object({
  header: storedHeader,
  status: sessionStatus,
  /** Attempts so far. */
  attempt: z.int(),
  /** Whose attempt the last one was. */
  worker: z.string().optional(),
  summary: storedSummary.optional(),
});

/** The state of a session. */
export type SessionState = z.infer<typeof sessionState>;

/** Key of a session's state. */
export function stateKey(id: string): string {
  return `session.${id}`;
}

/** Key whose presence says that a session is to stop. */
function cancelKey(id: string): string {
  return `cancel.${id}`;
}

/** Milliseconds between two tries to write. */
const retryInterval = 250;

/** The session as clients see it. */
export function viewOf(
  { header, status, summary }: SessionState,
  isCancelled: boolean,
): SessionView {
  const running = isCancelled ? "cancelled" : status;
  return {
    session_id: header.session_id,
    query: header.query,
    status: summary?.status ?? running,
    num_agents: header.num_agents,
    winner_agent_id: summary?.winner_agent_id ?? null,
    description: summary?.description ?? null,
    created_at: header.created_at,
    ended_at: summary?.ended_at ?? null,
  };
}

/** A state as it was written; `undefined` for what is none. */
export function parseState(bytes: Uint8Array): SessionState | undefined {
  try {
    return sessionState.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

/** The state of a session, from NATS's leader; `undefined` if there is none. */
export async function readState(
  { states }: Nats,
  id: string,
): Promise<SessionState | undefined> {
  const entry = await states.get(stateKey(id));
  return entry?.operation === "PUT"
    ? sessionState.parse(entry.json())
    : undefined;
}

/** Whether somebody has asked that a session stop. */
export async function isCancelled(
  { states }: Nats,
  id: string,
): Promise<boolean> {
  return (await states.get(cancelKey(id)))?.operation === "PUT";
}

/** Asks whoever runs a session to stop it. */
export async function askToStop({ states }: Nats, id: string): Promise<void> {
  await states.put(cancelKey(id), "");
}

/** Removes all that NATS has of a session. */
export async function removeSession(
  { manager, states }: Nats,
  id: string,
): Promise<void> {
  await Promise.all([
    manager.streams.purge(eventsStream, { filter: eventsSubject(id) }),
    states.purge(stateKey(id)),
    states.purge(cancelKey(id)),
  ]);
}

/**
 * Changes the state of a session, if nobody else changes it meanwhile; tries
 * again until NATS takes it.
 *
 * @param change May be called several times; what it throws is thrown.
 * @throws {SessionTakenError} If the signal aborts before.
 */
export async function changeState(
  { states }: Nats,
  id: string,
  { change, signal }: {
    readonly change: (state: SessionState | undefined) => SessionState;
    readonly signal: AbortSignal;
  },
): Promise<SessionState> {
  for (;;) {
    if (signal.aborted) throw new SessionTakenError("It was given back");
    let changed: SessionState | undefined;
    try {
      const entry = await states.get(stateKey(id));
      const isThere = entry?.operation === "PUT";
      changed = change(
        isThere ? sessionState.parse(entry!.json()) : undefined,
      );
      await states.put(stateKey(id), JSON.stringify(changed), {
        previousSeq: entry?.revision ?? 0,
      });
      return changed;
    } catch (error) {
      if (error instanceof SessionTakenError) throw error;
      if (!isWrongSequence(error) && !isTransient(error)) throw error;
      await pause(retryInterval, signal);
    }
  }
}

/**
 * What all machines tell of the sessions, as it changes.
 *
 * @module
 */

import { DeliverPolicy } from "@nats-io/jetstream";
import { follow } from "./follow.ts";
import { type Nats, statesStream } from "./nats.ts";
import { pause } from "./pause.ts";
import { parseState, type SessionState } from "./session_state.ts";

/** There only if the key was removed. */
const operationHeader = "KV-Operation";

/** Milliseconds between two tries to follow the states. */
const retryInterval = 500;

/** Options of {@linkcode watchStates}. */
export interface WatchStatesOptions {
  readonly signal: AbortSignal;
  /** Told of each state, at first of all that there are. */
  readonly onState: (state: SessionState) => void;
  /** Told of sessions that are to stop. */
  readonly onCancelled: (id: string) => void;
  /** Told of sessions that have been removed. */
  readonly onRemoved: (id: string) => void;
}

/** Follows the states until the signal aborts, through every loss of NATS. */
export async function watchStates(
  nats: Nats,
  { signal, onState, onCancelled, onRemoved }: WatchStatesOptions,
): Promise<void> {
  while (!signal.aborted) {
    // Each time anew: all states that there are.
    const messages = follow(nats, {
      stream: statesStream,
      consumer: { deliver_policy: DeliverPolicy.LastPerSubject },
      signal,
    });
    for await (const { subject, headers, data } of messages) {
      const [kind, id = ""] = subject.split(".").slice(-2);
      const isThere = !headers?.has(operationHeader);
      if (kind === "cancel") {
        if (isThere) onCancelled(id);
        continue;
      }
      if (!isThere) {
        onRemoved(id);
        continue;
      }
      const state = parseState(data);
      if (state !== undefined) onState(state);
    }
    await pause(retryInterval, signal);
  }
}

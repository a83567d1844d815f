/**
 * Gives the stream back what it has lost, from this machine's files. These are
 * the truth: an event is there before it is published.
 *
 * @module
 */

import type { EventStore } from "../../events/store.ts";
import { fillEvents } from "./fill_events.ts";
import type { Nats } from "./nats.ts";
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
    const count = await fillEvents(nats, id, await store.lines(id));
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
    const count = await fillEvents(nats, id, lines);
    if (count > 0) onNotice(`Session ${id}: ${count} lost event(s) published`);
  }
}

/**
 * Gives NATS back what it has lost, from this machine's files. These are the
 * truth: an event is there before it is published.
 *
 * @module
 */

import type { EventStore } from "../../events/store.ts";
import { fillEvents } from "./fill_events.ts";
import {
  type ClusterConfig,
  defaultAckWait,
  keptFor,
  type Nats,
  ready,
} from "./nats.ts";
import { changeState, readState } from "./session_state.ts";

/** Options of {@linkcode keepWhole}. */
export interface RepairOptions {
  readonly cluster: ClusterConfig;
  /** Milliseconds for which a session can be read after its end. */
  readonly retention: number;
  readonly store?: EventStore | undefined;
  /** Ends the repairs. */
  readonly signal: AbortSignal;
  /** Told one line each of loss and repair. */
  readonly onNotice: (line: string) => void;
  /** Told whether NATS answers, as that changes. */
  readonly onConnected: (isConnected: boolean) => void;
}

/** Repairs now, and whenever NATS comes back, until the connection is closed. */
export async function keepWhole(
  nats: Nats,
  options: RepairOptions,
): Promise<void> {
  let repairing = repair(nats, options);
  for await (const { type } of nats.connection.status()) {
    if (type === "disconnect") options.onConnected(false);
    if (type !== "reconnect") continue;
    options.onConnected(true);
    options.onNotice("NATS is back");
    repairing = repairing.then(() => repair(nats, options));
  }
}

/** Makes the streams that are gone, and publishes what this machine knows. */
async function repair(nats: Nats, options: RepairOptions): Promise<void> {
  const { cluster, retention, store, signal, onNotice } = options;
  try {
    await ready(nats, retention, cluster.ackWait ?? defaultAckWait);
    if (store === undefined) return;
    await republishEnded(nats, store, options);
    await republishInterrupted(nats, store, options);
  } catch (error) {
    if (signal.aborted) return;
    onNotice(
      `Cannot check what NATS has: ${
        (error as Error).message
      }; that is done when it comes back, or by the next start`,
    );
  }
}

/** Publishes what the stream lacks of sessions that have ended here, and their states. */
async function republishEnded(
  nats: Nats,
  store: EventStore,
  { signal, onNotice, retention }: RepairOptions,
): Promise<void> {
  const since = Date.now() - retention;
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
}

/** Publishes what the stream lacks of sessions that others go on with, and removes the files of those that nobody knows any more. */
async function republishInterrupted(
  nats: Nats,
  store: EventStore,
  { signal, onNotice, retention }: RepairOptions,
): Promise<void> {
  const forgotten = Date.now() - keptFor(retention);
  for (const header of [...store.interrupted()]) {
    if (signal.aborted) return;
    const id = header.session_id;
    if (await readState(nats, id) === undefined) {
      if (Date.parse(header.created_at) < forgotten) store.discard(id);
      continue;
    }
    // The last line may not have been published: another attempt may have
    // gone another way from there.
    const lines = (await store.lines(id)).slice(0, -1);
    const count = await fillEvents(nats, id, lines);
    if (count > 0) onNotice(`Session ${id}: ${count} lost event(s) published`);
  }
}

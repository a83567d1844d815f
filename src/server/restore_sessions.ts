/**
 * The sessions that the disk knows, when a server starts.
 *
 * @module
 */

import type { EventStore } from "../events/store.ts";
import { Session } from "./session.ts";

/** Options of {@linkcode restoreSessions}. */
export interface RestoreOptions {
  /** Milliseconds for which a session can be read after its end. */
  readonly sessionTtl: number;
  /** Told of sessions whose file cannot be read. */
  readonly onError: (error: unknown, sessionId: string) => void;
}

/**
 * Puts into `sessions` those that have ended and can still be read, whose
 * events are read when somebody asks; and those that were interrupted, which
 * are closed one after the other, from now on.
 */
export function restoreSessions(
  sessions: Map<string, Session>,
  store: EventStore,
  { sessionTtl, onError }: RestoreOptions,
): void {
  for (
    const { header, summary } of store.closedSince(Date.now() - sessionTtl)
  ) {
    const id = header.session_id;
    sessions.set(
      id,
      new Session(header, { summary, load: (log) => store.load(id, log) }),
    );
  }
  const recoveries = [...store.interrupted()].map((header) => {
    const id = header.session_id;
    const session: Session = new Session(header, {
      load: async (log) => {
        const stored = await store.recover(id, log);
        if (stored === undefined) sessions.delete(id);
        else session.endAs(stored.summary);
      },
    });
    session.begin();
    sessions.set(id, session);
    return session;
  });
  void recoveries.reduce(
    (before, session) =>
      before.then(async () => {
        await session.openLog();
      }).catch((error) => onError(error, session.id)),
    Promise.resolve(),
  );
}

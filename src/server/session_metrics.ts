/**
 * Numbers of the sessions: how many there are, who reads, what they hold.
 *
 * @module
 */

import type { ReaderCount } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { Session } from "./session.ts";

/** What is counted. */
export interface CountedSessions {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly running: ReadonlySet<Session>;
  readonly readers: ReaderCount;
  /** Bytes of the logs. */
  readonly memory: () => number;
}

/** Adds them; they are read when somebody asks. */
export function addSessionMetrics(
  metrics: Metrics,
  { sessions, running, readers, memory }: CountedSessions,
): void {
  metrics.gauge(
    "splatscout_sessions",
    "Sessions that can be read, by status",
    () => {
      const counts = { queued: 0, running: 0, complete: 0, cancelled: 0 };
      for (const session of sessions.values()) counts[session.view().status]++;
      return Object.entries(counts).map(([status, n]) => [{ status }, n]);
    },
  );
  metrics.gauge(
    "splatscout_agents",
    "Agents of the sessions that run",
    () => running.values().reduce((sum, { header }) => sum + header.num_agents, 0),
  );
  metrics.gauge(
    "splatscout_readers",
    "Streams that are read",
    () => readers.total,
  );
  metrics.gauge("splatscout_log_bytes", "Memory of the event logs", memory);
}

/**
 * Numbers of the sessions: how many there are, who reads, what they hold.
 *
 * @module
 */

import type { ReaderCount } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { ServedSession } from "./session_book.ts";

/** What is counted. */
export interface CountedSessions {
  readonly sessions: ReadonlyMap<string, Pick<ServedSession, "view">>;
  /** Those that run in this process. */
  readonly running: () => Iterable<Pick<ServedSession, "header">>;
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
    "Agents of the sessions that run here",
    () => {
      let agents = 0;
      for (const { header } of running()) agents += header.num_agents;
      return agents;
    },
  );
  metrics.gauge(
    "splatscout_readers",
    "Streams that are read",
    () => readers.total,
  );
  metrics.gauge("splatscout_log_bytes", "Memory of the event logs", memory);
}

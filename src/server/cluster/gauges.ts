/**
 * What an operator sees of a cluster at one of its servers.
 *
 * @module
 */

import type { Metrics } from "../metrics.ts";
import type { Session } from "../session.ts";
import type { ClusterSession } from "./cluster_session.ts";

/** Where the numbers come from. */
export interface GaugeSources {
  /** The sessions of the cluster that can be read. */
  readonly sessions: () => Iterable<ClusterSession>;
  /** Those that run here. */
  readonly running: () => Iterable<Session>;
  /** Streams that are read here. */
  readonly readers: () => number;
  /** Bytes of the event logs here. */
  readonly memory: () => number;
}

/** Adds the gauges. */
export function addGauges(
  metrics: Metrics,
  { sessions, running, readers, memory }: GaugeSources,
): void {
  metrics.gauge(
    "splatscout_sessions",
    "Sessions of the cluster that can be read, by status",
    () => {
      const counts = { queued: 0, running: 0, complete: 0, cancelled: 0 };
      for (const session of sessions()) counts[session.view().status]++;
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
  metrics.gauge("splatscout_readers", "Streams that are read", readers);
  metrics.gauge("splatscout_log_bytes", "Memory of the event logs", memory);
}

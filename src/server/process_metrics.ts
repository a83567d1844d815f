/**
 * Numbers of the process: its connections, its memory, which program it is.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import type { Connections } from "./listener/connections.ts";
import type { Metrics } from "./metrics.ts";

/** Adds them; they are read when somebody asks. */
export function addProcessMetrics(
  metrics: Metrics,
  connections: Connections,
): void {
  metrics.gauge(
    "splatscout_connections",
    "Open connections",
    () => connections.size,
  );
  metrics.count(
    "splatscout_connections_refused_total",
    "Connections closed as too many were open",
    () => connections.refused,
  );
  metrics.gauge(
    "process_resident_memory_bytes",
    "Resident memory",
    () => Deno.memoryUsage().rss,
  );
  metrics.gauge(
    "process_start_time_seconds",
    "When the process started, since 1970",
    () => performance.timeOrigin / 1000,
  );
  metrics.gauge(
    "splatscout_build_info",
    "Always 1; the label says which version this is",
    () => [[{ version: VERSION }, 1]],
  );
}

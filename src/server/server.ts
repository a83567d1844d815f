/**
 * The server: sessions, routes and listener put together, and how it stops.
 *
 * @module
 */

import { EventStore } from "../events/store.ts";
import type { SyncPolicy } from "../events/journal.ts";
import { createApp } from "./app.ts";
import type { AppOptions } from "./app_options.ts";
import { isLoopback } from "./guard.ts";
import type { ServerLimits } from "./limits.ts";
import { Connections, type ConnectionTimes } from "./listener/connections.ts";
import { connectionLimit } from "./listener/descriptors.ts";
import { type Answered, listen } from "./listener/listener.ts";
import type { Metrics } from "./metrics.ts";
import { addProcessMetrics } from "./process_metrics.ts";
import type { ClusterConfig } from "./cluster/nats.ts";
import type { StartRun } from "./runner.ts";
import type { ClusterSessions } from "./cluster/cluster_sessions.ts";
import { Sessions, type SessionsOptions } from "./sessions.ts";

/** What an operator decides. */
export interface ServerConfig {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Bearer token that clients must show. */
  readonly token: string | undefined;
  /** Allows a server beyond loopback without a token. */
  readonly insecure: boolean;
  /** `*`, or the one origin that browsers may come from. */
  readonly corsOrigin: string;
  /** Names in the Host header beyond loopback's and numeric addresses. */
  readonly allowedHosts: readonly string[];
  /** Directory of the events on the disk. */
  readonly data: string | undefined;
  readonly sync: SyncPolicy;
  /** Bytes of closed sessions on the disk. */
  readonly maxData: number;
  /** Connections at once; what the process's descriptors allow at most. */
  readonly maxConnections: number | undefined;
  /** Milliseconds that running sessions have to end when the server stops. */
  readonly grace: number;
  readonly limits: ServerLimits;
  /** The cluster that this server is one of; absent, it is alone. */
  readonly cluster?: ClusterConfig | undefined;
  readonly connectionTimes?: ConnectionTimes;
}

/** What a server serves. */
export interface Service extends
  Pick<
    AppOptions,
    | "defaults"
    | "scene"
    | "usage"
    | "look"
    | "map"
    | "floor"
    | "visibleGround"
    | "allowedMoves"
    | "checks"
  > {
  readonly startRun: StartRun;
  readonly metrics: Metrics;
  /** Resolves when runs can start; until then, others of the cluster run what comes. @default {at once} */
  readonly canRun?: Promise<unknown>;
}

/** A line of the log: an event and what is known of it. Never pictures, never secrets. */
export type LogLine = (
  level: "info" | "warning" | "error",
  message: string,
  fields?: Readonly<Record<string, string | number>>,
) => void;

/** A server that runs. */
export interface RunningServer {
  readonly hostname: string;
  readonly port: number;
  /**
   * Refuses new sessions, gives running ones their grace, ends the streams
   * with a farewell, and closes.
   */
  stop(): Promise<void>;
}

/** Milliseconds that readers have to take the last records when the server stops. */
const farewellTime = 2_000;

/** A configuration that cannot be served. */
export class ServerConfigError extends Error {
  override readonly name = "ServerConfigError";
}

/**
 * Tells what would keep {@linkcode startServer} from starting, before a scene
 * is read for it.
 *
 * @throws {ServerConfigError} As that does.
 */
export function checkServable(config: ServerConfig): void {
  refuseUnsafe(config);
  openStore(config, () => {})?.close();
  const { hostname, port } = config;
  try {
    Deno.listen({ hostname, port }).close();
  } catch (error) {
    throw cannotListen(config, error);
  }
}

/**
 * Starts.
 *
 * @throws {ServerConfigError} If the configuration is not safe, the port is taken or the directory cannot be used.
 */
export async function startServer(
  config: ServerConfig,
  service: Service,
  log: LogLine,
): Promise<RunningServer> {
  const { hostname, port, token, limits } = config;
  refuseUnsafe(config);
  const store = openStore(config, log);
  const { metrics } = service;
  const options: SessionsOptions = {
    startRun: service.startRun,
    limits,
    metrics,
    ...(store ? { store } : {}),
    onError: (error, session) =>
      log("error", describe(error), { session_id: session }),
    onEnded: ({ id, header, summary }) =>
      log("info", `session ${summary!.status}`, {
        session_id: id,
        agents: header.num_agents,
        ms: Date.parse(summary!.ended_at) - Date.parse(header.created_at),
        found: summary!.winner_agent_id === null ? "no" : "yes",
      }),
  };
  const cluster = config.cluster && await joinCluster(config.cluster, {
    options,
    canRun: service.canRun,
    log,
  }).catch((error) => {
    store?.close();
    throw error;
  });
  const sessions = cluster ?? new Sessions(options);
  const app = createApp({
    ...service,
    sessions,
    metrics,
    checks: async () => ({
      ...await service.checks(),
      ...(cluster ? { nats: cluster.failure ?? "ok" } : {}),
      ...(sessions.stopping ? { server: "it is about to stop" } : {}),
      ...(store ? { data: await store.failure() ?? "ok" } : {}),
    }),
    allowedHosts: [hostname, ...config.allowedHosts],
    corsOrigin: config.corsOrigin,
    token,
    onError: (error) => log("error", describe(error)),
  });
  const connections = new Connections(
    connectionLimit(config.maxConnections),
    config.connectionTimes,
  );
  addProcessMetrics(metrics, connections);
  const listener = await listen(
    (request, exchange) => app.fetch(request, { exchange }),
    {
      hostname,
      port,
      connections,
      onAnswered: (answered) => logRequest(answered, metrics, log),
      onError: (error) => log("error", describe(error)),
    },
  ).catch(async (error) => {
    await sessions.finish(0);
    await cluster?.close();
    store?.close();
    throw cannotListen(config, error);
  });
  return {
    hostname: listener.hostname,
    port: listener.port,
    async stop(): Promise<void> {
      sessions.refuse();
      listener.announceStop();
      await sessions.finish(config.grace);
      listener.announceStop();
      listener.refuse();
      listener.stopStreams();
      const end = performance.now() + farewellTime;
      while (listener.underWay > 0 && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      listener.destroy();
      await cluster?.close();
      store?.close();
    },
  };
}

/** Loads what a cluster needs, and joins it. */
async function joinCluster(
  cluster: ClusterConfig,
  { options, canRun = Promise.resolve(), log }: {
    readonly options: SessionsOptions;
    readonly canRun: Promise<unknown> | undefined;
    readonly log: LogLine;
  },
): Promise<ClusterSessions> {
  const { openClusterSessions } = await import(
    "./cluster/cluster_sessions.ts"
  );
  try {
    return await openClusterSessions({
      ...options,
      cluster,
      canRun,
      onNotice: (line) => log("warning", line),
    });
  } catch (error) {
    const hosts = cluster.servers.map((server) => new URL(server).host);
    throw new ServerConfigError(
      `Cannot join the cluster at ${hosts.join(", ")}: ${
        (error as Error).message
      }; NATS must be up there, with JetStream (splatscout doctor --nats looks)`,
      { cause: error },
    );
  }
}

function refuseUnsafe({ hostname, token, insecure }: ServerConfig): void {
  if (isLoopback(hostname) || token !== undefined || insecure) return;
  throw new ServerConfigError(
    `Cannot listen on ${hostname} without a token as others could reach it: give --token or SPLATSCOUT_TOKEN, or --insecure`,
  );
}

function cannotListen(
  { hostname, port }: ServerConfig,
  cause: unknown,
): ServerConfigError {
  const isTaken = cause instanceof Deno.errors.AddrInUse ||
    (cause as { code?: unknown }).code === "EADDRINUSE";
  const mend = isTaken
    ? "; --port takes another, and with 0 any that is free"
    : "";
  return new ServerConfigError(
    `Cannot listen on ${hostname}:${port}: ${(cause as Error).message}${mend}`,
    { cause },
  );
}

function openStore(
  { data, sync, maxData }: ServerConfig,
  log: LogLine,
): EventStore | undefined {
  if (data === undefined) return undefined;
  try {
    return EventStore.open(data, {
      sync,
      maxBytes: maxData,
      onNotice: (line) => log("warning", line),
    });
  } catch (error) {
    throw new ServerConfigError(
      `Cannot keep events in ${data}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function logRequest(answered: Answered, metrics: Metrics, log: LogLine): void {
  const { method, status, path, milliseconds, address, sessionId } = answered;
  const known = /^[A-Z]{3,7}$/.test(method) ? method : "other";
  metrics.requests.add({ method: known, status: `${status}` });
  log("info", "request", {
    method,
    path: path.slice(0, 200),
    status,
    ms: Math.round(milliseconds * 10) / 10,
    address,
    ...(sessionId ? { session_id: sessionId } : {}),
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : `${error}`;
}

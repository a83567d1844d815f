/**
 * The connection to NATS, and what the cluster keeps there: a queue of jobs,
 * a stream of events with one subject a session, a bucket of states.
 *
 * @module
 */

import {
  AckPolicy,
  DiscardPolicy,
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import {
  connect,
  type ConnectionOptions,
  nanos,
  type NatsConnection,
} from "@nats-io/transport-node";

/** Stream of the jobs; a job leaves it when its session has ended. */
export const jobsStream = "SPLATSCOUT_JOBS";
/** Stream of the events of all sessions. */
export const eventsStream = "SPLATSCOUT_EVENTS";
/** The consumer that all workers share. */
export const workersConsumer = "workers";
const bucket = "splatscout_sessions";
/** Stream under the bucket of the states. */
export const statesStream = `KV_${bucket}`;

/** Subject of a session's job. */
export function jobSubject(id: string): string {
  return `splatscout.jobs.${id}`;
}

/** Subject of a session's events. */
export function eventsSubject(id: string): string {
  return `splatscout.events.${id}`;
}

/** Copies of each message where NATS is a cluster: the loss of one machine loses nothing. */
const replicas = 3;

/** What is kept longer than a session can be read: the longest wait in the queue and run, milliseconds. NATS itself removes it then. */
const runAllowance = 4 * 3_600_000;

/** Milliseconds in which a message that is published twice is stored once. */
const duplicateWindow = 5 * 60_000;

/** Jobs that may be under way in the whole cluster. */
const maxUnderWay = 100_000;

/** Milliseconds that NATS has to elect leaders and place streams when a server starts. */
const patience = 60_000;

/** Codes of JetStream's answers. */
const code = {
  notFound: [10014, 10059],
  nameInUse: [10058, 10013, 10148],
  noReplicas: 10074,
  wrongSequence: [10071, 10164],
  full: [10077, 10047, 10023],
} as const;

/** What an operator says of the cluster. */
export interface ClusterConfig {
  /** `nats://[user:password@]host:port` or `tls://...`, one a machine. */
  readonly servers: readonly string[];
  /** Milliseconds after which the job of a silent worker goes to another. @default {15000} */
  readonly ackWait?: number;
}

/** Milliseconds after which the job of a silent worker goes to another: three missed signs of life. */
export const defaultAckWait = 15_000;

/** What the cluster keeps in NATS. */
export interface Nats {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly states: KV;
}

/**
 * Connects, and makes the streams that are not there yet.
 *
 * @param retention Milliseconds for which a session can be read after its end.
 * @throws {Error} If no server answers in time, or JetStream is not enabled.
 */
export async function openNats(
  { servers, ackWait = defaultAckWait }: ClusterConfig,
  retention: number,
): Promise<Nats> {
  const connection = await connectTo(servers, {
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: 10_000,
  });
  try {
    const client = jetstream(connection, { timeout: 5_000 });
    const manager = await jetstreamManager(connection, {
      timeout: 5_000,
      checkAPI: false,
    });
    const nats = { connection, client, manager };
    await ready(nats, retention, ackWait);
    return { ...nats, states: await openStates(client) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Connects to one of `servers` that answers, with the credentials in the first
 * one's URL.
 *
 * @throws {Error} If none answers in time.
 */
export async function connectTo(
  servers: readonly string[],
  options: ConnectionOptions,
): Promise<NatsConnection> {
  return await connect({
    ...credentials(servers[0]!),
    servers: servers.map((server) => new URL(server).host),
    name: "splatscout",
    ...options,
  });
}

/** Whether JetStream refused as somebody else has written meanwhile. */
export function isWrongSequence(error: unknown): boolean {
  return is(error, ...code.wrongSequence);
}

/** Whether JetStream has no room for more. */
export function isFull(error: unknown): boolean {
  return is(error, ...code.full);
}

/** Whether trying again can help: anything but a refusal that stands. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof JetStreamApiError) || error.status === 503;
}

/** Bytes that a message may have. */
export function maxPayload({ connection }: Nats): number {
  return connection.info?.max_payload ?? 1024 * 1024;
}

/** Sequence of the last message that the stream has of a session; 0 if it has none. */
export async function lastSequence(
  { manager }: Nats,
  sessionId: string,
): Promise<number> {
  const last = await manager.streams.getMessage(eventsStream, {
    last_by_subj: eventsSubject(sessionId),
  });
  return last?.seq ?? 0;
}

/** Milliseconds after its beginning for which NATS knows of a session at most. */
export function keptFor(retention: number): number {
  return retention + runAllowance;
}

/** Makes what is not there; also after NATS has lost it. */
export async function ready(
  { manager }: Pick<Nats, "manager">,
  retention: number,
  ackWait: number,
): Promise<void> {
  const max_age = nanos(keptFor(retention));
  await ensureStream(manager, {
    name: jobsStream,
    subjects: [jobSubject("*")],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs: maxUnderWay,
    max_age,
    duplicate_window: nanos(duplicateWindow),
  });
  await ensureStream(manager, {
    name: eventsStream,
    subjects: [eventsSubject("*")],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age,
    duplicate_window: nanos(duplicateWindow),
  });
  await ensureStream(manager, {
    name: statesStream,
    subjects: [`$KV.${bucket}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    max_age,
    duplicate_window: nanos(duplicateWindow),
    allow_rollup_hdrs: true,
    deny_delete: true,
    // Every read is the leader's: what one server has written, another sees.
    allow_direct: false,
  });
  await untilPlaced(() =>
    unlessThere(
      () => manager.consumers.info(jobsStream, workersConsumer),
      () =>
        manager.consumers.add(jobsStream, {
          durable_name: workersConsumer,
          ack_policy: AckPolicy.Explicit,
          ack_wait: nanos(ackWait),
          // Attempts are counted in the session's state, where handing back is none.
          max_deliver: -1,
          max_ack_pending: maxUnderWay,
        }),
    )
  );
}

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const add = (num_replicas: number): Promise<void> =>
    unlessThere(
      () => manager.streams.info(config.name),
      () => manager.streams.add({ ...config, num_replicas }),
    );
  await untilPlaced(async () => {
    try {
      await add(replicas);
    } catch (error) {
      if (!is(error, code.noReplicas)) throw error;
      await add(1);
    }
  });
}

/** Makes what is not there. What is there stays as whoever made it wanted it. */
async function unlessThere(
  info: () => Promise<unknown>,
  make: () => Promise<unknown>,
): Promise<void> {
  try {
    await info();
  } catch (error) {
    if (!is(error, ...code.notFound)) throw error;
    await make().catch((error) => {
      // Another server was faster.
      if (!is(error, ...code.nameInUse)) throw error;
    });
  }
}

/** A cluster that has just started has no leaders yet. */
async function untilPlaced<Value>(
  ask: () => Promise<Value>,
): Promise<Value> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { status } = error as { status?: number };
      const lasting = error instanceof JetStreamApiError &&
        status !== 503 && status !== 500 && status !== 400;
      if (lasting || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function openStates(client: JetStreamClient): Promise<KV> {
  return await new Kvm(client).open(bucket, {
    allow_direct: false,
    timeout: 5_000,
  });
}

function credentials(
  server: string,
): { user?: string; pass?: string; token?: string; tls?: object } {
  const { username, password, protocol } = new URL(server);
  const user = decodeURIComponent(username);
  const pass = decodeURIComponent(password);
  return {
    ...(protocol === "tls:" ? { tls: {} } : {}),
    ...(pass !== "" ? { user, pass } : user !== "" ? { token: user } : {}),
  };
}

function is(error: unknown, ...codes: number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

/**
 * Whether NATS is there for a cluster, without making anything in it.
 *
 * @module
 */

import { jetstreamManager } from "@nats-io/jetstream";
import { connectTo } from "./nats.ts";

/** What answers. */
export interface NatsFound {
  /** `host:port` of the server that answered. */
  readonly host: string;
  readonly version: string;
  /** Whether it is one of several, which keep copies of each other's messages. */
  readonly isCluster: boolean;
}

/** Milliseconds for an answer. */
const patience = 5_000;

/**
 * Asks one of `servers` that answers.
 *
 * @throws {Error} If none does, or has no JetStream.
 */
export async function askNats(servers: readonly string[]): Promise<NatsFound> {
  const connection = await connectTo(servers, {
    reconnect: false,
    timeout: patience,
  });
  try {
    await jetstreamManager(connection, { timeout: patience });
    const { version = "", cluster } = connection.info ?? {};
    return {
      host: connection.getServer(),
      version,
      isCluster: cluster !== undefined,
    };
  } finally {
    await connection.close();
  }
}

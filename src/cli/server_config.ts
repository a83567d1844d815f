/**
 * What a server is told of the options.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { ServerConfig } from "../server/server.ts";

/** Bytes a megabyte. */
const megabyte = 1_000_000;

/** The server's part of the options. */
export function serverConfig(config: Config): ServerConfig {
  return {
    ...config,
    hostname: config.host,
    cluster: config.nats && { servers: config.nats },
    maxData: config.maxData * megabyte,
    limits: { ...config, maxMemory: config.maxMemory * megabyte },
  };
}

/** A host name or address as it stands in a URL. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

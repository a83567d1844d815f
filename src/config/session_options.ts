/**
 * What a server keeps, and how much it takes on.
 *
 * @module
 */

import { z } from "zod";
import { option } from "./option.ts";
import { duration, integer, text } from "./values.ts";

/** By the name under which `Config` holds them. */
export const SESSION_OPTIONS = {
  data: option({
    flag: "data",
    placeholder: "DIR",
    schema: text.optional(),
    expects: "a folder",
    help: "Keep the events of each session there, through restarts",
    commands: ["serve", "doctor"],
  }),
  sync: option({
    flag: "sync",
    placeholder: "always|interval",
    schema: z.enum(["always", "interval"]).default("interval"),
    expects: "always or interval",
    help:
      "When --data survives a power cut: each event before it is sent, or every 200 ms. Default: interval",
    commands: ["serve"],
  }),
  maxData: option({
    flag: "max-data",
    placeholder: "MB",
    schema: integer(1, 1e9).prefault("10000"),
    expects: "an integer from 1 to 1000000000",
    help:
      "Megabytes under --data; beyond, the oldest sessions are removed. Default: 10000",
    commands: ["serve"],
  }),
  maxMemory: option({
    flag: "max-memory",
    placeholder: "MB",
    schema: integer(1, 1e6).prefault("1000"),
    expects: "an integer from 1 to 1000000",
    help:
      "Megabytes of events in memory; beyond, the oldest sessions are forgotten. Default: 1000",
    commands: ["serve"],
  }),
  sessionTtl: option({
    flag: "session-ttl",
    placeholder: "TIME",
    schema: duration.prefault("15m"),
    expects: "a time such as 90s, 15m or 2h, up to 576h",
    help: "How long a session can be read after its end. Default: 15m",
    commands: ["serve"],
  }),
  grace: option({
    flag: "grace",
    placeholder: "TIME",
    schema: duration.prefault("20s"),
    expects: "a time such as 5s or 1m, up to 576h",
    help:
      "How long running sessions may go on when the server stops. Default: 20s",
    commands: ["serve"],
  }),
  maxSessions: option({
    flag: "max-sessions",
    placeholder: "N",
    schema: integer(0, 10_000).prefault("16"),
    expects: "an integer from 0 to 10000",
    help:
      "Sessions that run at once; 0 leaves them to the others of --nats. Default: 16",
    commands: ["serve"],
  }),
  maxQueued: option({
    flag: "max-queued",
    placeholder: "N",
    schema: integer(0, 100_000).prefault("128"),
    expects: "an integer from 0 to 100000",
    help: "Sessions that wait for their turn; more get 429. Default: 128",
    commands: ["serve"],
  }),
  maxReaders: option({
    flag: "max-readers",
    placeholder: "N",
    schema: integer(1, 1e6).prefault("5000"),
    expects: "an integer from 1 to 1000000",
    help: "Readers of one session at once. Default: 5000",
    commands: ["serve"],
  }),
  maxReadersPerAddress: option({
    flag: "max-readers-per-address",
    placeholder: "N",
    schema: integer(1, 1e6).prefault("1000"),
    expects: "an integer from 1 to 1000000",
    help:
      "Readers from one address at once; raise it behind a proxy. Default: 1000",
    commands: ["serve"],
  }),
  maxConnections: option({
    flag: "max-connections",
    placeholder: "N",
    schema: integer(1, 1e6).optional(),
    expects: "an integer from 1 to 1000000",
    help:
      "Connections at once. Default, and at most: what the process's file descriptors allow",
    commands: ["serve"],
  }),
} as const;

/**
 * Where a server listens, and who may call it.
 *
 * @module
 */

import { z } from "zod";
import { option } from "./option.ts";
import { integer, text, toggle } from "./values.ts";

/** By the name under which `Config` holds them. */
export const LISTEN_OPTIONS = {
  host: option({
    flag: "host",
    placeholder: "NAME",
    env: "HOST",
    schema: text.refine((host) =>
      URL.canParse(`http://${host.includes(":") ? `[${host}]` : host}`)
    ).default("127.0.0.1"),
    expects: "a host name or address",
    help:
      "Address to listen on; beyond loopback a token is asked for. Default: 127.0.0.1",
    commands: ["serve", "replay"],
  }),
  port: option({
    flag: "port",
    placeholder: "N",
    env: "PORT",
    schema: integer(0, 65_535).prefault("8000"),
    expects: "an integer from 0 to 65535",
    help: "Port to listen on; 0 takes any free one. Default: 8000",
    commands: ["serve", "replay"],
  }),
  token: option({
    flag: "token",
    placeholder: "TOKEN",
    env: "SPLATSCOUT_TOKEN",
    schema: text.optional(),
    expects: "a token",
    help: "Bearer token that clients must show, except for /health",
    commands: ["serve", "replay"],
  }),
  insecure: option({
    flag: "insecure",
    schema: toggle,
    expects: "given without a value",
    help: "Listen beyond loopback without a token",
    commands: ["serve", "replay"],
  }),
  corsOrigin: option({
    flag: "cors-origin",
    placeholder: "ORIGIN",
    schema: z.union([z.literal("*"), z.url({ protocol: /^https?$/ })])
      .transform((value) => value === "*" ? value : new URL(value).origin)
      .prefault("*"),
    expects: "* or an origin such as http://localhost:5173",
    help: "The one origin that browsers may come from. Default: *, any",
    commands: ["serve", "replay"],
  }),
  allowedHosts: option({
    flag: "allowed-host",
    placeholder: "NAME",
    multiple: true,
    schema: z.array(text).default([]),
    expects: "a host name",
    help:
      "Name by which clients may call this server, beside localhost and addresses; may be given again",
    commands: ["serve", "replay"],
  }),
  nats: option({
    flag: "nats",
    placeholder: "URLS",
    schema: z.string().transform((text) => text.split(",")).pipe(
      z.array(z.url({ protocol: /^(nats|tls)$/ })),
    ).optional(),
    expects: "nats://host:4222, or several with commas between them",
    help:
      "NATS servers (nats:// or tls://) that make this server one of many: any of them starts, runs and shows any session",
    env: "NATS_URL",
    commands: ["serve", "doctor"],
  }),
} as const;

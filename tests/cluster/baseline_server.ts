/**
 * A server process with the demo flat and real agents that need no model.
 *
 * @module
 */

import { serverConfig } from "../../src/cli/server_config.ts";
import { say, writeOut } from "../../src/cli/terminal.ts";
import { parseCommandLine } from "../../src/config/mod.ts";
import { Metrics } from "../../src/server/metrics.ts";
import { startServer } from "../../src/server/server.ts";
import { makeService } from "../../src/server/service.ts";
import { openWorld } from "../../src/world.ts";

const { limits, ...changes } = JSON.parse(Deno.args[0] ?? "{}");
const { config } = parseCommandLine(
  ["serve", "--policy", "baseline", "--backend", "cpu", "--port", "0"],
  () => undefined,
);
const log = (level: string, message: string, fields = {}): void =>
  say(JSON.stringify({ level, message, ...fields }));
await using world = await openWorld(config, {
  onNotice: say,
  onAnswer: () => {},
  signal: new AbortController().signal,
});
const base = serverConfig(config);
const server = await startServer(
  { ...base, ...changes, limits: { ...base.limits, ...limits } },
  makeService(world, { config, metrics: new Metrics(), log }),
  log,
);
await writeOut(JSON.stringify({ port: server.port }) + "\n");
await new Promise(() => setInterval(() => {}, 1e6));

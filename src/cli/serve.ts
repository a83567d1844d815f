/**
 * `splatscout serve`: sessions over HTTP, until somebody stops it.
 *
 * @module
 */

import { type Config, UsageError } from "../config/mod.ts";
import { Metrics } from "../server/metrics.ts";
import {
  checkServable,
  type LogLine,
  ServerConfigError,
  startServer,
} from "../server/server.ts";
import { makeService, noteAnswer } from "../server/service.ts";
import { describeUsage, encodeUsage } from "../vlm/usage.ts";
import { deviceLost } from "../open_scene.ts";
import { openWorld } from "../world.ts";
import {
  requireNats,
  requireNet,
  requireRead,
  requireScene,
  requireWrite,
} from "./permissions.ts";
import { hostText, serverConfig } from "./server_config.ts";
import { say } from "./terminal.ts";

/**
 * Serves until the signal aborts, then stops in order.
 *
 * @returns the exit code, 0
 * @throws {UsageError} If the arguments are wrong, the port is taken or a permission is missing.
 * @throws What reading the scene throws.
 */
export async function serve(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  checkPermissions(config);
  return await runServer(config, signal).catch((error) => {
    throw error instanceof ServerConfigError
      ? new UsageError(error.message, { cause: error })
      : error;
  });
}

async function runServer(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  checkServable(serverConfig(config));
  const log = logTo(config);
  const metrics = new Metrics();
  await using world = await openWorld(config, {
    onNotice: (line) => log("info", line),
    onDeviceLost: () => {
      metrics.errors.add({ kind: "device" });
      log("warning", deviceLost);
    },
    onAnswer: (answer) => noteAnswer(answer, metrics),
    signal,
  });
  const server = await startServer(
    serverConfig(config),
    makeService(world, { config, metrics, log }),
    log,
  );
  log("info", "ready to serve", {
    url: `http://${hostText(server.hostname)}:${server.port}/`,
  });
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  if (signal.aborted) resolve();
  await stopped;
  log("info", "stopping", { grace_ms: config.grace });
  await server.stop();
  const usage = world.vlm?.usage();
  if (usage !== undefined && usage.answers > 0) {
    log("info", describeUsage(usage), encodeUsage(usage));
  }
  return 0;
}

function checkPermissions(
  { scene, data, host, port, nats, maxSessions, baseUrl, policy }: Config,
): void {
  if (nats === undefined && maxSessions === 0) {
    throw new UsageError(
      "Cannot use --max-sessions 0 without --nats as nobody would run the sessions",
    );
  }
  nats?.forEach(requireNats);
  requireNet(`http://${hostText(host)}:${port}`);
  requireScene(scene);
  if (baseUrl !== undefined && policy !== "baseline") requireNet(baseUrl);
  if (data !== undefined) {
    requireRead(data);
    requireWrite(data);
  }
}

/** One JSON object a line on stderr. Secrets that the program was given never leave it. */
function logTo({ token, apiKey }: Config): LogLine {
  const secrets = [token, apiKey].filter((secret) => secret !== undefined);
  return (level, message, fields) => {
    const time = new Date().toISOString();
    const line = JSON.stringify({ time, level, message, ...fields });
    say(secrets.reduce((text, s) => text.replaceAll(s, "[secret]"), line));
  };
}

/**
 * `splatscout replay DIR --serve`: a recorded run on the page.
 *
 * @module
 */

import { basename, join, resolve } from "node:path";
import { type Config, UsageError } from "../config/mod.ts";
import { describeEvents } from "../results/run_description.ts";
import { replayService } from "../server/replay_service.ts";
import { ServerConfigError, startServer } from "../server/server.ts";
import { requireNet } from "./permissions.ts";
import type { RecordedRun } from "./read_run.ts";
import { hostText, serverConfig } from "./server_config.ts";
import { say } from "./terminal.ts";

/**
 * Serves until the signal aborts.
 *
 * @returns the exit code, 0
 * @throws {UsageError} If the port is taken or a permission is missing.
 */
export async function serveRecording(
  { events, description: described, folder }: RecordedRun,
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  requireNet(`http://${hostText(config.host)}:${config.port}`);
  if (described === undefined) {
    say(
      `${folder} has no run.json that describes it: the run is played without its question, map and times`,
    );
  }
  const description = described ??
    describeEvents(events, `Recording ${basename(resolve(folder))}`);
  const mapPng = await Deno.readFile(join(folder, "map.png"))
    .catch(() => undefined);
  const server = await startServer(
    // What plays costs nobody a search.
    { ...serverConfig(config), data: undefined, grace: 0 },
    replayService({ events, description, mapPng, speed: config.speed }),
    (level, message) => {
      if (level !== "info") say(`${level}: ${message}`);
    },
  ).catch((error) => {
    throw error instanceof ServerConfigError
      ? new UsageError(error.message, { cause: error })
      : error;
  });
  try {
    const base = `http://${hostText(server.hostname)}:${server.port}/`;
    const answer = await fetch(`${base}sessions`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(config.token === undefined
          ? {}
          : { Authorization: `Bearer ${config.token}` }),
      },
      body: JSON.stringify({ query: description.query }),
      signal,
    });
    const { session_id } = await answer.json();
    say(`playing at ${base}#/sessions/${session_id}`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
    });
  } finally {
    await server.stop();
  }
  return 0;
}

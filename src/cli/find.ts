/**
 * `splatscout find`: one session in the terminal, its events as NDJSON on
 * stdout.
 *
 * @module
 */

import { type Config, UsageError } from "../config/mod.ts";
import { type Find, run, type RunRequest } from "../run.ts";
import { openWorld, type World } from "../world.ts";
import { Budget } from "../budget.ts";
import { describeUsage, encodeUsage } from "../vlm/usage.ts";
import {
  requireNet,
  requireRead,
  requireScene,
  requireWrite,
} from "./permissions.ts";
import { Outcome } from "./outcome.ts";
import { printer } from "./printer.ts";
import { progressLine } from "./progress_line.ts";
import { RunFolder } from "./run_folder.ts";
import { isClosedPipe, say, tell } from "./terminal.ts";

/**
 * Searches and prints.
 *
 * @param words of the query
 * @returns the exit code: 0 found, 1 not found, 2 every agent failed
 * @throws {UsageError} If the arguments are wrong or a permission is missing.
 * @throws what reading the scene throws
 */
export async function find(
  words: readonly string[],
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  const query = words.join(" ").trim();
  if (query === "" || query.length > 2000) {
    throw new UsageError(
      `Cannot search as the query must have 1 to 2000 characters: it has ${query.length}; try splatscout "find the red chair"`,
    );
  }
  refuseContradictions(config);
  checkPermissions(config);
  await using world = await open(config, signal);
  const folder = config.out === undefined
    ? undefined
    : await RunFolder.create(config.out, { query, world, gif: config.gif });
  const budget = new Budget(config, world.vlm);
  const request: RunRequest = {
    query,
    start: world.start,
    numAgents: config.agents,
    maxSteps: config.maxSteps,
    seed: config.seed,
  };
  const print = printer(config.pretty);
  const outcome = new Outcome();
  let find: Find | undefined;
  let closed = false;
  for await (
    const event of budget.watch(run(request, world, {
      signal: AbortSignal.any([signal, budget.signal]),
      notFound: () => budget.notFound(),
      onLook: (agentId, step, look) => folder?.keepView(agentId, step, look),
      onFind: (told) => find = told,
    }))
  ) {
    outcome.add(event);
    await folder?.keepEvent(event);
    if (closed) continue;
    try {
      await print(event);
    } catch (fault) {
      if (!isClosedPipe(fault)) throw fault;
      closed = true; // The reader has left: end in order, tell nobody.
      budget.end();
    }
  }
  await folder?.keepJson("result.json", { query, ...outcome.result, ...find });
  const usage = world.vlm?.usage();
  if (usage !== undefined) {
    if (!closed && usage.answers > 0) say(describeUsage(usage));
    await folder?.keepJson("usage.json", encodeUsage(usage));
  }
  await folder?.close(usage);
  if (!closed && outcome.failure !== undefined) {
    tell(`splatscout: ${outcome.failure}`);
  }
  return outcome.exitCode;
}

async function open(config: Config, signal: AbortSignal): Promise<World> {
  using progress = progressLine(`reading ${config.scene ?? "demo"}`);
  const { onProgress, onNotice } = progress;
  return await openWorld(config, { onProgress, onNotice, signal });
}

/** @throws {UsageError} If an option would have no effect beside the others. */
function refuseContradictions(
  { gif, out, policy, record, replay, baseUrl }: Config,
): void {
  if (gif && out === undefined) {
    throw new UsageError(
      "Cannot make a GIF as it needs a folder: give --out DIR, too",
    );
  }
  if (replay !== undefined && policy === "baseline") {
    throw new UsageError(
      "Cannot replay with --policy baseline as that asks no model: leave one of them away",
    );
  }
  if (record === undefined) return;
  if (replay !== undefined) {
    throw new UsageError(
      "Cannot record what is replayed: give --record or --replay, not both",
    );
  }
  if (baseUrl === undefined || policy === "baseline") {
    throw new UsageError(
      `Cannot record as no model is asked: ${
        policy === "baseline"
          ? "leave --policy baseline away"
          : "give --base-url URL or set VLLM_BASE_URL"
      }`,
    );
  }
}

/** @throws {UsageError} If one is missing; the message names the flag. */
function checkPermissions(config: Config): void {
  const { scene, baseUrl, out, policy, record, replay } = config;
  if (record !== undefined) requireWrite(record);
  if (replay !== undefined) requireRead(replay);
  requireScene(scene);
  if (out !== undefined) requireWrite(out);
  if (baseUrl !== undefined && replay === undefined && policy !== "baseline") {
    requireNet(baseUrl);
  }
}

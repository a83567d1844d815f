/**
 * Reads what `--out` kept of a run: its events, when they came, and where.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { UsageError } from "../config/mod.ts";
import { type AgentEvent, agentEvent } from "../events/event.ts";
import {
  type RunDescription,
  runDescription,
} from "../results/run_description.ts";
import type { TimedEvent } from "../results/run_record.ts";
import { requireRead } from "./permissions.ts";

/** A run from disk. */
export interface RecordedRun {
  /** In order, the last `session_complete` if the run came to its end. */
  readonly events: readonly TimedEvent[];
  /** `run.json`, where it is there and belongs to the events. */
  readonly description: RunDescription | undefined;
  /** The folder in which the events lie. */
  readonly folder: string;
}

/** Milliseconds a step of a run that did not say when its events came. */
const MILLISECONDS_A_STEP = 1_000;

/**
 * Reads a run folder, or the events.ndjson of one, or any file of events.
 *
 * @throws {UsageError} If there is none, a line is no event, or reading is not permitted.
 */
export async function readRecording(path: string): Promise<RecordedRun> {
  requireRead(path);
  const isFolder = (await Deno.stat(path).catch((cause) => {
    throw unreadable(path, cause);
  })).isDirectory;
  const file = isFolder ? join(path, "events.ndjson") : path;
  const text = await Deno.readTextFile(file).catch((cause) => {
    throw unreadable(file, cause);
  });
  const events = text.split("\n").flatMap((line, index) =>
    line === "" ? [] : [eventOf(line, { file, number: index + 1 })]
  );
  if (events.length === 0) {
    throw new UsageError(
      `Cannot replay ${file} as it must hold one event a line: it holds none`,
    );
  }
  const folder = isFolder ? path : dirname(path);
  const description = isFolder || basename(file) === "events.ndjson"
    ? await describe(join(folder, "run.json"), events.length)
    : undefined;
  const times = description?.times ?? steadyTimes(events);
  return {
    events: events.map((event, i) => ({ event, at: times[i]! })),
    description,
    folder,
  };
}

function eventOf(
  line: string,
  { file, number }: { file: string; number: number },
): AgentEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UsageError(
      `Cannot replay ${file} as line ${number} must be JSON: it is not`,
      { cause },
    );
  }
  const parsed = agentEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `Cannot replay ${file} as line ${number} must be an event: ${
      z.core.toDotPath(issue?.path ?? []) || "it"
    }: ${issue?.message}`,
    { cause: parsed.error },
  );
}

/** What describes the run, if it can be read and is of these events. */
async function describe(
  path: string,
  count: number,
): Promise<RunDescription | undefined> {
  try {
    const parsed = runDescription.safeParse(
      JSON.parse(await Deno.readTextFile(path)),
    );
    return parsed.success && parsed.data.times.length === count
      ? parsed.data
      : undefined;
  } catch {
    return undefined; // An older run, or one that was cut off.
  }
}

/** All agents a step at once, a step a second. */
function steadyTimes(events: readonly AgentEvent[]): number[] {
  let last = 0;
  return events.map((event) => {
    if (event.type === "agent_step") {
      last = Math.max(last, (event.step + 1) * MILLISECONDS_A_STEP);
    }
    return last;
  });
}

function unreadable(path: string, cause: Error): UsageError {
  return new UsageError(
    `Cannot replay ${path}: ${
      cause instanceof Deno.errors.NotFound
        ? "there is no such file or folder"
        : cause.message
    }`,
    { cause },
  );
}

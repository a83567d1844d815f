/**
 * `splatscout replay`: a recorded run again, at its own pace or another.
 *
 * @module
 */

import { type Config, UsageError } from "../config/mod.ts";
import { Outcome } from "./outcome.ts";
import { readRecording } from "./read_run.ts";
import { printer } from "./printer.ts";
import { isClosedPipe, tell } from "./terminal.ts";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Prints the events of a recording as they came, `--speed` times as fast.
 *
 * @param files the run folder, or its events.ndjson
 * @returns the exit code that the run had
 * @throws {UsageError} If the recording cannot be read.
 */
export async function replay(
  files: readonly string[],
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  const [path] = files;
  if (path === undefined || files.length > 1) {
    throw new UsageError(
      `Cannot replay as one run folder or events.ndjson must be given: there are ${files.length}; try splatscout replay run1`,
    );
  }
  const recording = await readRecording(path);
  if (config.serve) {
    const { serveRecording } = await import("./serve_recording.ts");
    return await serveRecording(recording, config, signal);
  }
  const { events } = recording;
  const print = printer(config.pretty);
  const outcome = new Outcome();
  const begin = performance.now();
  try {
    for (const { event, at } of events) {
      const wait = at / config.speed - (performance.now() - begin);
      if (wait > 0) await delay(wait, undefined, { signal });
      signal.throwIfAborted();
      outcome.add(event);
      await print(event);
    }
  } catch (fault) {
    if (!isClosedPipe(fault)) throw fault; // A reader that has left is no fault.
  }
  if (outcome.failure !== undefined) tell(`splatscout: ${outcome.failure}`);
  return outcome.exitCode;
}

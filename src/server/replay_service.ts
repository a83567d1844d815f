/**
 * A recorded run as a service: its session plays as it was, or faster, and the
 * page shows it as it shows any other.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { AgentEvent } from "../events/event.ts";
import type { RunDescription } from "../results/run_description.ts";
import type { TimedEvent } from "../results/run_record.ts";
import type { Pose } from "../geometry/pose.ts";
import { pngSize } from "../image/png_size.ts";
import { Metrics } from "./metrics.ts";
import type { Service } from "./server.ts";

/** What is played. */
export interface Recording {
  readonly events: readonly TimedEvent[];
  readonly description: RunDescription;
  /** `map.png`, if the run has it. */
  readonly mapPng: Uint8Array | undefined;
  /** How many times as fast as it was. */
  readonly speed: number;
}

/** Serves `recording`; there is no scene to look into. */
export function replayService(
  { events, description, mapPng, speed }: Recording,
): Service {
  const { query, scene, bounds, start, fov } = description;
  const agents = events.filter(({ event }) => event.type === "agent_started");
  return {
    metrics: new Metrics(),
    startRun: (request, { signal }) =>
      request.query === query
        ? play(events, { speed, signal })
        : refuse("This server plays a recording: it cannot search"),
    defaults: {
      start,
      numAgents: Math.max(1, agents.length),
      maxSteps: 100,
      seed: 0,
    },
    scene: () => Promise.resolve({ file: scene, bounds, start, fov }),
    usage: () => undefined,
    look: (pose) => Promise.resolve(nearestView(events, pose)),
    map: () => {
      if (mapPng === undefined || description.map === undefined) {
        return Promise.resolve(undefined);
      }
      const { min, max } = description.map;
      return Promise.resolve({
        image: mapPng.toBase64(),
        mimeType: "image/png" as const,
        min,
        max,
        metres_per_pixel: (max[0] - min[0]) / pngSize(mapPng).width,
        cut: bounds.max[2],
      });
    },
    floor: () => Promise.resolve(description.floor),
    visibleGround: (pose) =>
      Promise.resolve(seenFrom(description, events, pose)),
    allowedMoves: () => ({
      forward: false,
      backward: false,
      left: false,
      right: false,
      turnLeft: false,
      turnRight: false,
    }),
    checks: () => Promise.resolve({ recording: "ok" }),
  };
}

async function* play(
  events: readonly TimedEvent[],
  { speed, signal }: { speed: number; signal: AbortSignal },
): AsyncGenerator<AgentEvent> {
  const begin = performance.now();
  for (const { event, at } of events) {
    const wait = at / speed - (performance.now() - begin);
    if (wait > 0) {
      await delay(wait, undefined, { signal }).catch(() => {});
    }
    if (signal.aborted) return; // The session closes what is open.
    yield event;
  }
}

async function* refuse(message: string): AsyncGenerator<AgentEvent> {
  yield { type: "error", message };
  yield {
    type: "session_complete",
    winner_agent_id: null,
    description: "No target found",
  };
}

/** The recorded view whose place and heading are nearest to `pose`. */
function nearestView(events: readonly TimedEvent[], pose: Pose): Uint8Array {
  let best: { image: string; distance: number } | undefined;
  for (const { event } of events) {
    if (event.type !== "agent_step") continue;
    const { x, y, z, yaw } = event.pose;
    const turn = Math.abs((yaw - pose.yaw + 540) % 360 - 180) / 180;
    const distance = Math.hypot(x - pose.x, y - pose.y, z - pose.z) + turn;
    if (distance < (best?.distance ?? Infinity)) {
      best = { image: event.image_b64, distance };
    }
  }
  if (best === undefined) throw new Error("The recording has no views");
  return Uint8Array.fromBase64(best.image);
}

/** What the look from `pose` showed; nothing if there was none. */
function seenFrom(
  { seen }: RunDescription,
  events: readonly TimedEvent[],
  pose: Pose,
): [number, number][] {
  const steps = events.flatMap(({ event }) =>
    event.type === "agent_step" ? [event] : []
  );
  const index = steps.findIndex(({ pose: { x, y, yaw } }) =>
    Math.hypot(x - pose.x, y - pose.y) < 0.01 && Math.abs(yaw - pose.yaw) < 0.1
  );
  return seen[index] ?? [[pose.x, pose.y]];
}

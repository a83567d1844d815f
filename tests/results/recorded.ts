/** A run for the tests of its results: two agents, one of which finds it. */

import type { AgentEvent } from "../../src/events/event.ts";
import type { Pose } from "../../src/geometry/pose.ts";
import type { RunRecord } from "../../src/results/run_record.ts";
import type { SceneFrame } from "../../src/scene/scene_frame.ts";

/** Half a unit a metre, y down, not at the origin, the start turned by 90 degrees. */
export const frame: SceneFrame = {
  up: "-y",
  metresPerUnit: 2,
  axes: [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
  origin: [3, -1, 7],
  bounds: { min: [-4, -3, -1.5], max: [4, 3, 1] },
  start: { x: 0, y: 0, z: 0, yaw: 0 },
  fov: 75,
  near: 0.05,
  reasons: [],
  guessed: [],
};

export const PIXEL = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

const poses: readonly (readonly [number, Pose])[] = [
  [0, { x: 0, y: 0, z: 0, yaw: 0 }],
  [1, { x: 0, y: 0, z: 0, yaw: 180 }],
  [0, { x: 1.5, y: 0.5, z: 0, yaw: 90 }],
  [1, { x: -2, y: -1, z: 0.25, yaw: 301.5 }],
];

/** Agent 1 finds it with its second look, unless `found` is false. */
export function recordedRun(
  { query = "find the red chair", reasoning = "Going on.", found = true } = {},
): RunRecord {
  const steps = poses.map(([agent_id, pose], i): AgentEvent => ({
    type: "agent_step",
    agent_id,
    step: i >> 1,
    total_steps: 2,
    pose,
    image_b64: PIXEL.toBase64(),
    reasoning,
    action: found && i === 3 ? "found" : "move",
  }));
  const trajectoryOf = (id: number): (Pose & { step: number })[] =>
    poses.flatMap(([agent, pose], i) =>
      agent === id ? [{ ...pose, step: i >> 1 }] : []
    );
  const done = (agent_id: number): AgentEvent => ({
    type: "agent_done",
    agent_id,
    found: false,
    steps: 2,
    trajectory: trajectoryOf(agent_id),
  });
  const description = "A red chair. At (-1.46, 0.41, -0.99): 1.5 m behind.";
  const events: AgentEvent[] = [
    ...[0, 1].map((agent_id): AgentEvent => ({
      type: "agent_started",
      agent_id,
      start_pose: poses[agent_id]![1],
    })),
    ...steps,
    found
      ? {
        type: "agent_found",
        agent_id: 1,
        description,
        final_image_b64: PIXEL.toBase64(),
        steps: 2,
        trajectory: trajectoryOf(1),
      }
      : done(1),
    done(0),
    {
      type: "session_complete",
      winner_agent_id: found ? 1 : null,
      description: found ? description : "No target found",
    },
  ];
  return {
    query,
    scene: "hall.ply",
    bounds: frame.bounds,
    startedAt: new Date("2026-01-02T03:04:05Z"),
    events: events.map((event, i) => ({ event, at: 500 * i })),
    map: { png: PIXEL, area: { min: [-5, -4], max: [5, 4] } },
    seen: [[[0, 0], [2, 1], [2, -1]]],
  };
}

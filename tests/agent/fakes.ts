/** Eyes and policies for tests of the agent room: no renderer, no model. */

import type { Eyes, Look } from "../../src/agent/look.ts";
import type { AgentEvent } from "../../src/events/event.ts";
import type { Pose } from "../../src/geometry/pose.ts";
import type { Decision, Observation, Policy } from "../../src/policy/policy.ts";

const PNG = new Uint8Array([1, 2, 3]);

/** A picture of nothing, 2x2. */
export function fakeLook(pose: Pose): Look {
  return {
    pose,
    view: {
      width: 2,
      height: 2,
      data: new Uint8Array(16),
      depth: new Float32Array(4),
      expectedDepth: new Float32Array(4),
      alpha: new Float32Array(4),
    },
    png: () => Promise.resolve(PNG),
    thumbnail: () => Promise.resolve(PNG),
  };
}

/** Eyes that see nothing, at once. */
export const fakeEyes: Eyes = (pose) => Promise.resolve(fakeLook(pose));

/** A policy from a function of the step. */
export function scripted(
  decide: (
    observation: Observation,
    signal: AbortSignal,
  ) => Decision | Promise<Decision>,
): Policy {
  return {
    decide: async (observation, signal) => await decide(observation, signal),
  };
}

/** A move of the observing agent. */
export function move(pose: Pose, change: Partial<Pose> = {}): Decision {
  return { action: "move", pose: { ...pose, ...change }, reasoning: "on" };
}

/** A room ten metres wide. */
export const bounds = { min: [-5, -5, -1], max: [5, 5, 2] } as const;

/** All of an iterator. */
export async function collect<Value>(
  source: AsyncIterable<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  for await (const value of source) values.push(value);
  return values;
}

/** Waits until `signal` aborts, then throws its reason. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}

/**
 * Checks the contract of a session's events: for each agent `agent_started`,
 * steps 0, 1, 2 ..., then exactly one end whose counts are true; and one
 * `session_complete`, last.
 */
export function contractViolations(
  events: readonly AgentEvent[],
  numAgents: number,
): string[] {
  const problems: string[] = [];
  if (events.at(-1)?.type !== "session_complete") {
    problems.push("session_complete is not last");
  }
  const completes = events.filter(({ type }) => type === "session_complete");
  if (completes.length !== 1) {
    problems.push(`${completes.length} session_complete`);
  }
  for (let id = 0; id < numAgents; id++) {
    const own = events.filter((event) =>
      "agent_id" in event && event.agent_id === id
    );
    if (own[0]?.type !== "agent_started") problems.push(`${id}: no start`);
    const steps = own.filter((event) => event.type === "agent_step");
    steps.forEach((event, index) => {
      if (event.step !== index) {
        problems.push(`${id}: step ${event.step} at ${index}`);
      }
    });
    if (own.length !== steps.length + 2) {
      problems.push(`${id}: ${own.length} events for ${steps.length} steps`);
    }
    const end = own.at(-1);
    if (end?.type === "agent_found" || end?.type === "agent_done") {
      if (
        end.steps !== steps.length || end.trajectory.length !== steps.length
      ) {
        problems.push(`${id}: ${end.steps} steps told, ${steps.length} seen`);
      }
    } else if (end?.type !== "error") {
      problems.push(`${id}: ends with ${end?.type}`);
    }
  }
  return problems;
}

/**
 * Runs a policy in a demo flat as `agent/explore.ts` would, without events, and
 * judges its find against the ground truth that no policy sees.
 *
 * @module
 */

import { clampPose } from "../../src/geometry/bounds.ts";
import { type Pose, turned, wrapDegrees } from "../../src/geometry/pose.ts";
import type { Policy, PolicyFactory } from "../../src/policy/policy.ts";
import { cameraAtPose } from "../../src/render/camera.ts";
import type { Renderer, View } from "../../src/render/renderer.ts";
import type { DemoObject, DemoScene } from "../../src/scene/demo_scene.ts";

/** Options for {@linkcode simulate}. */
export interface SimulateOptions {
  renderer: Renderer;
  makePolicy: PolicyFactory;
  query: string;
  /** @default {2} */
  numAgents?: number;
  /** @default {15} */
  maxSteps?: number;
  /** Pixels along each side of the pictures. @default {256} */
  size?: number;
  /** Told of each step. */
  onStep?: (step: SimulatedStep) => void;
}

/** One look of one agent. */
export interface SimulatedStep {
  readonly agentId: number;
  readonly step: number;
  readonly pose: Pose;
  readonly view: View;
  readonly words: string;
}

/** How a simulated session ended. */
export interface Simulated {
  /** Agent that claimed the find, or null. */
  readonly winner: number | null;
  /** Looks of each agent. */
  readonly steps: readonly number[];
  /** The claim's words. */
  readonly description?: string;
  /** Pose and picture of the claim. */
  readonly pose?: Pose;
  readonly view?: View;
  /** Milliseconds of the slowest decision. */
  readonly slowest: number;
}

/** Agents take turns, as in a team with one renderer; the first find wins. */
export async function simulate(
  scene: DemoScene,
  {
    renderer,
    makePolicy,
    query,
    numAgents = 2,
    maxSteps = 15,
    size = 256,
    onStep,
  }: SimulateOptions,
): Promise<Simulated> {
  const { frame } = scene;
  const agents = Array.from({ length: numAgents }, (_, agentId) => ({
    policy: makePolicy({ query, agentId, numAgents, seed: 1 }) as Policy,
    pose: turned(frame.start, agentId * 360 / numAgents),
    steps: 0,
  }));
  let slowest = 0;
  for (let step = 0; step < maxSteps; step++) {
    for (const [agentId, agent] of agents.entries()) {
      const { pose } = agent;
      const view = await renderer.render(
        cameraAtPose(frame, pose, { width: size, height: size }),
        { withObjectIds: true },
      );
      const { data, width, height, depth } = view;
      const before = performance.now();
      const decision = await agent.policy.decide({
        image: { data, width, height },
        png: () => Promise.reject(new Error("The simulation has no PNG")),
        depth,
        fov: frame.fov,
        pose,
        bounds: frame.bounds,
        step,
        totalSteps: maxSteps,
      }, new AbortController().signal);
      slowest = Math.max(slowest, performance.now() - before);
      agent.steps++;
      const words = decision.action === "move"
        ? decision.reasoning
        : decision.action === "found"
        ? decision.description
        : decision.raw;
      onStep?.({ agentId, step, pose, view, words });
      if (decision.action === "found") {
        return {
          winner: agentId,
          steps: agents.map(({ steps }) => steps),
          description: decision.description,
          pose,
          view,
          slowest,
        };
      }
      if (decision.action === "move") {
        const { x, y, z, yaw } = decision.pose;
        agent.pose = clampPose(
          { x, y, z, yaw: wrapDegrees(yaw) },
          frame.bounds,
        );
      }
    }
  }
  return { winner: null, steps: agents.map(({ steps }) => steps), slowest };
}

/** Share of the pixels of `view` that show `object`. */
export function visibleShare(view: View, { id }: DemoObject): number {
  let count = 0;
  for (const seen of view.objectIds!) if (seen === id) count++;
  return count / view.objectIds!.length;
}

/** Metres on the ground from `pose` to the middle of `object`. */
export function distanceTo(
  pose: Pose,
  { box: { min, max } }: DemoObject,
): number {
  return Math.hypot(
    (min[0] + max[0]) / 2 - pose.x,
    (min[1] + max[1]) / 2 - pose.y,
  );
}

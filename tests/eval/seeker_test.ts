/** What a seeker makes of what was reported, by a detector and an explorer that do as they are told. */

import assert from "node:assert/strict";
import type { Pose } from "../../src/geometry/pose.ts";
import { Blackboard } from "../../src/map/blackboard.ts";
import type { Decision, Observation } from "../../src/policy/policy.ts";
import type { Explores } from "../../src/eval/policies/seeker.ts";
import { SeekerPolicy } from "../../src/eval/policies/seeker.ts";
import { EYE } from "../map/rooms.ts";
import { depthView } from "../map/views.ts";

/** A hall with a block that is the thing. */
const shell = { min: [-6, -6, -EYE], max: [6, 6, 1.1] } as const;
const thing = { min: [3, -0.3, -EYE], max: [3.6, 0.3, -0.2] } as const;
const { signal } = new AbortController();

function observe(pose: Pose): Observation {
  const { width, height, depth, fov } = depthView(pose, {
    shell,
    blocks: [thing],
  });
  return {
    image: { width, height, data: new Uint8Array(4 * width * height) },
    png: () => Promise.reject(new Error("no PNG")),
    depth,
    fov,
    pose,
    bounds: shell,
    step: 0,
    totalSteps: 15,
  };
}

/** An agent that is shown the thing in the middle of each view. */
function seeker(
  agentId: number,
  board: Blackboard,
): {
  look: (pose: Pose) => Promise<Decision>;
  tried: () => readonly Pose[];
} {
  const goal: Pose = { x: 2, y: 1, z: 0, yaw: 0 };
  let tried: readonly Pose[] = [];
  const explorer: Explores = {
    board,
    see: ({ pose, image: { width, height }, depth, fov }) =>
      board.see(agentId, { width, height, depth, fov, pose }),
    next: () => undefined,
    viewpoint: ({ position: [x, y] }, options) => {
      board.claimGoal(agentId, { x, y });
      tried = [...options?.tried ?? []];
      return goal;
    },
  };
  const policy = new SeekerPolicy({
    agentId,
    explorer,
    detector: {
      detect: () => ({ box: [0.45, 0.52, 0.55, 0.6], isTrue: true }),
    },
  });
  return {
    look: (pose) => policy.decide(observe(pose), signal),
    tried: () => tried,
  };
}

const reasoningOf = (decision: Decision): string =>
  decision.action === "move" ? decision.reasoning : decision.action;

Deno.test("whoever could not move on tries another place", async () => {
  const { look, tried } = seeker(0, new Blackboard(shell));
  const pose: Pose = { x: 0, y: 0, z: 0, yaw: 0 };
  await look(pose);
  assert.deepEqual(tried(), []);
  await look(pose);
  assert.deepEqual(tried(), [{ x: 2, y: 1, z: 0, yaw: 0 }, pose]);
});

Deno.test("what another agent goes to and is nearer to is left to it", async () => {
  const board = new Blackboard(shell);
  const [far, near] = [0, 1].map((agentId) => seeker(agentId, board));
  const pose: Pose = { x: -2, y: 0, z: 0, yaw: 0 };
  assert.match(reasoningOf(await far!.look(pose)), /^Going/);
  assert.match(reasoningOf(await near!.look({ ...pose, x: 0 })), /^Going/);
  assert.match(reasoningOf(await far!.look(pose)), /^Exploring/);
  // The other one has given it up.
  board.claimGoal(1);
  assert.match(reasoningOf(await far!.look(pose)), /^Going/);
});

Deno.test("what is reported where a claim was refuted is told to the team, not claimed", async () => {
  const board = new Blackboard(shell);
  const { look } = seeker(0, board);
  const pose: Pose = { x: 0, y: 0, z: 0, yaw: 0 };
  assert.match(reasoningOf(await look(pose)), /^Going/);
  const position = [3, 0, -0.3] as const;
  board.refute({ agentId: 0, position, words: "" });
  const decision = await look(pose);
  assert.equal(decision.action, "move");
  assert.ok(decision.action === "move" && decision.sighting !== undefined);
  for (const [x, y] of [[3, 3], [3, -3]] as const) {
    board.sightAgain(position, { ...pose, x, y });
  }
  assert.match(reasoningOf(await look(pose)), /^Going/);
});

/** The baseline in a room made of boxes: what it claims, and from where. */

import assert from "node:assert/strict";
import { type Bounds, distanceToBox } from "../../src/geometry/bounds.ts";
import type { Pose } from "../../src/geometry/pose.ts";
import { makeBaselinePolicy } from "../../src/policy/baseline_policy.ts";
import type { Decision, Observation } from "../../src/policy/policy.ts";
import { block, EYE } from "../map/rooms.ts";
import { depthView } from "../map/views.ts";

const SIZE = 256;
const { signal } = new AbortController();
const shell: Bounds = { min: [-3, -3, -EYE], max: [5, 3, 1.1] };

/** What is seen of a grey room in which `red` is red. */
function observe(pose: Pose, red: Bounds): Observation {
  const { depth, fov } = depthView(pose, { shell, blocks: [red], size: SIZE });
  const empty = depthView(pose, { shell, blocks: [], size: SIZE }).depth;
  const data = new Uint8Array(4 * SIZE * SIZE);
  depth.forEach((metres, i) =>
    data.set(
      metres < empty[i]! ? [190, 25, 25, 255] : [150, 150, 150, 255],
      4 * i,
    )
  );
  return {
    image: { width: SIZE, height: SIZE, data },
    png: () => Promise.reject(new Error("no PNG")),
    depth,
    fov,
    pose,
    bounds: shell,
    step: 0,
    totalSteps: 15,
  };
}

/** Fifteen steps at most; the last pose and its decision. */
async function search(red: Bounds): Promise<{ pose: Pose; last: Decision }> {
  const policy = makeBaselinePolicy({
    query: "find the red chair",
    agentId: 0,
    numAgents: 1,
    seed: 1,
  });
  let pose: Pose = { x: -2, y: 0, z: 0, yaw: 0 };
  for (let step = 0;; step++) {
    const last = await policy.decide(observe(pose, red), signal);
    if (last.action !== "move" || step === 14) return { pose, last };
    pose = last.pose;
  }
}

Deno.test("a thing of the colour and the size is claimed from within a metre, in view", async () => {
  const chair = block([3, 0.5], [3.45, 0.95], 0.9);
  const { pose, last } = await search(chair);
  assert.ok(last.action === "found", JSON.stringify(last));
  assert.match(last.description, /^The red chair is .*seen twice\.$/);
  const distance = distanceToBox(chair, pose);
  assert.ok(distance > 0.2 && distance <= 1, `claimed from ${distance} m`);
  const [left, top, right, bottom] = last.box!;
  assert.ok((right - left) * (bottom - top) > 0.015, `${last.box}`);
});

Deno.test("a thing of the colour that is too low is never claimed", async () => {
  const { last } = await search(block([3, 0.5], [3.45, 0.95], 0.4));
  assert.equal(last.action, "move");
});

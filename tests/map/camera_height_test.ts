import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/config/mod.ts";
import { run } from "../../src/run.ts";
import { openWorld } from "../../src/world.ts";

Deno.test("--camera-height is the height of what agents see, at the start and on their way", async () => {
  const argv = [
    "find",
    "x",
    "--camera-height=0.6",
    "--backend=cpu",
    "--size=64",
  ];
  const { config } = parseCommandLine(argv, () => undefined);
  const { signal } = new AbortController();
  const options = { onNotice: () => {}, signal };
  await using world = await openWorld(config, options);
  const request = {
    query: "the red chair",
    start: world.frame.start,
    numAgents: 1,
    maxSteps: 4,
    seed: 1,
  };
  const heights: number[] = [];
  for await (const event of run(request, world, { signal })) {
    if (event.type === "agent_step") heights.push(event.pose.z);
  }
  assert.ok(heights.length > 1);
  // Above the floor of the flat's file, which is at 0.
  assert.equal(world.frame.origin[2], 0.6);
  for (const z of heights) assert.ok(Math.abs(z) < 0.16, `${z}`);
});

/**
 * The main job, by its truth: the red chair is found in the demo flats of ten
 * seeds, and the winning view truly shows it. What is told here no policy sees.
 */

import assert from "node:assert/strict";
import { parseCommandLine } from "../src/config/mod.ts";
import { countPixels } from "../src/eval/truth.ts";
import { distanceToBox } from "../src/geometry/bounds.ts";
import { cameraAtPose } from "../src/render/camera.ts";
import { run } from "../src/run.ts";
import { makeDemoScene } from "../src/scene/demo_scene.ts";
import { openWorld } from "../src/world.ts";

const SEEDS = 10;
/** Of ten, so many must be found, and a decoy may win so often. */
const FOUND = 8;
const DECOYS = 1;
/** A view shows the chair if it stands so near, metres, and fills so much of the picture. */
const NEAR = 1;
const SHARE = 0.01;

type Ending = "chair" | "far" | "decoy" | "nothing";

Deno.test("the red chair is found in the flats of ten seeds, and the views show it", async () => {
  const endings: Ending[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) endings.push(await search(seed));
  const count = (ending: Ending): number =>
    endings.filter((other) => other === ending).length;
  assert.ok(count("chair") >= FOUND, endings.join(" "));
  assert.ok(count("decoy") <= DECOYS, endings.join(" "));
});

Deno.test("no two seeds have the same flat, and a flat is made at once", () => {
  const flats = new Set<string>();
  const times: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const begin = performance.now();
    const { truth, splats } = makeDemoScene(seed);
    times.push(performance.now() - begin);
    flats.add(JSON.stringify(truth));
    assert.ok(splats.count >= 150_000 && splats.count <= 300_000);
    assert.ok(splats.shDegree >= 1);
    assert.ok(new Set(truth.map(({ room }) => room)).size >= 3);
    assert.ok(truth.length >= 15);
  }
  assert.equal(flats.size, SEEDS);
  // 400 ms on a quiet machine; the best of ten is asked for ten times that of any.
  assert.ok(Math.min(...times) < 4_000, times.join(" "));
});

async function search(seed: number): Promise<Ending> {
  const { config } = parseCommandLine(
    ["x", "--seed", String(seed), "--backend", "cpu", "--policy", "baseline"],
    () => undefined,
  );
  const { signal } = new AbortController();
  await using world = await openWorld(config, { onNotice: () => {}, signal });
  const request = {
    query: "find the red chair",
    start: world.frame.start,
    numAgents: config.agents,
    maxSteps: config.maxSteps,
    seed,
  };
  for await (const event of run(request, world, { signal })) {
    if (event.type !== "agent_found") continue;
    const pose = event.trajectory.at(-1)!;
    const size = { width: world.width, height: world.height };
    const { objectIds } = await (await world.renderer()).render(
      cameraAtPose(world.frame, pose, size),
      { withObjectIds: true },
    );
    const chairs = makeDemoScene(seed).truth.filter(({ kind, colour }) =>
      kind === "chair" && colour === "red"
    );
    const share = countPixels(objectIds!, chairs) / objectIds!.length;
    const distance = Math.min(
      ...chairs.map((chair) => distanceToBox(chair.box, pose)),
    );
    if (share < SHARE) return "decoy";
    return distance <= NEAR ? "chair" : "far";
  }
  return "nothing";
}

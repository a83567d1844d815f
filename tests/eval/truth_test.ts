/**
 * Who may read the truth: without it, nobody else decides anything differently.
 */

import assert from "node:assert/strict";
import {
  type ContestantName,
  CONTESTANTS,
} from "../../src/eval/contestants.ts";
import { makeEpisodes } from "../../src/eval/episode.ts";
import { openPlace, type Place } from "../../src/eval/place.ts";
import { worldOf } from "../../src/eval/session.ts";
import { countPixels } from "../../src/eval/truth.ts";
import { distanceToBox } from "../../src/geometry/bounds.ts";
import { Turns } from "../../src/eval/turns.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";
import { cameraAtPose } from "../../src/render/camera.ts";
import { createCpuRenderer } from "../../src/render/cpu/cpu_renderer.ts";
import type { Renderer } from "../../src/render/renderer.ts";
import { run } from "../../src/run.ts";

const signal = new AbortController().signal;
/** Two rooms, the target in one of them. */
const EPISODE = makeEpisodes(1, 1)[0]!;

/** All that two agents do in five steps, one line each. */
async function decisions(
  place: Pick<Place, "scene" | "space">,
  { renderer, makePolicy }: { renderer: Renderer; makePolicy: PolicyFactory },
): Promise<string[]> {
  const numAgents = 2;
  const turns = new Turns(numAgents);
  const lines: string[] = [];
  const { frame } = place.scene;
  const world = worldOf({ ...place, renderer }, {
    makePolicy: turns.inTurn(makePolicy),
    verify: true,
  });
  const request = {
    query: EPISODE.query,
    start: frame.start,
    numAgents,
    maxSteps: 5,
    seed: EPISODE.seed,
  };
  for await (const event of run(request, world, { signal })) {
    if (event.type === "agent_step") {
      const { agent_id, pose, action, reasoning } = event;
      lines.push(JSON.stringify([agent_id, pose, action, reasoning]));
    } else if (event.type === "agent_found" || event.type === "agent_done") {
      turns.leave(event.agent_id);
    } else if (event.type === "error") throw new Error(event.message);
  }
  return lines;
}

Deno.test("without the truth no policy but the detector's and the oracle decides differently", async (t) => {
  await using place = await openPlace(EPISODE, signal);
  const { objectIds: _, ...splats } = place.scene.splats;
  await using blind = await createCpuRenderer(splats, { threads: 1 });
  const { episode, space } = place;
  const names = (Object.keys(CONTESTANTS) as ContestantName[]).filter((name) =>
    !CONTESTANTS[name].readsTruth
  );
  assert.deepEqual(names, ["random", "forward", "frontier", "baseline"]);
  for (const name of names) {
    await t.step(name, async () => {
      const contestant = CONTESTANTS[name];
      assert.ok(!contestant.readsTruth);
      const known = await decisions(place, {
        renderer: place.renderer,
        makePolicy: contestant.makePolicies({ episode, space }),
      });
      assert.ok(known.length >= 5, `${known.length}`);
      // A scene that has no truth at all, and a session that cannot reach any.
      const unknown = await decisions(place, {
        renderer: blind,
        makePolicy: contestant.makePolicies({ episode, space }),
      });
      assert.deepEqual(unknown, known);
    });
  }
  await t.step("and the simulated detector does", async () => {
    const { makePolicies } = CONTESTANTS.detector;
    const { truth, goal } = place;
    const known = await decisions(place, {
      renderer: place.renderer,
      makePolicy: makePolicies({ episode, space, truth, goal }),
    });
    const unknown = await decisions(place, {
      renderer: place.renderer,
      makePolicy: makePolicies({
        episode,
        space,
        truth: { ...truth, targets: [] },
        goal,
      }),
    });
    assert.notDeepEqual(unknown, known);
  });
});

Deno.test("views leave the renderer without their object ids", async () => {
  await using place = await openPlace(EPISODE, signal);
  const { renderer, truth, goal, scene: { frame } } = place;
  const camera = cameraAtPose(frame, goal!.pose, { width: 64, height: 64 });
  const [view] = await renderer.renderMany([camera]);
  assert.ok(!("objectIds" in view!));
  assert.ok(countPixels(truth.idsOf(view!), truth.targets) > 40);
  assert.throws(() => truth.idsOf({ data: new Uint8Array(4) }), /not rendered/);
});

Deno.test("distances are to the nearest point of a box, on the ground", () => {
  const box = { min: [1, 1, -5], max: [2, 3, -4] } as const;
  assert.equal(distanceToBox(box, { x: 1.5, y: 2 }), 0);
  assert.equal(distanceToBox(box, { x: -1, y: 2 }), 2);
  assert.equal(distanceToBox(box, { x: 5, y: 7 }), 5);
});

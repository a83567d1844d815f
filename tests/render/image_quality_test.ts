/**
 * Both renderers against the float64 oracle, and against each other: demo flat
 * and real scans.
 */

import assert from "node:assert/strict";
import { type Camera, cameraAtPose } from "../../src/render/camera.ts";
import { createRenderer } from "../../src/render/create_renderer.ts";
import type { Backend, View } from "../../src/render/renderer.ts";
import { BACKENDS } from "./backends.ts";
import { type OracleView, psnr, renderOracle } from "./oracle.ts";
import {
  demoRound,
  demoScene,
  ignoreScans,
  type QualityScene,
  SCANS,
  scanScene,
} from "./scenes.ts";

/** Pixels a side; of the many views of the round, as the oracle and WebGPU in software take their time. */
const SIDE = 256;
const ROUND_SIDE = 128;
/** dB against the oracle: up to 50,000 splats, and above. */
const FLOORS = { small: 55, large: 50, limit: 50_000 };
/** dB between the renderers. */
const AGREEMENT = 50;

/** The oracle is slow: it looks once for both renderers. */
const oracles = new Map<string, OracleView>();

function oracleOf(
  key: string,
  scene: QualityScene,
  camera: Camera,
): OracleView {
  const known = oracles.get(key) ?? renderOracle(scene.splats, camera);
  oracles.set(key, known);
  return known;
}

/** Asserts that `view` is what the oracle sees. */
function assertSeen(view: View, oracle: OracleView, floor: number): void {
  const quality = psnr(view, oracle);
  assert.ok(quality >= floor, `${quality.toFixed(1)} dB, not ${floor}`);
  assert.ok(view.data.every((value, i) => i % 4 !== 3 || value === 255));
  // Where the picture is solid, depth is that of the oracle on 99 % of pixels.
  const solid = [...oracle.alpha.keys()].filter((i) => oracle.alpha[i]! > 0.9);
  for (const name of ["depth", "expectedDepth"] as const) {
    const wrong = solid.filter((i) => {
      const truth = oracle[name][i]!;
      return !(Math.abs(view[name][i]! - truth) <= 0.001 + 0.001 * truth);
    });
    assert.ok(
      wrong.length <= 0.01 * solid.length,
      `${name} is wrong on ${wrong.length} of ${solid.length} pixels`,
    );
  }
  const off = oracle.alpha.filter((value, i) =>
    !(Math.abs(value - view.alpha[i]!) <= 0.01)
  );
  assert.ok(off.length <= 0.002 * oracle.alpha.length, `${off.length} alphas`);
}

/** Renders the views on `backend`, and on the processor for comparison. */
async function renderViews(
  scene: QualityScene,
  backend: Backend,
  side = SIDE,
): Promise<void> {
  await using renderer = await createRenderer(scene.splats, { backend });
  await using other = backend === "cpu"
    ? undefined
    : await createRenderer(scene.splats, { backend: "cpu" });
  const floor = scene.splats.count <= FLOORS.limit
    ? FLOORS.small
    : FLOORS.large;
  const cameras = scene.views.map(({ pose }) =>
    cameraAtPose(scene.frame, pose, { width: side, height: side })
  );
  const views = await renderer.renderMany(cameras);
  const others = await other?.renderMany(cameras);
  for (const [i, view] of views.entries()) {
    const key = `${scene.name}/${scene.views[i]!.name}`;
    const oracle = oracleOf(key, scene, cameras[i]!);
    const covered = oracle.alpha.filter((value) => value > 0.1).length;
    assert.ok(covered > 0.01 * side * side, `${key} shows something`);
    try {
      assertSeen(view, oracle, floor);
      if (others === undefined) continue;
      const agreement = psnr(view, others[i]!);
      assert.ok(
        agreement >= AGREEMENT,
        `${agreement.toFixed(1)} dB from the processor's picture`,
      );
    } catch (cause) {
      throw new Error(`${key}: ${(cause as Error).message}`, { cause });
    }
  }
}

for (const { backend, ignore } of BACKENDS) {
  Deno.test({
    name: `${backend}: the demo flat is what the oracle sees`,
    ignore,
    fn: async () => {
      await renderViews(demoScene(), backend);
    },
  });

  Deno.test({
    name: `${backend}: a round of 20 views through the demo flat`,
    ignore,
    fn: async () => {
      const views = demoRound()
        .map((pose, i) => ({ name: `round-${i}`, pose }));
      await renderViews({ ...demoScene(), views }, backend, ROUND_SIDE);
    },
  });

  for (const file of Object.keys(SCANS)) {
    Deno.test({
      name: `${backend}: ${file} is what the oracle sees`,
      ignore: ignore || ignoreScans,
      fn: async () => {
        await renderViews(await scanScene(file), backend);
      },
    });
  }
}

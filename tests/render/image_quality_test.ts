/**
 * Both renderers against the float64 oracle, and against each other: demo flat
 * and real scans, 256x256.
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

const SIDE = 256;
/** dB against the oracle: up to 50,000 splats, and above. */
const FLOORS = { small: 55, large: 50, limit: 50_000 };
/** dB between the renderers. */
const AGREEMENT = 50;
/** Views of the round that WebGPU renders, too: in software it takes half a second each. */
const WEBGPU_EVERY = 4;

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
): Promise<void> {
  await using renderer = await createRenderer(scene.splats, { backend });
  await using other = backend === "cpu"
    ? undefined
    : await createRenderer(scene.splats, { backend: "cpu" });
  const floor = scene.splats.count <= FLOORS.limit
    ? FLOORS.small
    : FLOORS.large;
  for (const { name, pose } of scene.views) {
    const camera = cameraAtPose(scene.frame, pose, {
      width: SIDE,
      height: SIDE,
    });
    const key = `${scene.name}/${name}`;
    const view = await renderer.render(camera);
    const oracle = oracleOf(key, scene, camera);
    const covered = oracle.alpha.filter((value) => value > 0.1).length;
    assert.ok(covered > 0.01 * SIDE * SIDE, `${key} shows something`);
    try {
      assertSeen(view, oracle, floor);
      if (other === undefined) continue;
      const agreement = psnr(view, await other.render(camera));
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
    name: `${backend}: a round through the demo flat`,
    ignore,
    fn: async () => {
      const every = backend === "webgpu" ? WEBGPU_EVERY : 1;
      const views = demoRound().map((pose, i) => ({ name: `round-${i}`, pose }))
        .filter((_, i) => i % every === 0);
      await renderViews({ ...demoScene(), views }, backend);
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

/** Broken splats leave no trace, odd scenes render, and nothing stalls. */

import assert from "node:assert/strict";
import { createCpuRenderer } from "../../../src/render/cpu/cpu_renderer.ts";
import type { Camera } from "../../../src/render/camera.ts";
import type { View } from "../../../src/render/renderer.ts";
import type { Splats } from "../../../src/scene/splats.ts";
import { psnr, renderOracle } from "../oracle.ts";
import { lookAhead, randomSplats } from "./made.ts";

async function see(splats: Splats, camera: Camera): Promise<View> {
  await using renderer = await createCpuRenderer(splats, { threads: 2 });
  return await renderer.render(camera);
}

const BAD = [NaN, Infinity, -Infinity];

/** Every way in which splat `i` can be broken. */
const POISONS: Record<
  string,
  (splats: Splats, i: number, bad: number) => void
> = {
  position: (splats, i, bad) => splats.positions[3 * i + i % 3] = bad,
  scale: (splats, i, bad) => splats.scales[3 * i + i % 3] = bad,
  rotation: (splats, i, bad) => splats.rotations[4 * i + i % 4] = bad,
  opacity: (splats, i, bad) => splats.opacities[i] = bad,
  colour: (splats, i, bad) => splats.colors[3 * i + i % 3] = bad,
  harmonics: (splats, i, bad) => splats.sh[45 * i + i % 45] = bad,
  "no rotation": (splats, i) => splats.rotations.fill(0, 4 * i, 4 * i + 4),
  transparent: (splats, i) => splats.opacities[i] = 0.0039,
  behind: (splats, i) => splats.positions[3 * i + 2] = -0.01 - i,
  huge: (splats, i) => splats.scales.fill(3e38, 3 * i, 3 * i + 3),
};

for (const [name, poison] of Object.entries(POISONS)) {
  Deno.test(`CPU renderer: a broken splat leaves no trace: ${name}`, async () => {
    const camera = lookAhead(64, 48);
    const clean = randomSplats(600, { seed: 40 });
    const broken = randomSplats(600, { seed: 40 });
    for (let i = 0; i < 600; i += 3) {
      clean.opacities[i] = 0;
      poison(broken, i, BAD[i / 3 % 3]!);
    }
    const [expected, actual] = [
      await see(clean, camera),
      await see(broken, camera),
    ];
    assert.deepEqual(actual.data, expected.data);
    assert.deepEqual(actual.depth, expected.depth);
    assert.deepEqual(actual.expectedDepth, expected.expectedDepth);
  });
}

Deno.test("CPU renderer: splats without extent are dots of the low-pass filter", async () => {
  const splats = randomSplats(200, { seed: 41 });
  splats.scales.fill(0);
  const camera = lookAhead(64, 64);
  assert.ok(psnr(await see(splats, camera), renderOracle(splats, camera)) > 60);
});

Deno.test("CPU renderer: no splats, one splat, and nothing in sight", async () => {
  const camera = lookAhead(40, 30);
  const black = await see(randomSplats(0), camera);
  assert.ok(black.data.every((value, i) => value === (i % 4 === 3 ? 255 : 0)));
  for (const plane of [black.depth, black.expectedDepth, black.alpha]) {
    assert.ok(plane.every((value) => value === 0));
  }
  const one = randomSplats(1);
  one.positions.set([0, 0, 2]);
  one.scales.fill(0.2);
  one.opacities[0] = 0.9;
  assert.ok(psnr(await see(one, camera), renderOracle(one, camera)) > 60);
  const away = lookAhead(40, 30, { position: Float64Array.of(1e6, 0, 1e6) });
  assert.deepEqual((await see(one, away)).data, black.data);
});

Deno.test("CPU renderer: a camera within a splat sees what the oracle sees", async () => {
  const splats = randomSplats(300, { seed: 42 });
  splats.positions.set([0.01, 0, 0.06]);
  splats.scales.set([0.5, 0.5, 0.5]);
  splats.opacities[0] = 0.6;
  const camera = lookAhead(64, 64);
  assert.ok(psnr(await see(splats, camera), renderOracle(splats, camera)) > 60);
});

Deno.test("CPU renderer: splats that each cover the whole picture do not stall it", async () => {
  // 200,000 x 4096 tiles would be 800 million pairs: they come in batches.
  const splats = randomSplats(200_000, { shDegree: 0, seed: 43 });
  for (let i = 0; i < splats.count; i++) {
    splats.positions.set([0, 0, 5 + i * 1e-5], 3 * i);
    splats.scales.fill(50, 3 * i, 3 * i + 3);
    splats.opacities[i] = 0.3;
  }
  const view = await see(splats, lookAhead(1024, 1024));
  assert.ok(view.alpha.every((value) => value > 0.999 && value <= 1));
});

Deno.test("CPU renderer: a camera that is not finite is refused by name", async () => {
  await using renderer = await createCpuRenderer(randomSplats(10), {
    threads: 1,
  });
  const cameras: [Partial<Camera>, RegExp][] = [
    [{ width: 0 }, /width must be an integer/],
    [{ height: 1.5 }, /height must be an integer/],
    [{ width: 1e6 }, /width must be an integer/],
    [{ fx: NaN }, /fx must be finite/],
    [{ near: 0 }, /near must be finite/],
    [{ cx: Infinity }, /finite numbers/],
    [{ position: Float64Array.of(0, NaN, 0) }, /finite numbers/],
    [{ rotation: new Float64Array(8) }, /9 in rotation/],
  ];
  for (const [change, message] of cameras) {
    await assert.rejects(
      renderer.render(lookAhead(16, 16, change)),
      (error) => error instanceof RangeError && message.test(error.message),
    );
  }
});

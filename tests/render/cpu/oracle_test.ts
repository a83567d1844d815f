/**
 * The CPU renderer against the float64 oracle on made splats: every kind of
 * camera, of scene and of size.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Camera } from "../../../src/render/camera.ts";
import { createCpuRenderer } from "../../../src/render/cpu/cpu_renderer.ts";
import type { View } from "../../../src/render/renderer.ts";
import type { ShDegree, Splats } from "../../../src/scene/splats.ts";
import { type OracleView, psnr, renderOracle } from "../oracle.ts";
import { lookAhead, randomSplats, turned } from "./made.ts";

/** dB; 8-bit rounding alone is worth 59 against unrounded values. */
const FLOOR = 60;

async function see(
  splats: Splats,
  camera: Camera,
): Promise<{ view: View; oracle: OracleView }> {
  await using renderer = await createCpuRenderer(splats, { threads: 2 });
  const withObjectIds = splats.objectIds !== undefined;
  const view = await renderer.render(camera, { withObjectIds });
  return { view, oracle: renderOracle(splats, camera) };
}

/** Share of pixels whose values differ by more than `limit` of the oracle's. */
function wrong(
  actual: ArrayLike<number>,
  truth: ArrayLike<number>,
  limit: (value: number) => number,
): number {
  let count = 0;
  for (let i = 0; i < truth.length; i++) {
    if (!(Math.abs(actual[i]! - truth[i]!) <= limit(truth[i]!))) count++;
  }
  return count / truth.length;
}

function assertSeen(view: View, oracle: OracleView): void {
  const quality = psnr(view, oracle);
  assert.ok(quality >= FLOOR, `${quality.toFixed(1)} dB`);
  const near = (value: number): number => 0.001 + 0.001 * value;
  assert.ok(wrong(view.alpha, oracle.alpha, () => 0.005) <= 0.002, "alpha");
  assert.ok(wrong(view.depth, oracle.depth, near) <= 0.005, "depth");
  assert.ok(
    wrong(view.expectedDepth, oracle.expectedDepth, near) <= 0.005,
    "expected depth",
  );
  if (view.objectIds) {
    assert.ok(wrong(view.objectIds, oracle.objectIds, () => 0) <= 0.005, "ids");
  }
}

const CASES: Record<string, { splats: Splats; camera: Camera }> = {
  "degree 3, metres": {
    splats: randomSplats(3000),
    camera: lookAhead(128, 128, { metresPerUnit: 0.37 }),
  },
  "an odd size": { splats: randomSplats(2000), camera: lookAhead(101, 67) },
  "one pixel": { splats: randomSplats(500), camera: lookAhead(1, 1) },
  "turned, from a corner": {
    splats: randomSplats(3000, { seed: 5 }),
    camera: lookAhead(120, 90, {
      position: Float64Array.of(2.5, -1, 3),
      rotation: turned(2.2, -0.4),
    }),
  },
  "off-centre, two focal lengths": {
    splats: randomSplats(3000, { seed: 6 }),
    camera: lookAhead(96, 64, { cx: 20.5, cy: 50.25, fx: 60, fy: 80 }),
  },
  "a principal point outside": {
    splats: randomSplats(3000, { seed: 7 }),
    camera: lookAhead(64, 64, { cx: -30, cy: 100 }),
  },
  "wide": {
    splats: randomSplats(3000, { seed: 8 }),
    camera: lookAhead(128, 96, { fx: 25, fy: 25 }),
  },
  "narrow": {
    splats: randomSplats(5000, { seed: 9 }),
    camera: lookAhead(96, 96, { fx: 900, fy: 900 }),
  },
  "orthographic": {
    splats: randomSplats(3000, { seed: 10 }),
    camera: lookAhead(128, 128, {
      projection: "orthographic",
      fx: 17,
      fy: 17,
      position: Float64Array.of(0, 0, -5),
    }),
  },
  "antialiased": {
    splats: randomSplats(4000, { seed: 11, antialiased: true }),
    camera: lookAhead(64, 64),
  },
  "object ids": {
    splats: randomSplats(2000, { seed: 12, withObjectIds: true }),
    camera: lookAhead(97, 50),
  },
  "far from the origin": {
    splats: moved(randomSplats(2000, { seed: 13 }), 4096),
    camera: lookAhead(96, 96, {
      position: Float64Array.of(4096.1, 4096, 4096),
    }),
  },
};

function moved(splats: Splats, by: number): Splats {
  for (let i = 0; i < splats.positions.length; i++) splats.positions[i]! += by;
  return splats;
}

for (const [name, { splats, camera }] of Object.entries(CASES)) {
  Deno.test(`CPU renderer: ${name} as the oracle sees it`, async () => {
    const { view, oracle } = await see(splats, camera);
    assertSeen(view, oracle);
  });
}

for (const shDegree of [0, 1, 2] satisfies ShDegree[]) {
  Deno.test(`CPU renderer: degree ${shDegree} as the oracle sees it`, async () => {
    const { view, oracle } = await see(
      randomSplats(1500, { shDegree, seed: 20 + shDegree }),
      lookAhead(96, 64),
    );
    assertSeen(view, oracle);
  });
}

Deno.test("CPU renderer: splats at one depth are blended in the order of the file", async () => {
  // 300 opaque discs at the same depth: the first of the file must show.
  const splats = randomSplats(300, { shDegree: 0, seed: 30 });
  for (let i = 0; i < splats.count; i++) {
    const x = (i * 7 % 20 - 10) / 20;
    splats.positions.set([x, (i * 3 % 15 - 7) / 20, 2], 3 * i);
    splats.scales.set([0.15, 0.15, 0.15], 3 * i);
    splats.opacities[i] = 0.95;
  }
  const { view, oracle } = await see(splats, lookAhead(64, 64));
  assert.ok(psnr(view, oracle) > 65);
});

Deno.test("CPU renderer: long thin splats keep their width", async () => {
  // Needles of 1:4000 across the whole picture, at all angles.
  const splats = randomSplats(40, { shDegree: 0, seed: 31 });
  for (let i = 0; i < splats.count; i++) {
    const angle = i * Math.PI / splats.count;
    splats.positions.set([0.1 * Math.sin(i), 0.1 * Math.cos(i), 2], 3 * i);
    splats.rotations.set(
      [Math.cos(angle / 2), 0, 0, Math.sin(angle / 2)],
      4 * i,
    );
    splats.scales.set([20, 0.005, 0.005], 3 * i);
    splats.opacities[i] = 0.5;
  }
  const { view, oracle } = await see(splats, lookAhead(200, 200));
  assertSeen(view, oracle);
});

Deno.test("CPU renderer: any camera in any scene as the oracle sees it", async () => {
  const angle = fc.double({ min: -3.1, max: 3.1, noNaN: true });
  const place = fc.double({ min: -5, max: 5, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 400 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.tuple(angle, angle, place, place, place),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 70 }),
      async (count, seed, [yaw, pitch, x, y, z], width, height) => {
        const { view, oracle } = await see(
          randomSplats(count, { seed, shDegree: (seed % 4) as ShDegree }),
          lookAhead(width, height, {
            rotation: turned(yaw, pitch),
            position: Float64Array.of(x, y, z),
          }),
        );
        const quality = psnr(view, oracle);
        assert.ok(quality >= 50, `${quality.toFixed(1)} dB`);
      },
    ),
    { numRuns: 25, seed: 4 },
  );
});

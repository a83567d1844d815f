import assert from "node:assert/strict";
import { makeRoom, ROOM_FRAME } from "../../../bench/room.ts";
import type { Camera } from "../../../src/render/camera.ts";
import { cameraAtPose } from "../../../src/render/camera.ts";
import type { View } from "../../../src/render/renderer.ts";
import type { FrameLimits } from "../../../src/render/webgpu/frame_plan.ts";
import { WebgpuRenderer } from "../../../src/render/webgpu/webgpu_renderer.ts";
import { allocateSplats, type Splats } from "../../../src/scene/splats.ts";
import { gpuTest, type TestGpu } from "../../gpu/test_device.ts";
import { renderOracle } from "../oracle.ts";
import { cameraOf } from "./batch_of.ts";
import { assertClose, bytesOf } from "./compare.ts";
import { scatteredSplats, turned } from "./scattered.ts";

/** Renders on the test's device, then frees the renderer. */
async function renderOn(
  { device }: TestGpu,
  splats: Splats,
  { cameras, withObjectIds, limits }: {
    cameras: readonly Camera[];
    withObjectIds?: boolean;
    limits?: Partial<FrameLimits>;
  },
): Promise<View[]> {
  const renderer = await WebgpuRenderer.create(device, splats, limits);
  try {
    return await renderer.renderMany(cameras, withObjectIds);
  } finally {
    renderer.destroy();
  }
}

/** Cameras of all kinds among scattered splats. */
function variedCameras(): Camera[] {
  return [
    cameraOf(64),
    cameraOf(64, { rotation: turned(2, 0.4), metresPerUnit: 2.5 }),
    // Sizes that are no multiple of a tile, one pixel, wide and narrow.
    cameraOf(33, { rotation: turned(4, -0.5), width: 70, cx: 20.25, cy: 12 }),
    cameraOf(1, { rotation: turned(1) }),
    cameraOf(48, { fx: 300, fy: 250, rotation: turned(5) }),
    cameraOf(48, { fx: 9, fy: 9, rotation: turned(3) }),
    // From outside, and from far outside.
    cameraOf(64, { position: Float64Array.of(0, 0, -9) }),
    cameraOf(16, { position: Float64Array.of(1e9, 1e9, 1e9) }),
    cameraOf(64, { projection: "orthographic", fx: 9, fy: 9, near: 0.01 }),
    cameraOf(40, {
      projection: "orthographic",
      fx: 7,
      fy: 8,
      cx: 3,
      rotation: turned(1, 1.2),
      position: Float64Array.of(0.5, -1, -3),
    }),
  ];
}

gpuTest(
  "a room of 50,000 splats is as the oracle says, to 55 dB",
  async (gpu) => {
    const splats = makeRoom(50_000);
    const cameras = [10, 130].map((yaw) =>
      cameraAtPose(ROOM_FRAME, { x: 0.5, y: -0.4, z: 0, yaw, pitch: 0 }, {
        width: 96,
        height: 80,
      })
    );
    const views = await renderOn(gpu, splats, { cameras });
    views.forEach((view, i) =>
      assertClose(view, renderOracle(splats, cameras[i]!), { psnr: 55 })
    );
  },
);

for (const antialiased of [false, true]) {
  gpuTest(
    `splats of all kinds are as the oracle says, antialiased ${antialiased}`,
    async (gpu) => {
      const splats = scatteredSplats(3000, { antialiased });
      const cameras = variedCameras();
      const views = await renderOn(gpu, splats, {
        cameras,
        withObjectIds: true,
      });
      views.forEach((view, i) => {
        const oracle = renderOracle(splats, cameras[i]!);
        assertClose(view, oracle, { psnr: 55 });
        const wrong = view.objectIds!.filter((id, p) =>
          id !== oracle.objectIds[p]
        );
        assert.ok(wrong.length <= 0.002 * oracle.objectIds.length + 1);
      });
    },
  );
}

for (const shDegree of [0, 1, 2] as const) {
  gpuTest(`SH degree ${shDegree} is as the oracle says`, async (gpu) => {
    const splats = scatteredSplats(500, { shDegree });
    const cameras = [cameraOf(48)];
    const [view] = await renderOn(gpu, splats, { cameras });
    assertClose(view!, renderOracle(splats, cameras[0]!), { psnr: 55 });
  });
}

gpuTest("equal depths are blended in the file's order", async (gpu) => {
  // A pile of opaque discs at one depth: the first of the file must win.
  const count = 500;
  const splats = allocateSplats(count, 0, { withObjectIds: true });
  for (let i = 0; i < count; i++) {
    const [x, y] = [(i * 7 % 50) / 25 - 1, (i * 11 % 50) / 25 - 1];
    splats.positions.set([x, y, 2], 3 * i);
    splats.scales.set([0.2, 0.2, 0.01], 3 * i);
    splats.rotations[4 * i] = 1;
    splats.opacities[i] = 1;
    splats.objectIds![i] = i + 1;
    splats.colors.set([i % 3, i % 5 - 2, i % 7 - 3], 3 * i);
  }
  const cameras = [cameraOf(64)];
  const [view] = await renderOn(gpu, splats, { cameras, withObjectIds: true });
  const oracle = renderOracle(splats, cameras[0]!);
  assert.deepEqual(view!.objectIds, oracle.objectIds);
  assertClose(view!, oracle, { psnr: 55 });
});

gpuTest(
  "views too many, too large or unlike are cut up and come in order",
  async (gpu) => {
    const splats = scatteredSplats(2000);
    const cameras = [...variedCameras(), ...variedCameras(), cameraOf(64)];
    const alone: View[] = [];
    const renderer = await WebgpuRenderer.create(gpu.device, splats);
    for (const camera of cameras) {
      alone.push(...await renderer.renderMany([camera]));
    }
    const together = await renderer.renderMany(cameras);
    renderer.destroy();
    const tight = await renderOn(gpu, splats, {
      cameras,
      limits: { views: 3, submissions: 2, pictureBytes: 100_000 },
    });
    assert.equal(together.length, cameras.length);
    cameras.forEach((_, i) => {
      assert.deepEqual(bytesOf(together[i]!), bytesOf(alone[i]!));
      assert.deepEqual(bytesOf(tight[i]!), bytesOf(alone[i]!));
    });
  },
);

gpuTest(
  "views that run out of room are rendered again with more",
  async (gpu) => {
    const splats = scatteredSplats(20_000);
    const cameras = [cameraOf(64), cameraOf(64, { rotation: turned(2) })];
    const roomy = await renderOn(gpu, splats, { cameras });
    const renderer = await WebgpuRenderer.create(gpu.device, splats, {
      records: 1,
      pairs: 1,
    });
    const before = renderer.plan.capacity;
    const tight = await renderer.renderMany(cameras);
    const after = renderer.plan.capacity;
    renderer.destroy();
    assert.ok(after.records > before.records && after.pairs > before.pairs);
    assert.deepEqual(tight.map(bytesOf), roomy.map(bytesOf));
  },
);

gpuTest("a scene of several chunks looks the same", async (gpu) => {
  const splats = scatteredSplats(5000);
  const cameras = [cameraOf(64), cameraOf(64, { rotation: turned(2) })];
  const whole = await renderOn(gpu, splats, { cameras, withObjectIds: true });
  // As on a device with room for 100 kB in a binding: seven chunks.
  const limits = { maxBufferSize: 1.2e6, maxStorageBufferBindingSize: 1e5 };
  Object.defineProperty(gpu.device, "limits", {
    value: limits,
    configurable: true,
  });
  try {
    const renderer = await WebgpuRenderer.create(gpu.device, splats, {
      records: 2048,
      pairs: 20_000,
    });
    const views = await renderer.renderMany(cameras, true);
    renderer.destroy();
    assert.deepEqual(views.map(bytesOf), whole.map(bytesOf));
  } finally {
    delete (gpu.device as { limits?: unknown }).limits;
  }
});

gpuTest(
  "rendering 100 times gives the same bytes, alone and in batches",
  async (gpu) => {
    const splats = scatteredSplats(3000);
    const camera = cameraOf(48, { rotation: turned(2) });
    const renderer = await WebgpuRenderer.create(gpu.device, splats);
    const first = (await renderer.renderMany([camera])).map(bytesOf)[0]!;
    for (let i = 0; i < 10; i++) {
      const cameras = new Array<Camera>(10).fill(camera);
      for (const view of await renderer.renderMany(cameras)) {
        assert.deepEqual(bytesOf(view), first);
      }
    }
    renderer.destroy();
  },
);

gpuTest(
  "nothing is black, one splat is one splat, also from inside it",
  async (gpu) => {
    const camera = cameraOf(32);
    const [nothing] = await renderOn(gpu, allocateSplats(0, 3), {
      cameras: [camera],
    });
    assert.deepEqual(
      [...new Set(new Uint32Array(nothing!.data.slice().buffer))],
      [0xff000000],
    );
    assert.ok(nothing!.alpha.every((alpha) => alpha === 0));
    assert.ok(nothing!.depth.every((depth) => depth === 0));
    assert.ok(nothing!.expectedDepth.every((depth) => depth === 0));

    const one = allocateSplats(1, 0);
    one.positions.set([0.1, 0.2, 1]);
    one.scales.set([2, 1.5, 3]);
    one.rotations[0] = 1;
    one.opacities[0] = 0.9;
    one.colors.set([1, 0, -1]);
    const inside = cameraOf(32, { position: Float64Array.of(0.1, 0.2, 0.5) });
    const cameras = [camera, inside];
    const views = await renderOn(gpu, one, { cameras });
    views.forEach((view, i) =>
      assertClose(view, renderOracle(one, cameras[i]!), { psnr: 55 })
    );
    assert.ok(views[1]!.depth.some((depth) => depth > 0));
  },
);

gpuTest("poisoned and immense splats leave no trace", async (gpu) => {
  const clean = scatteredSplats(1000);
  const cameras = [cameraOf(48), cameraOf(48, { projection: "orthographic" })];
  const poison = [NaN, Infinity, -Infinity, 1e30];
  const names = ["positions", "scales", "rotations"] as const;
  const count = clean.count + poison.length * names.length;
  const mixed = allocateSplats(count, 3, { withObjectIds: true });
  const copied = [...names, "opacities", "colors", "sh", "objectIds"] as const;
  for (const name of copied) {
    const [from, to] = [
      clean[name] as Float32Array,
      mixed[name] as Float32Array,
    ];
    to.set(from);
    // The poisoned are copies of the first with one number spoilt.
    const per = from.length / clean.count;
    for (let i = clean.count; i < count; i++) {
      to.set(from.slice(0, per), per * i);
    }
  }
  let i = clean.count;
  for (const value of poison) {
    for (const name of names) {
      // Unlike the others, 1e30 is no poison in a rotation: it would be normalised.
      if (name === "rotations" && value === 1e30) mixed.opacities[i] = NaN;
      mixed[name][mixed[name].length / count * i + 1] = value;
      i++;
    }
  }
  const expected = await renderOn(gpu, clean, { cameras });
  const found = await renderOn(gpu, mixed, { cameras });
  assert.deepEqual(found.map(bytesOf), expected.map(bytesOf));
});

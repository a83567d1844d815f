import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type FrameLimits,
  FramePlan,
} from "../../../src/render/webgpu/frame_plan.ts";
import { cameraOf } from "./batch_of.ts";

/** A plan on a device with WebGPU's default limits. */
function planFor(splats: number, limits?: Partial<FrameLimits>): FramePlan {
  const device = {
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
  } as GPUDevice;
  return new FramePlan(device, { splats, hasObjectIds: false }, limits);
}

Deno.test("rounds() takes every view once, in order, alike ones together", () => {
  const kinds = [
    cameraOf(64),
    cameraOf(65),
    cameraOf(64, { projection: "orthographic" }),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      (picks, views, submissions) => {
        const cameras = picks.map((pick) => kinds[pick]!);
        const rounds = planFor(1000, { views, submissions }).rounds(
          [...cameras.keys()],
          { cameras, withObjectIds: false },
        );
        const planned = rounds.flat();
        assert.deepEqual(
          planned.flatMap(({ indices }) => indices),
          [...cameras.keys()],
        );
        for (const round of rounds) assert.ok(round.length <= submissions);
        for (const { indices, size } of planned) {
          assert.equal(size.views, indices.length);
          assert.ok(indices.length <= views);
          for (const index of indices) {
            assert.equal(cameras[index], cameras[indices[0]!]);
          }
        }
      },
    ),
  );
});

Deno.test("a submission takes as many views as fit in a binding, one at least", () => {
  const viewsOf = (splats: number, size: number): number =>
    planFor(splats).rounds(
      Array.from({ length: 8 }, (_, i) => i),
      {
        cameras: new Array(8).fill(cameraOf(size)),
        withObjectIds: false,
      },
    )[0]![0]!.indices.length;
  assert.equal(viewsOf(100_000, 512), 8);
  assert.ok(viewsOf(3_000_000, 512) < 8);
  assert.equal(viewsOf(1000, 2800), 1); // 125 of the binding's 134 MB
});

Deno.test("learn() makes room for what was needed, and remembers it", () => {
  const plan = planFor(1_000_000, { records: 10_000, pairs: 10_000 });
  const cameras = [cameraOf(64)];
  const sizeNow = () =>
    plan.rounds([0], { cameras, withObjectIds: false })[0]![0]!.size;
  assert.ok(plan.learn(sizeNow(), [{ records: 9000, pairs: 9000 }]));
  assert.ok(!plan.learn(sizeNow(), [{ records: 50, pairs: 40_000 }]));
  assert.ok(sizeNow().pairs >= 40_000);
  assert.ok(
    !plan.learn(sizeNow(), [
      { records: 5, pairs: 5 },
      { records: 1_000_000, pairs: 5 },
    ]),
  );
  assert.ok(sizeNow().records >= 1_000_000);
  assert.ok(plan.learn(sizeNow(), [{ records: 1_000_000, pairs: 40_000 }]));
});

Deno.test("room that was not asked for never outgrows a binding", () => {
  const camera = cameraOf(64);
  const sizeOf = (plan: FramePlan) =>
    plan.rounds([0], { cameras: [camera], withObjectIds: false })[0]![0]!.size;
  // A third of 30 million splats, 32 bytes each, would be 320 of 134 MB.
  const plan = planFor(30_000_000);
  assert.ok(sizeOf(plan).records >= 4_000_000);
  const needed = { records: 4_100_000, pairs: 33_000_000 };
  assert.ok(!plan.learn({ ...sizeOf(plan), pairs: 1000 }, [needed]));
  assert.ok(sizeOf(plan).records >= needed.records);
  assert.ok(sizeOf(plan).pairs >= needed.pairs);
  plan.learn(sizeOf(plan), [{ records: 4_200_000, pairs: 1 }]);
  assert.throws(() => sizeOf(plan), /records must be at most 134217728 bytes/);
});

Deno.test("a view that no binding can hold is refused by name", () => {
  assert.throws(
    () =>
      planFor(10).rounds([0], {
        cameras: [cameraOf(3000)],
        withObjectIds: false,
      }),
    /^RangeError: Cannot render 3000x3000 pixels as picture must be at most 134217728 bytes on this device: current value is 144000000$/,
  );
});

import assert from "node:assert/strict";
import { PlacePass } from "../../../src/render/webgpu/place_pass.ts";
import { NOWHERE } from "../../../src/render/webgpu/scene_order.ts";
import { chunkLayout } from "../../../src/render/webgpu/packed_scene.ts";
import { allocateSplats } from "../../../src/scene/splats.ts";
import { gpuTest } from "../../gpu/test_device.ts";

gpuTest("PlacePass brings each row to its chunk and place", async (gpu) => {
  for (const shDegree of [0, 3] as const) {
    const layout = chunkLayout(allocateSplats(1, shDegree));
    const planes = layout.fileOrderPlane;
    const [count, rows] = [700, 512];
    // Every place once, in mixed order; the last rows have none.
    const places = Uint32Array.from(
      { length: rows },
      (_, row) => row < 500 ? row * 333 % count : NOWHERE,
    );
    const packed = Uint32Array.from(
      { length: 4 * planes * rows },
      (_, i) => i + 1,
    );
    const chunks = [{ first: 0, count: 300 }, { first: 300, count: 400 }];
    const pass = new PlacePass(gpu.device, layout);
    for (const { first, count } of chunks) {
      const expected = new Uint32Array(4 * planes * count);
      places.forEach((place, row) => {
        const at = place - first;
        if (at < 0 || at >= count) return;
        for (let plane = 0; plane < planes; plane++) {
          const from = 4 * (planes * row + plane);
          expected.set(
            packed.subarray(from, from + 4),
            4 * (plane * count + at),
          );
        }
      });
      const splats = gpu.zeros(expected.length);
      const bound = pass.bind({
        chunk: gpu.upload(Uint32Array.of(first, count, 0, 0).buffer),
        rows: gpu.upload(packed),
        places: gpu.upload(places),
        splats,
      });
      gpu.run((encoder) => pass.encode(encoder, bound, rows));
      assert.deepEqual(await gpu.read(splats), expected);
    }
  }
});

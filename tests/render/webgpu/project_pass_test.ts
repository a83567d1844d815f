import assert from "node:assert/strict";
import { nearBits } from "../../../src/render/webgpu/batch.ts";
import { ProjectPass } from "../../../src/render/webgpu/project_pass.ts";
import type { Splats } from "../../../src/scene/splats.ts";
import type { Camera } from "../../../src/render/camera.ts";
import { gpuTest, type TestGpu } from "../../gpu/test_device.ts";
import { colorOf, type ProjectedSplat, projectSplat } from "../oracle.ts";
import { cameraOf } from "./batch_of.ts";
import { readRecord, type RecordValues } from "./record.ts";
import { cullOn } from "./scene_on.ts";
import { scatteredSplats, turned } from "./scattered.ts";

interface Projected extends RecordValues {
  readonly index: number;
  readonly depthKey: number;
  readonly tileCount: number;
  readonly objectId: number;
}

/** What the device makes of `splats`, a list a view. */
async function projectOn(
  gpu: TestGpu,
  splats: Splats,
  cameras: readonly Camera[],
): Promise<Projected[][]> {
  const on = await cullOn(gpu, splats, cameras);
  const { scene, batch, visibleMask, rankBase, stride } = on;
  const all = stride * cameras.length;
  const out = {
    records: gpu.zeros(8 * all),
    depthKey: gpu.zeros(all),
    tileCount: gpu.zeros(all),
    recordObject: gpu.zeros(all),
  };
  const project = new ProjectPass(gpu.device, scene.layout, splats.shDegree);
  const { visibleViews } = scene;
  gpu.run((pass) => {
    for (const { chunk, splats, count } of scene.chunks) {
      const bound = project.bind({
        batch,
        chunk,
        splats,
        visibleViews,
        visibleMask,
        rankBase,
        ...out,
      });
      project.encode(pass, bound, count);
    }
  });
  const [records, depthKeys, tileCounts, objectIds, mask] = [
    await gpu.read(out.records),
    await gpu.read(out.depthKey),
    await gpu.read(out.tileCount),
    await gpu.read(out.recordObject),
    await gpu.read(visibleMask),
  ];
  const kept = [...splats.opacities.keys()].filter((i) =>
    splats.opacities[i]! >= 1 / 255
  );
  return cameras.map((_, v) => {
    const seen = kept.filter((_, order) =>
      mask[v * on.words + (order >> 5)]! >>> (order & 31) & 1
    );
    return seen.map((index, rank) => ({
      index,
      ...readRecord(records, v * stride + rank),
      depthKey: depthKeys[v * stride + rank]!,
      tileCount: tileCounts[v * stride + rank]!,
      objectId: objectIds[v * stride + rank]!,
    }));
  });
}

/** u and v of a record's formula from the covariance: a Cholesky factor, by hand. */
function factorOf({ covariance: [xx, xy, yy] }: ProjectedSplat): number[] {
  const scale = Math.sqrt(Math.LOG2E / 2);
  const l00 = scale * Math.sqrt(yy / (xx * yy - xy * xy));
  return [l00, -l00 * xy / yy, scale / Math.sqrt(yy)];
}

for (const antialiased of [false, true]) {
  gpuTest(
    `ProjectPass projects as the oracle does, antialiased ${antialiased}`,
    async (gpu) => {
      const splats = scatteredSplats(1500, { antialiased });
      const views: Camera[][] = [
        [
          cameraOf(64),
          cameraOf(64, { rotation: turned(2, 0.5), cx: 12, cy: 50, fy: 40 }),
        ],
        [cameraOf(64, {
          projection: "orthographic",
          fx: 20,
          fy: 14,
          rotation: turned(1, 1),
        })],
      ];
      let compared = 0;
      for (const cameras of views) {
        const projected = await projectOn(gpu, splats, cameras);
        projected.forEach((list, v) => {
          for (const found of list) {
            const { index } = found;
            const truth = projectSplat(splats, index, cameras[v]!);
            assert.ok(truth, `splat ${index} should be left out`);
            const near = (
              name: string,
              a: number,
              b: number,
              error: number,
            ): void =>
              assert.ok(
                Math.abs(a - b) <= error,
                `${name} of ${index}: ${a}, not ${b}`,
              );
            near("x", found.x, truth.x, 1e-4 * (1 + Math.abs(truth.x)));
            near("y", found.y, truth.y, 1e-4 * (1 + Math.abs(truth.y)));
            near("z", found.z / truth.z, 1, 1e-5);
            const bits = new Uint32Array(Float32Array.of(found.z).buffer)[0]!;
            assert.equal(found.depthKey, bits - nearBits(cameras[v]!.near));
            // Relative to the size of the factor: l10 may be next to nothing.
            const factor = factorOf(truth);
            const size = Math.hypot(...factor);
            [found.l00, found.l10, found.l11].forEach((part, i) =>
              near("shape", part, factor[i]!, 2e-3 * size)
            );
            if (truth.opacity > 0.0045) {
              near(
                "opacity",
                found.opacity,
                truth.opacity,
                1e-5 + (antialiased ? 3e-3 : 1e-4) * truth.opacity,
              );
            } else if (truth.opacity < 1 / 256) {
              assert.equal(found.tileCount, 0);
            }
            colorOf(splats, index, truth.direction).forEach((channel, c) =>
              near("colour", found.color[c]!, channel, 0.003)
            );
            assert.equal(found.objectId, splats.objectIds![index]);
            compared++;
          }
        });
      }
      assert.ok(compared > 500, `${compared} compared`);
    },
  );
}

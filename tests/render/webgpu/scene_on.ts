/** A scene on a device, for tests of the passes that read it. */

import type { Splats } from "../../../src/scene/splats.ts";
import type { GpuScene } from "../../../src/render/webgpu/gpu_scene.ts";
import { loadScene } from "../../../src/render/webgpu/gpu_scene.ts";
import type { Camera } from "../../../src/render/camera.ts";
import { CullPass } from "../../../src/render/webgpu/cull_pass.ts";
import { PrefixSum } from "../../../src/render/webgpu/prefix_sum.ts";
import type { TestGpu } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";

/** A scene and the buffers that {@linkcode cullOn} and the passes after it fill. */
export interface SceneOn {
  readonly scene: GpuScene;
  readonly batch: GPUBuffer;
  readonly visibleMask: GPUBuffer;
  readonly rankBase: GPUBuffer;
  readonly counters: GPUBuffer;
  readonly words: number;
  readonly stride: number;
}

/** Loads `splats`, culls for `cameras` of one projection and ranks what survives. */
export async function cullOn(
  gpu: TestGpu,
  splats: Splats,
  cameras: readonly Camera[],
): Promise<SceneOn> {
  const scene = await loadScene(gpu.buffers, splats);
  const words = Math.ceil(scene.count / 32);
  const stride = splats.count;
  const { width, height, projection } = cameras[0]!;
  const batch = gpu.upload(batchOf(
    {
      width,
      height,
      tiles_x: Math.ceil(width / 16),
      tiles_y: Math.ceil(height / 16),
      orthographic: Number(projection === "orthographic"),
      antialiased: Number(splats.antialiased),
      with_object_ids: 1,
      word_count: words,
      record_stride: stride,
      prefix_block_stride: PrefixSum.blocksOf(words),
    },
    cameras,
    scene.origin,
  ));
  const visibleMask = gpu.zeros(words * cameras.length);
  const rankBase = gpu.zeros(words * cameras.length);
  const counters = gpu.zeros(2 * cameras.length);
  const cull = new CullPass(gpu.device, scene.layout);
  const ranks = new PrefixSum(gpu.device, "visible");
  const { visibleViews } = scene;
  const boundRanks = ranks.bind({
    batch,
    source: visibleMask,
    order: visibleMask,
    counters,
    values: rankBase,
    blockSum: gpu.zeros(cameras.length * PrefixSum.blocksOf(words)),
  });
  gpu.run((pass) => {
    for (const { chunk, splats, count } of scene.chunks) {
      const bound = cull.bind({
        batch,
        chunk,
        splats,
        visibleViews,
        visibleMask,
      });
      cull.encode(pass, bound, count);
    }
    const groups = PrefixSum.blocksOf(words);
    ranks.encode(pass, boundRanks, { groups, views: cameras.length });
  });
  return { scene, batch, visibleMask, rankBase, counters, words, stride };
}

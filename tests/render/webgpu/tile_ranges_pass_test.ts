import assert from "node:assert/strict";
import { TileRangesPass } from "../../../src/render/webgpu/tile_ranges_pass.ts";
import { gpuTest } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";

/** First and one past last of each tile. */
function rangesOf(pairTile: readonly number[], tiles: number): number[] {
  return Array.from({ length: tiles }, (_, tile) => {
    const first = pairTile.indexOf(tile);
    return first < 0 ? [0, 0] : [first, pairTile.lastIndexOf(tile) + 1];
  }).flat();
}

gpuTest("TileRangesPass finds each tile's pairs in every view", async (gpu) => {
  const tiles = 12;
  const stride = 1000;
  // The last pairs of the second view are of no tile.
  const views = [
    [],
    [0, 0, 3, 3, 3, 4, 11, 12, 12],
    Array.from({ length: stride }, (_, i) => Math.floor(i / 100)),
  ];
  const pairTile = new Uint32Array(stride * views.length).fill(5);
  views.forEach((view, v) => pairTile.set(view, v * stride));
  const tileRange = gpu.zeros(2 * tiles * views.length);
  const pass = new TileRangesPass(gpu.device);
  const bound = pass.bind({
    batch: gpu.upload(batchOf({
      view_count: views.length,
      tiles_x: 4,
      tiles_y: 3,
      pair_stride: stride,
    })),
    counters: gpu.upload(
      // The last view's count is beyond the capacity.
      Uint32Array.of(0, 0, 0, views[1]!.length, 0, stride + 5),
    ),
    pairTile: gpu.upload(pairTile),
    tileRange,
  });
  gpu.run((encoder) =>
    pass.encode(encoder, bound, { pairs: stride, views: views.length })
  );
  assert.deepEqual(
    [...await gpu.read(tileRange)],
    views.flatMap((view) => rangesOf(view, tiles)),
  );
});

import assert from "node:assert/strict";
import { PrefixBlocksPass } from "../../../src/render/webgpu/prefix_blocks_pass.ts";
import { PREFIX_BLOCK } from "../../../src/render/webgpu/prefix_source.ts";
import { gpuTest } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";

gpuTest(
  "PrefixBlocksPass takes the values in order and sums each block",
  async (gpu) => {
    const stride = 3 * PREFIX_BLOCK;
    const counts = [stride - 5, PREFIX_BLOCK + 1];
    const length = counts.length * stride;
    const tiles = Uint32Array.from({ length }, (_, i) => i * i % 37);
    const order = Uint32Array.from({ length }, (_, i) => i * 5 % stride);
    const [values, blockSum] = [
      gpu.zeros(length),
      gpu.zeros(3 * counts.length),
    ];
    const blocks = new PrefixBlocksPass(gpu.device, "tiles");
    const bound = blocks.bind({
      batch: gpu.upload(batchOf({
        view_count: counts.length,
        record_stride: stride,
        prefix_block_stride: 3,
      })),
      source: gpu.upload(tiles),
      order: gpu.upload(order),
      counters: gpu.upload(Uint32Array.from(counts.flatMap((n) => [n, 0]))),
      values,
      blockSum,
    });
    gpu.run((pass) =>
      blocks.encode(pass, bound, { groups: 3, views: counts.length })
    );
    const [foundValues, foundSums] = [
      await gpu.read(values),
      await gpu.read(blockSum),
    ];
    counts.forEach((count, view) => {
      const expected = Array.from(
        { length: count },
        (_, i) => tiles[view * stride + order[view * stride + i]!]!,
      );
      const first = view * stride;
      assert.deepEqual(
        [...foundValues.subarray(first, first + count)],
        expected,
      );
      for (let block = 0; block * PREFIX_BLOCK < count; block++) {
        const sum = expected
          .slice(block * PREFIX_BLOCK, (block + 1) * PREFIX_BLOCK)
          .reduce((a, b) => a + b, 0);
        assert.equal(foundSums[3 * view + block], sum);
      }
    });
  },
);

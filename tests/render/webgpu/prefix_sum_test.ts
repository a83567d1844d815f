import assert from "node:assert/strict";
import fc from "fast-check";
import { PrefixSum } from "../../../src/render/webgpu/prefix_sum.ts";
import { gpuTest, type TestGpu } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";

const SUM_MAX = 0x7fffffff;

/** Sums before each value, and the total; capped. */
function prefixSums(values: ArrayLike<number>): [number[], number] {
  let running = 0;
  const sums = Array.from(values, (value) => {
    const before = running;
    running = Math.min(SUM_MAX, running + value);
    return before;
  });
  return [sums, running];
}

function countBits(word: number): number {
  let count = 0;
  for (; word !== 0; word >>>= 1) count += word & 1;
  return count;
}

async function rank(
  gpu: TestGpu,
  views: readonly Uint32Array[],
): Promise<{ sums: Uint32Array; totals: number[] }> {
  const words = views[0]!.length;
  const blocks = Math.max(1, PrefixSum.blocksOf(words));
  const source = gpu.upload(Uint32Array.from(views.flatMap((v) => [...v])));
  const counters = gpu.upload(new Uint32Array(2 * views.length).fill(99));
  const values = gpu.zeros(words * views.length);
  const prefix = new PrefixSum(gpu.device, "visible");
  const bound = prefix.bind({
    batch: gpu.upload(batchOf({
      view_count: views.length,
      word_count: words,
      prefix_block_stride: blocks,
    })),
    source,
    order: source,
    counters,
    values,
    blockSum: gpu.zeros(blocks * views.length),
  });
  const size = { groups: PrefixSum.blocksOf(words), views: views.length };
  gpu.run((pass) => prefix.encode(pass, bound, size));
  const counts = await gpu.read(counters);
  return {
    sums: await gpu.read(values),
    totals: views.map((_, v) => counts[2 * v]!),
  };
}

gpuTest("PrefixSum counts the bits before each word of a mask", async (gpu) => {
  const masks = fc.integer({ min: 1, max: 6000 }).chain((length) =>
    fc.array(
      fc.uint32Array({ minLength: length, maxLength: length }),
      { minLength: 1, maxLength: 3 },
    )
  );
  await fc.assert(
    fc.asyncProperty(masks, async (views) => {
      const { sums, totals } = await rank(gpu, views);
      views.forEach((words, v) => {
        const [expected, total] = prefixSums([...words].map(countBits));
        const first = v * words.length;
        const found = sums.slice(first, first + words.length);
        assert.deepEqual([...found], expected);
        assert.equal(totals[v], total);
      });
    }),
    { numRuns: 12 },
  );
});

gpuTest("PrefixSum of nothing counts nothing", async (gpu) => {
  const { totals } = await rank(gpu, [new Uint32Array(), new Uint32Array()]);
  assert.deepEqual(totals, [0, 0]);
});

gpuTest(
  "PrefixSum takes the tiles in order, and is capped instead of wrapping around",
  async (gpu) => {
    const count = 5000;
    const stride = 6144;
    const tiles = Uint32Array.from(
      { length: stride },
      (_, i) => i % 3 === 0 ? 2_000_000 : i,
    );
    const order = Uint32Array.from(
      { length: stride },
      (_, i) => stride - 1 - i,
    );
    const counters = gpu.upload(Uint32Array.of(count, 0));
    const values = gpu.zeros(stride);
    const blocks = PrefixSum.blocksOf(stride);
    const prefix = new PrefixSum(gpu.device, "tiles");
    const bound = prefix.bind({
      batch: gpu.upload(batchOf({
        record_stride: stride,
        prefix_block_stride: blocks,
      })),
      source: gpu.upload(tiles),
      order: gpu.upload(order),
      counters,
      values,
      blockSum: gpu.zeros(blocks),
    });
    gpu.run((pass) => prefix.encode(pass, bound, { groups: blocks, views: 1 }));
    const inOrder = [...order.slice(0, count)].map((index) => tiles[index]!);
    const [expected, total] = prefixSums(inOrder);
    assert.equal(total, SUM_MAX);
    assert.deepEqual([...await gpu.read(values)].slice(0, count), expected);
    assert.deepEqual([...await gpu.read(counters)].slice(0, 2), [count, total]);
  },
);

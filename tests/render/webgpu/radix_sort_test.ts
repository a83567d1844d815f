import assert from "node:assert/strict";
import fc from "fast-check";
import { RadixSort } from "../../../src/render/webgpu/radix_sort.ts";
import { DIGITS, type Sorted } from "../../../src/render/webgpu/sort_keys.ts";
import { gpuTest, type TestGpu } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";

interface SortCase {
  /** Keys of each view. */
  readonly views: readonly Uint32Array[];
  readonly bits: number;
  readonly sorted: Sorted;
}

/** Sorts on the device; what a view has beyond its keys is filled with 7s before. */
async function sortOnDevice(
  gpu: TestGpu,
  { views, bits, sorted }: SortCase,
  stride: number,
): Promise<{ keys: Uint32Array; values: Uint32Array }[]> {
  const keys = new Uint32Array(stride * views.length).fill(7);
  const values = new Uint32Array(stride * views.length);
  const counters = new Uint32Array(2 * views.length);
  views.forEach((view, v) => {
    keys.set(view, v * stride);
    for (let i = 0; i < stride; i++) values[v * stride + i] = 1000 + i;
    counters[2 * v + (sorted === "records" ? 0 : 1)] = view.length;
  });
  const blocks = RadixSort.blocksOf(stride);
  const sort = new RadixSort(gpu.buffers, sorted, {
    implicitValues: sorted === "records",
  });
  const pairs = [
    { keys: gpu.upload(keys), values: gpu.upload(values) },
    { keys: gpu.zeros(keys.length), values: gpu.zeros(keys.length) },
  ] as const;
  const bound = sort.bind({
    batch: gpu.upload(batchOf({
      view_count: views.length,
      record_stride: stride,
      pair_stride: stride,
      sort_block_stride: blocks,
    })),
    counters: gpu.upload(counters),
    pairs,
    digitCount: gpu.zeros(DIGITS * blocks * views.length),
    digitTotal: gpu.zeros(DIGITS * views.length),
  });
  gpu.run((pass) =>
    sort.encode(pass, bound, { bits, groups: blocks, views: views.length })
  );
  const result = pairs[RadixSort.resultOf(bits)];
  const [sortedKeys, sortedValues] = [
    await gpu.read(result.keys),
    await gpu.read(result.values),
  ];
  return views.map(({ length }, v) => ({
    keys: sortedKeys.slice(v * stride, v * stride + length),
    values: sortedValues.slice(v * stride, v * stride + length),
  }));
}

/** The same in two lines: a stable sort of indices. */
function sortOnHost(keys: Uint32Array, firstValue: number): number[] {
  return [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b)
    .map((index) => firstValue + index);
}

function check(
  { views, sorted }: SortCase,
  results: { keys: Uint32Array; values: Uint32Array }[],
): void {
  views.forEach((keys, v) => {
    const values = sortOnHost(keys, sorted === "records" ? 0 : 1000);
    assert.deepEqual([...results[v]!.values], values);
    assert.deepEqual([...results[v]!.keys], [...keys].sort((a, b) => a - b));
  });
}

gpuTest(
  "RadixSort sorts stably whatever the keys, in every view",
  async (gpu) => {
    const keysOf = (bits: number): fc.Arbitrary<Uint32Array> =>
      fc.oneof(
        fc.uint32Array({ maxLength: 5000, max: 2 ** bits - 1 }),
        // Many equal keys.
        fc.uint32Array({ maxLength: 5000, max: Math.min(3, 2 ** bits - 1) }),
      );
    const cases = fc.integer({ min: 1, max: 32 }).chain((bits) =>
      fc.record({
        bits: fc.constant(bits),
        views: fc.array(keysOf(bits), { minLength: 1, maxLength: 3 }),
        sorted: fc.constantFrom<Sorted>("records", "pairs"),
      })
    );
    await fc.assert(
      fc.asyncProperty(cases, async (sortCase) => {
        check(sortCase, await sortOnDevice(gpu, sortCase, 6144));
      }),
      { numRuns: 12 },
    );
  },
);

gpuTest(
  "RadixSort sorts 70,000 keys of 32 bits, also at block borders",
  async (gpu) => {
    let state = 1;
    const random = (): number => state = Math.imul(state, 747796405) + 1 >>> 0;
    for (const length of [0, 1, 2047, 2048, 2049, 70_000]) {
      const sortCase: SortCase = {
        views: [Uint32Array.from({ length }, random)],
        bits: 32,
        sorted: "pairs",
      };
      check(sortCase, await sortOnDevice(gpu, sortCase, Math.max(1, length)));
    }
  },
);

gpuTest("RadixSort leaves out what is beyond the capacity", async (gpu) => {
  const sortCase: SortCase = {
    views: [Uint32Array.from({ length: 3000 }, (_, i) => 3000 - i)],
    bits: 12,
    sorted: "records",
  };
  const [result] = await sortOnDevice(
    gpu,
    { ...sortCase, views: [sortCase.views[0]!.slice(0, 2500)] },
    2500,
  );
  const { keys } = result!;
  assert.equal(keys.length, 2500);
  assert.deepEqual([keys[0], keys[2499]], [501, 3000]);
});

import assert from "node:assert/strict";
import {
  DIGIT_BITS,
  DIGITS,
  SORT_BLOCK,
} from "../../../src/render/webgpu/sort_keys.ts";
import { SortCountPass } from "../../../src/render/webgpu/sort_count_pass.ts";
import { SortScanPass } from "../../../src/render/webgpu/sort_scan_pass.ts";
import { SortScatterPass } from "../../../src/render/webgpu/sort_scatter_pass.ts";
import { gpuTest, type TestGpu } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";

/** Keys of two views; room for more, so that what lies beyond shows. */
const COUNTS = [5000, 2049] as const;
const STRIDE = 6144;
const BLOCKS = STRIDE / SORT_BLOCK;
const SHIFT = 3;
const SIZE = { groups: BLOCKS, views: COUNTS.length };

const keys = Uint32Array.from(
  { length: STRIDE * COUNTS.length },
  (_, i) => Math.imul(i + 1, 2654435761) >>> 20,
);

function digitOf(key: number): number {
  return key >>> SHIFT & (1 << DIGIT_BITS) - 1;
}

/** How often a digit comes in a block of a view. */
function countOf(view: number, digit: number, block: number): number {
  const first = block * SORT_BLOCK;
  const end = Math.min(first + SORT_BLOCK, COUNTS[view]!);
  return keys.subarray(view * STRIDE + first, view * STRIDE + end)
    .filter((key) => digitOf(key) === digit).length;
}

/** `of` for each view, digit and block, as digit_count lies in memory. */
function table(
  of: (view: number, digit: number, block: number) => number,
): Uint32Array {
  return Uint32Array.from(
    { length: COUNTS.length * DIGITS * BLOCKS },
    (_, i) =>
      of(
        Math.floor(i / (DIGITS * BLOCKS)),
        Math.floor(i / BLOCKS) % DIGITS,
        i % BLOCKS,
      ),
  );
}

/** Blocks that a view's keys take. */
function blocksOf(view: number): number {
  return Math.ceil(COUNTS[view]! / SORT_BLOCK);
}

/** How often a digit comes before a block of a view. */
function countBefore(view: number, digit: number, block: number): number {
  let sum = 0;
  for (let b = 0; b < block; b++) sum += countOf(view, digit, b);
  return sum;
}

function shared(gpu: TestGpu): {
  batch: GPUBuffer;
  counters: GPUBuffer;
  step: GPUBuffer;
} {
  return {
    batch: gpu.upload(batchOf({
      view_count: COUNTS.length,
      record_stride: STRIDE,
      sort_block_stride: BLOCKS,
    })),
    counters: gpu.upload(Uint32Array.from(COUNTS.flatMap((n) => [n, 0]))),
    step: gpu.upload(Uint32Array.of(SHIFT, 0).buffer),
  };
}

gpuTest("SortCountPass counts each digit in each block", async (gpu) => {
  const counted = new SortCountPass(gpu.device, "records");
  const unwritten = 99;
  const digitCount = gpu.upload(table(() => unwritten));
  const bound = counted.bind({
    ...shared(gpu),
    keys: gpu.upload(keys),
    digitCount,
  });
  gpu.run((pass) => counted.encode(pass, bound, SIZE));
  assert.deepEqual(
    await gpu.read(digitCount),
    table((view, digit, block) =>
      block < blocksOf(view) ? countOf(view, digit, block) : unwritten
    ),
  );
});

gpuTest("SortScanPass sums the counts along the blocks", async (gpu) => {
  const scan = new SortScanPass(gpu.device, "records");
  const digitCount = gpu.upload(table(countOf));
  const digitTotal = gpu.zeros(DIGITS * COUNTS.length);
  const bound = scan.bind({ ...shared(gpu), digitCount, digitTotal });
  gpu.run((pass) => scan.encode(pass, bound, SIZE));
  assert.deepEqual(
    await gpu.read(digitCount),
    table((view, digit, block) =>
      // Beyond a view's blocks nothing is summed: no key is there.
      block < blocksOf(view) ? countBefore(view, digit, block) : 0
    ),
  );
  assert.deepEqual(
    [...await gpu.read(digitTotal)],
    COUNTS.flatMap((_, view) =>
      Array.from(
        { length: DIGITS },
        (_, digit) => countBefore(view, digit, BLOCKS),
      )
    ),
  );
});

gpuTest(
  "SortScatterPass puts keys in order of one digit, stably",
  async (gpu) => {
    const scatter = new SortScatterPass(gpu.device, "records");
    const values = keys.map((_, i) => 7 * i);
    const [keysOut, valuesOut] = [
      gpu.zeros(keys.length),
      gpu.zeros(keys.length),
    ];
    const totals = Uint32Array.from(
      { length: DIGITS * COUNTS.length },
      (_, i) => countBefore(Math.floor(i / DIGITS), i % DIGITS, BLOCKS),
    );
    const bound = scatter.bind({
      ...shared(gpu),
      keys: gpu.upload(keys),
      values: gpu.upload(values),
      digitCount: gpu.upload(table(countBefore)),
      digitTotal: gpu.upload(totals),
      keysOut,
      valuesOut,
    });
    gpu.run((pass) => scatter.encode(pass, bound, SIZE));
    const [foundKeys, foundValues] = [
      await gpu.read(keysOut),
      await gpu.read(valuesOut),
    ];
    COUNTS.forEach((count, view) => {
      const order = Array.from({ length: count }, (_, i) => view * STRIDE + i)
        .sort((a, b) => digitOf(keys[a]!) - digitOf(keys[b]!) || a - b);
      const at = view * STRIDE;
      assert.deepEqual(
        [...foundKeys.subarray(at, at + count)],
        order.map((i) => keys[i]),
      );
      assert.deepEqual(
        [...foundValues.subarray(at, at + count)],
        order.map((i) => values[i]),
      );
      // What has no key stays unwritten.
      assert.ok(
        foundKeys.subarray(at + count, at + STRIDE).every((k) => k === 0),
      );
    });
  },
);

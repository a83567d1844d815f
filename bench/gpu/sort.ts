/**
 * The radix sort alone: keys a second, and whether it is right and stable.
 *
 * @module
 */

import { Buffers } from "../../src/gpu/buffers.ts";
import { BATCH_BYTES, writeBatch } from "../../src/render/webgpu/batch.ts";
import { RadixSort } from "../../src/render/webgpu/radix_sort.ts";
import {
  SORT_SHAPE,
  type SortShape,
} from "../../src/render/webgpu/sort_keys.ts";
import { randomNumbers } from "../room.ts";
import { timeOnDevice } from "./clock.ts";

/** Figures of one sort. */
export interface SortFigures {
  readonly keys: number;
  readonly bits: number;
  /** Bits a pass. */
  readonly digit: number;
  readonly ms: number;
  /** 10^9 key-value pairs a second. */
  readonly gpairs: number;
  readonly correct: boolean;
}

/** Ways to sort that fit in the 16 KiB of a workgroup: the renderer's first. */
export const SHAPES: readonly SortShape[] = [
  SORT_SHAPE,
  { digitBits: 4, block: 2048 },
  { digitBits: 6, block: 1024 },
  { digitBits: 8, block: 256 },
];

/** Sorts `count` pairs of `bits` bits. */
export async function benchSort(
  device: GPUDevice,
  { count, bits, shape }: { count: number; bits: number; shape: SortShape },
): Promise<SortFigures> {
  const buffers = new Buffers(device);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC |
    GPUBufferUsage.COPY_DST;
  const make = (words: number): GPUBuffer =>
    buffers.create("sort", 4 * words, usage);
  const blocks = RadixSort.blocksOf(count, shape);
  const batch = buffers.create(
    "batch",
    BATCH_BYTES,
    GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  );
  device.queue.writeBuffer(
    batch,
    0,
    writeBatch(
      {
        width: 0,
        height: 0,
        tiles_x: 0,
        tiles_y: 0,
        view_count: 1,
        orthographic: 0,
        with_object_ids: 0,
        antialiased: 0,
        word_count: 0,
        record_stride: count,
        pair_stride: count,
        prefix_block_stride: 0,
        sort_block_stride: blocks,
      },
      [],
      [],
    ),
  );
  const counters = make(2);
  device.queue.writeBuffer(counters, 0, Uint32Array.of(count, 0));
  const random = randomNumbers(count);
  const keys = Uint32Array.from({ length: count }, () => random() * 2 ** bits);
  const pairs = [
    { keys: make(count), values: make(count) },
    { keys: make(count), values: make(count) },
  ] as const;
  const sort = new RadixSort(buffers, "records", {
    implicitValues: true,
    shape,
  });
  const digits = 1 << shape.digitBits;
  const bound = sort.bind({
    batch,
    counters,
    pairs,
    digitCount: make(digits * blocks),
    digitTotal: make(digits),
  });
  device.queue.writeBuffer(pairs[0].keys, 0, keys);
  const ms = await timeOnDevice(
    device,
    (pass) => sort.encode(pass, bound, { bits, groups: blocks, views: 1 }),
    5,
  );
  // The rounds before left other keys there.
  device.queue.writeBuffer(pairs[0].keys, 0, keys);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  sort.encode(pass, bound, { bits, groups: blocks, views: 1 });
  pass.end();
  const staging = buffers.create(
    "staging",
    4 * count,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  const { values } = pairs[RadixSort.resultOf(bits, shape)];
  encoder.copyBufferToBuffer(values, 0, staging, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const order = new Uint32Array(staging.getMappedRange().transfer());
  buffers.destroyAll();
  return {
    keys: count,
    bits,
    digit: shape.digitBits,
    ms,
    gpairs: count / ms / 1e6,
    correct: isStablySorted(keys, order),
  };
}

/** Whether `order` is a permutation that sorts `keys`, equal ones ascending. */
function isStablySorted(keys: Uint32Array, order: Uint32Array): boolean {
  const seen = new Uint8Array(keys.length);
  for (let i = 0; i < order.length; i++) {
    const index = order[i]!;
    if (index >= keys.length || seen[index]) return false;
    seen[index] = 1;
    if (i === 0) continue;
    const before = order[i - 1]!;
    const step = keys[index]! - keys[before]!;
    if (step < 0 || step === 0 && index < before) return false;
  }
  return true;
}

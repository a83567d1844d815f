import assert from "node:assert/strict";
import { ReadbackRing } from "../../src/gpu/readback.ts";
import { gpuTest } from "./test_device.ts";

gpuTest("what is taken stays after the buffer is used again", async (gpu) => {
  const { device, buffers } = gpu;
  const ring = new ReadbackRing(buffers);
  const bring = async (value: number): Promise<ArrayBuffer[]> => {
    const source = gpu.upload(new Uint32Array(8).fill(value));
    const staging = ring.acquire(32);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(source, 0, staging.prepare(32), 0, 32);
    device.queue.submit([encoder.finish()]);
    await staging.map();
    const parts = [staging.take(0, 12), staging.take(16, 16)];
    ring.release(staging);
    return parts;
  };
  const first = await bring(7);
  const live = buffers.liveCount;
  const second = await bring(9);
  assert.equal(buffers.liveCount, live + 1); // the new source alone
  assert.deepEqual(
    [...first, ...second].map((part) => [...new Uint32Array(part)]),
    [[7, 7, 7], [7, 7, 7, 7], [9, 9, 9], [9, 9, 9, 9]],
  );
});

gpuTest("the ring hands out the buffer that fits best", async ({ buffers }) => {
  await Promise.resolve();
  const ring = new ReadbackRing(buffers);
  const sizes = [64, 256, 128];
  const made = sizes.map((size) => {
    const staging = ring.acquire(size);
    staging.prepare(size);
    return staging;
  });
  for (const staging of made) ring.release(staging);
  assert.equal(ring.acquire(100), made[2]);
  // None fits: the largest grows.
  const grown = ring.acquire(1000);
  assert.equal(grown, made[1]);
  grown.prepare(1000);
  assert.equal(buffers.liveBytes, 64 + 128 + 1000);
  assert.equal(ring.acquire(10), made[0]);
  assert.ok(!made.includes(ring.acquire(10)));
});

/**
 * Tests on a WebGPU device: one device a file, every test inside error scopes.
 * Without an adapter they are reported as ignored, and fail in CI.
 */

import assert from "node:assert/strict";
import { requestAdapter } from "../../src/gpu/adapter.ts";
import { Buffers } from "../../src/gpu/buffers.ts";
import { requestDevice } from "../../src/gpu/device.ts";

const { adapter, reason } = await requestAdapter();

/** Whether GPU tests are to be left out: no adapter, and not in CI. */
export const ignoreGpu: boolean = adapter === null &&
  Deno.env.get("CI") !== "true";

/** What a test works with. */
export interface TestGpu {
  readonly device: GPUDevice;
  readonly buffers: Buffers;
  /** A buffer with `data` in it. */
  upload(data: Uint32Array | Float32Array | ArrayBuffer): GPUBuffer;
  /** A zeroed buffer of `words` words. */
  zeros(words: number): GPUBuffer;
  /** What is in `buffer`. */
  read(buffer: GPUBuffer): Promise<Uint32Array>;
  /** Records with `encode` and submits. */
  run(encode: (pass: GPUComputePassEncoder) => void): void;
}

/** A fresh device with default limits unless `raised`; fails the test if there is no adapter. */
export async function openDevice(raised = false): Promise<GPUDevice> {
  assert.ok(adapter, `GPU tests need an adapter: ${reason}`);
  // An adapter gives one device only.
  const { adapter: fresh } = await requestAdapter();
  return await requestDevice(fresh!, { defaultsOnly: !raised });
}

let shared: Promise<GPUDevice> | undefined;

// A device that lives to the end of the process may crash the driver's own end.
Deno.test.afterAll(async () => (await shared)?.destroy());

/** A test on the file's device; fails on any validation error. */
export function gpuTest(
  name: string,
  body: (gpu: TestGpu) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: ignoreGpu,
    async fn(): Promise<void> {
      const device = await (shared ??= openDevice());
      const buffers = new Buffers(device);
      const filters = ["validation", "out-of-memory", "internal"] as const;
      for (const filter of filters) device.pushErrorScope(filter);
      const errors: (GPUError | null)[] = [];
      try {
        await body(makeGpu(buffers));
      } finally {
        for (const _ of filters) errors.push(await device.popErrorScope());
        buffers.destroyAll();
      }
      assert.deepEqual(errors.filter((error) => error !== null), []);
    },
  });
}

function makeGpu(buffers: Buffers): TestGpu {
  const { device } = buffers;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC |
    GPUBufferUsage.COPY_DST;
  return {
    device,
    buffers,
    upload(data): GPUBuffer {
      const buffer = buffers.create(
        "upload",
        data.byteLength,
        data instanceof ArrayBuffer ? usage | GPUBufferUsage.UNIFORM : usage,
      );
      // Deno panics on an empty write.
      if (data.byteLength > 0) {
        device.queue.writeBuffer(buffer, 0, data as BufferSource);
      }
      return buffer;
    },
    zeros: (words): GPUBuffer => buffers.create("zeros", 4 * words, usage),
    async read(buffer): Promise<Uint32Array> {
      const staging = buffers.create(
        "read",
        buffer.size,
        GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      );
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const words = new Uint32Array(staging.getMappedRange().transfer());
      buffers.destroy(staging);
      return words;
    },
    run(encode): void {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}

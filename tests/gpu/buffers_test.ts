import assert from "node:assert/strict";
import { Buffers, DeviceMemoryError } from "../../src/gpu/buffers.ts";
import { gpuTest } from "./test_device.ts";

gpuTest("Buffers counts what lives", async ({ device }) => {
  await Promise.resolve();
  const buffers = new Buffers(device);
  const first = buffers.create("first", 100, GPUBufferUsage.STORAGE);
  const second = buffers.create("second", 0, GPUBufferUsage.STORAGE);
  assert.deepEqual([first.size, second.size], [100, 16]);
  assert.deepEqual([buffers.liveCount, buffers.liveBytes], [2, 116]);
  buffers.destroy(first);
  assert.deepEqual([buffers.liveCount, buffers.liveBytes], [1, 16]);
  buffers.destroyAll();
  assert.deepEqual([buffers.liveCount, buffers.liveBytes], [0, 0]);
});

gpuTest(
  "createChecked() gives back what it made if something did not fit",
  async ({ device }) => {
    const buffers = new Buffers(device);
    const kept = buffers.create("kept", 64, GPUBufferUsage.STORAGE);
    const tooMuch = device.limits.maxBufferSize + 4;
    await assert.rejects(
      buffers.createChecked("a scene", () => {
        buffers.create("fits", 64, GPUBufferUsage.STORAGE);
        buffers.create("does not", tooMuch, GPUBufferUsage.STORAGE);
      }),
      (error) => {
        assert.ok(error instanceof DeviceMemoryError);
        assert.match(
          error.message,
          /^Cannot hold a scene as the device must have/,
        );
        assert.equal(error.bytesAsked, tooMuch + 64);
        return true;
      },
    );
    assert.equal(buffers.liveCount, 1);
    const made = await buffers.createChecked(
      "two",
      () =>
        [64, 64].map((size) =>
          buffers.create("", size, GPUBufferUsage.STORAGE)
        ),
    );
    assert.equal(buffers.liveCount, 3);
    buffers.destroy(kept, ...made);
  },
);

gpuTest(
  "createChecked() leaves alone what is made while it waits",
  async ({ device }) => {
    const buffers = new Buffers(device);
    const checked = buffers.createChecked(
      "too much",
      () =>
        buffers.create(
          "does not fit",
          device.limits.maxBufferSize + 4,
          GPUBufferUsage.STORAGE,
        ),
    );
    const other = buffers.create("other", 64, GPUBufferUsage.STORAGE);
    await assert.rejects(checked, DeviceMemoryError);
    assert.equal(buffers.liveCount, 1);
    buffers.destroy(other);
  },
);

gpuTest(
  "createChecked() passes on what `make` throws, and leaves no scope open",
  async ({ device }) => {
    const buffers = new Buffers(device);
    await assert.rejects(
      buffers.createChecked("a scene", () => {
        buffers.create("first", 64, GPUBufferUsage.STORAGE);
        throw new Error("no idea how large");
      }),
      /no idea/,
    );
    assert.equal(buffers.liveCount, 0);
    // The test's own three scopes are the ones that are left: its end pops them.
  },
);

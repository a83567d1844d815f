import assert from "node:assert/strict";
import { DeviceMemoryError } from "../../../src/gpu/buffers.ts";
import { RecoveringRenderer } from "../../../src/render/webgpu/recovering_renderer.ts";
import { createWebgpuRenderer } from "../../../src/render/webgpu/create_webgpu_renderer.ts";
import { ignoreGpu, openDevice } from "../../gpu/test_device.ts";
import { cameraOf } from "./batch_of.ts";
import { bytesOf } from "./compare.ts";
import { scatteredSplats, turned } from "./scattered.ts";

const splats = scatteredSplats(1500);
const cameras = [cameraOf(32), cameraOf(32, { rotation: turned(2) })];

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: ignoreGpu, fn });
}

test("a lost device is replaced, and the view is rendered", async () => {
  const device = await openDevice(true);
  await using renderer = await RecoveringRenderer.create(splats, { device });
  const before = await renderer.renderMany(cameras);
  device.destroy();
  const after = await renderer.renderMany(cameras);
  assert.notEqual(renderer.current.device, device);
  assert.deepEqual(after.map(bytesOf), before.map(bytesOf));
});

test("a device lost in mid-frame is replaced", async () => {
  const device = await openDevice(true);
  await using renderer = await RecoveringRenderer.create(splats, { device });
  const before = await renderer.renderMany(cameras);
  const { queue } = device;
  // Lost as soon as the next submission has left.
  const submit = queue.submit.bind(queue);
  queue.submit = (commands) => {
    submit(commands);
    device.destroy();
  };
  const after = await renderer.renderMany(cameras);
  assert.notEqual(renderer.current.device, device);
  assert.deepEqual(after.map(bytesOf), before.map(bytesOf));
});

test("a device is replaced once a frame: if the next is lost too, that is an error", async () => {
  const device = await openDevice(true);
  const renderer = await RecoveringRenderer.create(splats, { device });
  device.destroy();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (
    ...args
  ): Promise<GPUDevice> {
    const second = await requestDevice.apply(this, args);
    const submit = second.queue.submit.bind(second.queue);
    let left = 2; // survives the load
    second.queue.submit = (commands) => {
      submit(commands);
      if (--left === 0) second.destroy();
    };
    return second;
  };
  try {
    await assert.rejects(
      renderer.render(cameras[0]!),
      /^Error: Cannot render as the device was lost/,
    );
  } finally {
    GPUAdapter.prototype.requestDevice = requestDevice;
  }
  // The frame after that gets a device again.
  const view = await renderer.render(cameras[0]!);
  assert.ok(view.alpha.some((alpha) => alpha > 0));
  await renderer[Symbol.asyncDispose]();
});

test("a device without room for the scene is not the last that is tried", async () => {
  const device = await openDevice(true);
  await using renderer = await RecoveringRenderer.create(splats, { device });
  const before = await renderer.render(cameras[0]!);
  device.destroy();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (
    ...args
  ): Promise<GPUDevice> {
    const second = await requestDevice.apply(this, args);
    cramp(second, 1000);
    return second;
  };
  try {
    await assert.rejects(renderer.render(cameras[0]!), DeviceMemoryError);
  } finally {
    GPUAdapter.prototype.requestDevice = requestDevice;
  }
  const after = await renderer.render(cameras[0]!);
  assert.deepEqual(bytesOf(after), bytesOf(before));
});

test("views that are asked for together share a submission", async () => {
  const device = await openDevice(true);
  await using renderer = await RecoveringRenderer.create(splats, { device });
  await renderer.render(cameras[0]!);
  let submissions = 0;
  const submit = device.queue.submit.bind(device.queue);
  device.queue.submit = (commands) => {
    submissions++;
    submit(commands);
  };
  const many = Array.from(
    { length: 8 },
    (_, i) => cameraOf(32, { rotation: turned(i) }),
  );
  await Promise.all(many.map((camera) => renderer.render(camera)));
  assert.equal(submissions, 1);
  device.destroy();
});

test("one view that cannot be rendered does not fail those beside it", async () => {
  await using renderer = await RecoveringRenderer.create(splats);
  const results = await Promise.allSettled([
    renderer.render(cameras[0]!),
    renderer.render(cameraOf(16_384)),
    renderer.render(cameras[1]!),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("cameras that are no cameras are refused by name", async () => {
  await using renderer = await RecoveringRenderer.create(splats);
  const wrong = [{ width: 0 }, { fx: NaN }, { near: 0 }, { cx: Infinity }];
  for (const change of wrong) {
    await assert.rejects(renderer.render(cameraOf(32, change)), RangeError);
  }
});

test("an aborted view is given up at once with the signal's reason", async () => {
  await using renderer = await RecoveringRenderer.create(splats);
  const abort = new AbortController();
  const view = renderer.render(cameras[0]!, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(view, /enough/);
  await assert.rejects(
    renderer.render(cameras[0]!, { signal: abort.signal }),
    /enough/,
  );
  assert.ok(await renderer.render(cameras[0]!));
});

test("views leave no buffers behind", async () => {
  await using renderer = await RecoveringRenderer.create(splats);
  const views = Array.from(
    { length: 20 },
    (_, i) => cameraOf(16, { rotation: turned(i) }),
  );
  await renderer.renderMany(views);
  const { liveCount, liveBytes } = renderer.current.buffers;
  for (let i = 0; i < 9; i++) await renderer.renderMany(views);
  assert.equal(renderer.current.buffers.liveCount, liveCount);
  assert.equal(renderer.current.buffers.liveBytes, liveBytes);
});

test("a disposed renderer renders no more", async () => {
  const renderer = await RecoveringRenderer.create(splats);
  const last = renderer.render(cameras[0]!);
  await renderer[Symbol.asyncDispose]();
  assert.ok(await last);
  assert.equal(renderer.liveBuffers, 0);
  await assert.rejects(renderer.render(cameras[0]!), /disposed/);
});

/** Lets `device` have room for `bytes` bytes only. */
function cramp(device: GPUDevice, bytes: number): void {
  const createBuffer = device.createBuffer.bind(device);
  let used = 0;
  device.createBuffer = (descriptor) => {
    const fits = used + descriptor.size <= bytes;
    // What does not fit becomes a buffer that no device has room for.
    const size = fits ? descriptor.size : 2 ** 52;
    const buffer = createBuffer({ ...descriptor, size });
    if (fits) {
      used += size;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = (): undefined => {
        used -= size;
        destroy();
      };
    }
    return buffer;
  };
}

test("a scene that does not fit is refused with what was asked and what would fit", async () => {
  const device = await openDevice(true);
  cramp(device, 50_000);
  try {
    await assert.rejects(
      createWebgpuRenderer(splats, { device }),
      (error) => {
        assert.ok(error instanceof DeviceMemoryError);
        const [, megabytes, fitting] = error.message.match(
          /^Cannot load \d+ splats as the device must have 0\.2 MB free: (\S+) MB \((\d+) splats\) would fit$/,
        )!;
        // 104 bytes a splat and those of the views, of 50,000.
        assert.ok(Number(fitting) > 420 && Number(fitting) < 481, fitting);
        assert.equal(megabytes, "0.0");
        assert.ok(error.bytesAsked > 150_000);
        return true;
      },
    );
  } finally {
    device.destroy();
  }
});

test("where memory is short a submission takes fewer views", async () => {
  const device = await openDevice(true);
  const roomy = await RecoveringRenderer.create(splats);
  const expected = await roomy.renderMany(cameras);
  await roomy[Symbol.asyncDispose]();
  cramp(device, 2_000_000); // one view fits, two do not
  await using renderer = await RecoveringRenderer.create(splats, { device });
  const found = await renderer.renderMany(cameras);
  assert.deepEqual(found.map(bytesOf), expected.map(bytesOf));
  await assert.rejects(renderer.render(cameraOf(512)), DeviceMemoryError);
  device.destroy();
});

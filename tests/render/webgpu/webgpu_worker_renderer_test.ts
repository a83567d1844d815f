import assert from "node:assert/strict";
import { createWebgpuRenderer } from "../../../src/render/webgpu/create_webgpu_renderer.ts";
import { RecoveringRenderer } from "../../../src/render/webgpu/recovering_renderer.ts";
import { WebgpuWorkerRenderer } from "../../../src/render/webgpu/webgpu_worker_renderer.ts";
import { ignoreGpu } from "../../gpu/test_device.ts";
import { assertPunctual } from "../punctual.ts";
import { cameraOf } from "./batch_of.ts";
import { bytesOf } from "./compare.ts";
import { scatteredSplats, turned } from "./scattered.ts";

const splats = scatteredSplats(1500);
const cameras = [0, 1, 2].map((i) => cameraOf(32, { rotation: turned(i) }));

Deno.test({
  name: "the worker renders what the calling thread would",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    await using inWorker = await createWebgpuRenderer(splats);
    assert.ok(inWorker instanceof WebgpuWorkerRenderer);
    await using here = await RecoveringRenderer.create(splats);
    assert.equal(inWorker.description, here.description);
    const options = { withObjectIds: true };
    const found = await inWorker.renderMany(cameras, options);
    const expected = await here.renderMany(cameras, options);
    assert.deepEqual(found.map(bytesOf), expected.map(bytesOf));
    assert.ok(found[0]!.objectIds!.some((id) => id > 0));
  },
});

Deno.test({
  name: "the worker waits for splats that are on their way, or ends without",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const arriving = Promise.withResolvers<typeof splats>();
    const starting = WebgpuWorkerRenderer.start(arriving.promise);
    await new Promise((resolve) => setTimeout(resolve, 50));
    arriving.resolve(splats);
    await using renderer = await starting;
    const view = await renderer.render(cameras[0]!);
    assert.ok(view.alpha.some((alpha) => alpha > 0));

    const reason = new Error("the file ended");
    await assert.rejects(
      WebgpuWorkerRenderer.start(Promise.reject(reason)),
      reason,
    );
    const abort = new AbortController();
    const never = new Promise<typeof splats>(() => {});
    const { signal } = abort;
    const waiting = WebgpuWorkerRenderer.start(never, { signal });
    abort.abort(reason);
    await assert.rejects(waiting, reason);
  },
});

Deno.test({
  name: "the worker keeps the class of errors, and aborts",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const renderer = await WebgpuWorkerRenderer.start(splats);
    await assert.rejects(renderer.render(cameraOf(16_384)), RangeError);
    await assert.rejects(renderer.render(cameraOf(32, { fx: -1 })), RangeError);
    const abort = new AbortController();
    const view = renderer.render(cameras[0]!, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await assert.rejects(view, /enough/);
    assert.equal((await renderer.render(cameras[0]!)).width, 32);
    await renderer[Symbol.asyncDispose]();
    await assert.rejects(renderer.render(cameras[0]!), /disposed/);
  },
});

Deno.test({
  name: "a timer of the calling thread is never late while the worker renders",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    await using renderer = await WebgpuWorkerRenderer.start(
      scatteredSplats(20_000),
    );
    await renderer.render(cameraOf(256)); // Compiles.
    await assertPunctual(async () => {
      const begin = performance.now();
      while (performance.now() - begin < 500) {
        await renderer.renderMany(new Array(4).fill(cameraOf(256)));
      }
    });
  },
});

Deno.test({
  name: "start() gives up when its signal says so",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const abort = new AbortController();
    const start = WebgpuWorkerRenderer.start(splats, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await assert.rejects(start, /enough/);
  },
});

import assert from "node:assert/strict";
import { Stages, StageTimer } from "../../src/gpu/stages.ts";
import { ignoreGpu, openDevice } from "./test_device.ts";

Deno.test({
  name: "stages are one pass, or one each if they are measured",
  ignore: ignoreGpu,
  async fn(t): Promise<void> {
    const device = await openDevice(true);
    const plain = device.createCommandEncoder();
    const stages = new Stages(plain);
    assert.equal(stages.begin("a"), stages.begin("b"));
    stages.end();
    device.queue.submit([plain.finish()]);
    const ignore = !device.features.has("timestamp-query");
    await t.step({ name: "measured", ignore, fn: () => measured(device) });
    device.destroy();
  },
});

async function measured(device: GPUDevice): Promise<void> {
  const timer = new StageTimer(device);
  const encoder = device.createCommandEncoder();
  const timed = new Stages(encoder, timer);
  const first = timed.begin("a");
  assert.notEqual(timed.begin("b"), first);
  timed.begin("a");
  timed.end();
  timer.resolve(encoder);
  device.queue.submit([encoder.finish()]);
  const times = await timer.read();
  assert.deepEqual([...times.keys()], ["a", "b"]);
  assert.ok([...times.values()].every((time) => time >= 0 && time < 1000));
  timer.destroy();
}

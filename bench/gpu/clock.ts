/**
 * Time on the device: timestamps where the device has them, else the wall clock
 * around a submission, less that of an empty one.
 *
 * @module
 */

import { Stages, StageTimer } from "../../src/gpu/stages.ts";
import { median } from "../figures.ts";

/** Records work into a compute pass. */
export type RecordWork = (pass: GPUComputePassEncoder) => void;

/** Median milliseconds of `record` on the device over `rounds` submissions. */
export async function timeOnDevice(
  device: GPUDevice,
  record: RecordWork,
  rounds = 10,
): Promise<number> {
  const times: number[] = [];
  if (device.features.has("timestamp-query")) {
    const timer = new StageTimer(device);
    for (let round = 0; round <= rounds; round++) {
      const encoder = device.createCommandEncoder();
      const stages = new Stages(encoder, timer);
      record(stages.begin("all"));
      stages.end();
      timer.resolve(encoder);
      device.queue.submit([encoder.finish()]);
      times.push((await timer.read()).get("all")!);
    }
    timer.destroy();
  } else {
    for (let round = 0; round <= rounds; round++) {
      const empty = await wallTime(device, () => {});
      times.push(await wallTime(device, record) - empty);
    }
  }
  return median(times.slice(1)); // the first compiles
}

async function wallTime(
  device: GPUDevice,
  record: RecordWork,
): Promise<number> {
  const start = performance.now();
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  record(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/**
 * Views a second as a user gets them: submitted, read back, encoded.
 *
 * @module
 */

import type { Camera } from "../../src/render/camera.ts";
import type { Renderer } from "../../src/render/renderer.ts";
import { median } from "../figures.ts";

/** Milliseconds from asking for one view to having it: the median of `rounds`. */
export async function benchLatency(
  renderer: Renderer,
  cameras: readonly Camera[],
  rounds: number,
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await renderer.render(cameras[i % cameras.length]!);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Views a second, colour and depth in memory, `count` views in one call. */
export async function benchViews(
  renderer: Renderer,
  cameras: readonly Camera[],
  count: number,
): Promise<number> {
  const many = Array.from(
    { length: count },
    (_, i) => cameras[i % cameras.length]!,
  );
  await renderer.renderMany(many.slice(0, 64));
  const start = performance.now();
  await renderer.renderMany(many);
  return count / (performance.now() - start) * 1000;
}

/** Milliseconds that an empty submission takes to come back: what waiting costs by itself. */
export async function benchMap(device: GPUDevice): Promise<number> {
  const staging = device.createBuffer({
    size: 16,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(staging);
    device.queue.submit([encoder.finish()]);
    const start = performance.now();
    await staging.mapAsync(GPUMapMode.READ);
    times.push(performance.now() - start);
    staging.unmap();
  }
  staging.destroy();
  return median(times);
}

/**
 * Where the WebGPU renderer runs: in a worker where one may be started from its
 * file, else in the calling thread, which then stalls while a view is rendered.
 *
 * @module
 */

import type { Splats } from "../../scene/splats.ts";
import type { Renderer } from "../renderer.ts";
import { RecoveringRenderer } from "./recovering_renderer.ts";
import { WebgpuWorkerRenderer } from "./webgpu_worker_renderer.ts";

/** Options for {@linkcode createWebgpuRenderer}. */
export interface WebgpuRendererOptions {
  /** Renders in the calling thread on this device, which stays the caller's. */
  device?: GPUDevice;
  /** Gives up; its reason is thrown. */
  signal?: AbortSignal;
  /** Told when the device was lost and another is sought. */
  onLost?: () => void;
}

/**
 * Brings `splats` to a device; a worker starts while they are on their way. They
 * must stay as they are until the renderer is disposed: it needs them again if
 * the device is lost.
 *
 * @throws {Error} If there is no adapter.
 * @throws {DeviceMemoryError} If the scene does not fit; says what was asked and what would fit.
 * @throws The signal's reason if aborted; what `splats` rejects with.
 */
export async function createWebgpuRenderer(
  splats: Splats | PromiseLike<Splats>,
  { device, signal, onLost = () => {} }: WebgpuRendererOptions = {},
): Promise<Renderer> {
  signal?.throwIfAborted();
  if (device === undefined && mayStartWorker()) {
    return await WebgpuWorkerRenderer.start(splats, {
      onLost,
      ...(signal ? { signal } : {}),
    });
  }
  const renderer = await RecoveringRenderer.create(await splats, {
    onLost,
    ...(device ? { device } : {}),
  });
  if (signal?.aborted) {
    await renderer[Symbol.asyncDispose]();
    throw signal.reason;
  }
  return renderer;
}

/** A worker's file needs read permission; asking would prompt. */
function mayStartWorker(): boolean {
  const url = new URL("./worker.ts", import.meta.url);
  if (url.protocol !== "file:") return false;
  return Deno.permissions.querySync({ name: "read", path: url }).state ===
    "granted";
}

/**
 * Which renderer: a GPU's if the machine has one, else the processor's, which
 * is faster than WebGPU in software.
 *
 * @module
 */

import { findGpu } from "../gpu/find_gpu.ts";
import type { Splats } from "../scene/splats.ts";
import type { Backend, Renderer } from "./renderer.ts";

/** Options of {@linkcode createRenderer}. */
export interface CreateRendererOptions {
  /** @default {"auto"} */
  readonly backend?: "auto" | Backend;
  /** Told in one line if `auto` does without a GPU, and why. */
  readonly onNotice?: (line: string) => void;
  /** Told when a GPU's device was lost and the scene goes to another. */
  readonly onDeviceLost?: () => void;
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** How to get a driver, for the one line. */
const DRIVER_HINT = Deno.build.os === "linux"
  ? "with a GPU, install its Vulkan driver (on Debian: apt-get install mesa-vulkan-drivers, or NVIDIA's)"
  : "with a GPU, update its driver";

/** Splats that are there or on their way. */
type Arriving = Splats | PromiseLike<Splats>;

/**
 * Makes the scene resident on a device. `splats` must not change afterwards:
 * WebGPU needs them again if its device is lost. While they are on their way,
 * all is made ready that needs none.
 *
 * @throws {Error} If the backend asked for by name is not there.
 * @throws {RangeError} If the scene does not fit.
 * @throws The signal's reason if aborted; what `splats` rejects with.
 */
export async function createRenderer(
  splats: Arriving,
  { backend = "auto", onNotice, onDeviceLost, signal }: CreateRendererOptions =
    {},
): Promise<Renderer> {
  const options = {
    ...(onDeviceLost === undefined ? {} : { onDeviceLost }),
    ...(signal === undefined ? {} : { signal }),
    ...(onNotice === undefined ? {} : { onNotice }),
  };
  if (backend === "cpu") return await onCpu(splats, options);
  if (backend === "webgpu") return await onGpu(splats, options);
  const { kind, description } = await findGpu();
  signal?.throwIfAborted();
  let reason = description;
  if (kind === "hardware") {
    try {
      return await onGpu(splats, options);
    } catch (error) {
      signal?.throwIfAborted();
      reason = `${description}: ${(error as Error).message}`;
    }
  }
  const renderer = await onCpu(splats, options);
  onNotice?.(
    `no GPU (${reason}): rendering on the ${renderer.description}; ${DRIVER_HINT}`,
  );
  return renderer;
}

type Options = Omit<CreateRendererOptions, "backend">;

async function onCpu(
  splats: Arriving,
  { onNotice, signal }: Options,
): Promise<Renderer> {
  const { createCpuRenderer } = await import("./cpu/cpu_renderer.ts");
  return await createCpuRenderer(splats, {
    ...(signal === undefined ? {} : { signal }),
    ...(onNotice === undefined ? {} : { warn: onNotice }),
  });
}

async function onGpu(
  splats: Arriving,
  { signal, onDeviceLost }: Options,
): Promise<Renderer> {
  const { createWebgpuRenderer } = await import(
    "./webgpu/create_webgpu_renderer.ts"
  );
  return await createWebgpuRenderer(splats, {
    ...(signal === undefined ? {} : { signal }),
    ...(onDeviceLost === undefined ? {} : { onLost: onDeviceLost }),
  });
}

/**
 * Renders on the calling thread: where workers do not start.
 *
 * @module
 */

import { openShReader } from "../../scene/file_sh.ts";
import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import type { RenderOptions, View } from "../renderer.ts";
import {
  type CoreExports,
  createScene,
  jobOf,
  outputsOf,
  type SharedCore,
  STAGE_SPLATS,
  viewOf,
} from "./core.ts";
import type { Engine } from "./cpu_renderer.ts";
import { packShare } from "./pack_share.ts";

/** One scene, no workers. */
export class InlineEngine implements Engine {
  readonly description = "processor, calling thread, WebAssembly SIMD";
  readonly #core: CoreExports;
  readonly #memory: WebAssembly.Memory;

  private constructor(core: CoreExports, memory: WebAssembly.Memory) {
    this.#core = core;
    this.#memory = memory;
  }

  /** Packs `splats`. */
  static start(shared: SharedCore, splats: Splats): InlineEngine {
    const core = createScene(shared, splats, 1);
    packShare(core, shared.memory, {
      worker: 0,
      splats,
      blockSize: STAGE_SPLATS,
      openSh: openShReader,
    });
    return new InlineEngine(core, shared.memory);
  }

  async render(camera: Camera, options: RenderOptions): Promise<View> {
    // Lets what else is due run between two views.
    await new Promise((resolve) => setTimeout(resolve, 0));
    options.signal?.throwIfAborted();
    const { width, height } = camera;
    const job = jobOf(camera, options.withObjectIds ?? false);
    new Float64Array(this.#memory.buffer, this.#core.job_address(0), job.length)
      .set(job);
    if (this.#core.render(0) !== 0) {
      throw new RangeError(
        `Cannot render a view as its pictures and lists must fit in memory: current size is ${width}x${height}`,
      );
    }
    return viewOf(outputsOf(this.#core, this.#memory), { width, height });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

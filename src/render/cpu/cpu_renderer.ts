/**
 * The renderer for machines without a GPU: a WebAssembly SIMD core on all
 * processor cores. The calling thread only queues views and receives pictures.
 *
 * @module
 */

import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import type { Renderer, RenderOptions, View } from "../renderer.ts";
import { checkCamera } from "../check_camera.ts";
import { MAX_WORKERS, openCore } from "./core.ts";
import { Crew } from "./crew.ts";
import { InlineEngine } from "./inline_engine.ts";
import { WorkerEngine } from "./worker_engine.ts";

/** Options for {@linkcode createCpuRenderer}. */
export interface CpuRendererOptions {
  /** Worker threads, 1..64. @default {navigator.hardwareConcurrency} */
  threads?: number;
  /** Gives up; its reason is thrown. */
  signal?: AbortSignal;
  /** Told once, in one line, if workers do not start and the calling thread renders. */
  warn?: (line: string) => void;
  /** How long workers may take to start, milliseconds; 0 does without them. @default {4000} */
  startTimeout?: number;
}

/** What {@linkcode CpuRenderer} drives: {@linkcode WorkerEngine} or {@linkcode InlineEngine}. */
export interface Engine extends AsyncDisposable {
  readonly description: string;
  /** Renders one view, after those asked for before. */
  render(camera: Camera, options: RenderOptions): Promise<View>;
}

/**
 * Packs `splats` for rendering on the processor; afterwards they may be
 * dropped. Workers start at once, also if the splats are still to come.
 *
 * @throws {RangeError} If `threads` is out of range or the scene does not fit in 4 GiB.
 * @throws {Error} If SH coefficients that lie in a file cannot be read from there.
 * @throws The signal's reason if aborted; what `splats` rejects with.
 */
export async function createCpuRenderer(
  splats: Splats | PromiseLike<Splats>,
  { threads, signal, warn, startTimeout = 4000 }: CpuRendererOptions = {},
): Promise<Renderer> {
  const workers = threads ??
    Math.min(MAX_WORKERS, navigator.hardwareConcurrency || 1);
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    throw new RangeError(
      `Cannot render on the processor as threads must be an integer in 1..${MAX_WORKERS}: current value is ${threads}`,
    );
  }
  signal?.throwIfAborted();
  using held = new DisposableStack();
  const crew = held.use(new Crew(workers));
  const scene = await splats;
  signal?.throwIfAborted();
  const engine = await WorkerEngine.start(crew, scene, {
    startTimeout,
    ...(signal ? { signal } : {}),
  });
  if (engine !== undefined) {
    held.move();
    return new CpuRenderer(engine);
  }
  warn?.(
    "Rendering on the calling thread as workers did not start in time: other work will stall meanwhile",
  );
  return new CpuRenderer(InlineEngine.start(openCore(), scene));
}

/** A {@linkcode Renderer} on the processor. */
class CpuRenderer implements Renderer {
  readonly backend = "cpu";
  readonly description: string;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.description = engine.description;
  }

  async render(camera: Camera, options: RenderOptions = {}): Promise<View> {
    options.signal?.throwIfAborted();
    checkCamera(camera);
    return await this.#engine.render(camera, options);
  }

  async renderMany(
    cameras: readonly Camera[],
    options: RenderOptions = {},
  ): Promise<View[]> {
    return await Promise.all(
      cameras.map((camera) => this.render(camera, options)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

/**
 * {@linkcode Renderer} on WebGPU in a thread of its own: the calling thread only
 * sends cameras and receives pictures, without a copy.
 *
 * @module
 */

import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import { checkCamera } from "../check_camera.ts";
import type { Renderer, RenderOptions, View } from "../renderer.ts";
import {
  fromPlainError,
  type FromWorker,
  type ToWorker,
} from "./worker_messages.ts";

/** Options for {@linkcode WebgpuWorkerRenderer.start}. */
export interface WorkerRendererOptions {
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told when the device was lost and another is sought. */
  readonly onLost?: () => void;
}

/** A call on its way. */
interface Pending {
  readonly resolve: (views: View[]) => void;
  readonly reject: (reason: unknown) => void;
}

const WORKER_URL = new URL("./worker.ts", import.meta.url);

/** Renders a scene on WebGPU in a worker. */
export class WebgpuWorkerRenderer implements Renderer {
  readonly backend = "webgpu";
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #onLost: () => void;
  #description = "";
  #failure: Error | undefined;
  #next = 0;

  /**
   * Starts the worker, which brings `splats` to a device; it loads its code while
   * they are on their way. They must stay as they are: the worker needs them
   * again if the device is lost.
   *
   * @throws {Error} If the worker may not be started from its file, or finds no adapter.
   * @throws {DeviceMemoryError} If the scene does not fit.
   * @throws The signal's reason if aborted; what `splats` rejects with.
   */
  static async start(
    splats: Splats | PromiseLike<Splats>,
    { signal, onLost = () => {} }: WorkerRendererOptions = {},
  ): Promise<WebgpuWorkerRenderer> {
    signal?.throwIfAborted();
    const worker = new Worker(WORKER_URL, {
      type: "module",
      name: "webgpu-renderer",
    });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const abort = (): void => reject(signal!.reason);
    signal?.addEventListener("abort", abort);
    worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
      if (data.type === "ready") resolve(data.description);
      if (data.type === "refused") reject(fromPlainError(data.error));
    };
    worker.onerror = (event): void => {
      event.preventDefault();
      reject(
        new Error(`Cannot start the renderer's worker: ${event.message}`),
      );
    };
    try {
      // A device is sought only then: a process that ends while the driver
      // starts, as where there is no such file, may crash in the driver.
      const scene = await Promise.race([splats, promise as Promise<never>]);
      const start: ToWorker = { type: "start", splats: scene };
      worker.postMessage(start);
      const description = await promise;
      return new WebgpuWorkerRenderer(worker, { description, onLost });
    } catch (error) {
      worker.terminate();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  private constructor(
    worker: Worker,
    { description, onLost }: { description: string; onLost: () => void },
  ) {
    this.#worker = worker;
    this.#description = description;
    this.#onLost = onLost;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>): void =>
      this.#hear(data);
    worker.onerror = (event): void => {
      event.preventDefault();
      this.#fail(
        new Error(`Cannot render as the worker must live: ${event.message}`),
      );
    };
  }

  /** The adapter in words. */
  get description(): string {
    return this.#description;
  }

  /** {@inheritDoc Renderer.render} */
  async render(camera: Camera, options: RenderOptions = {}): Promise<View> {
    const [view] = await this.renderMany([camera], options);
    return view!;
  }

  /** {@inheritDoc Renderer.renderMany} */
  async renderMany(
    cameras: readonly Camera[],
    { signal, withObjectIds = false }: RenderOptions = {},
  ): Promise<View[]> {
    signal?.throwIfAborted();
    cameras.forEach(checkCamera);
    if (this.#failure) throw this.#failure;
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<View[]>();
    const abort = (): void => {
      this.#send({ type: "abort", id });
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", abort);
    this.#pending.set(id, { resolve, reject });
    this.#send({ type: "render", id, cameras, withObjectIds });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  /** Waits for views on their way, then ends the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#failure) {
      this.#failure = new Error(
        "Cannot render as the renderer must not be disposed: it is",
      );
      this.#send({ type: "dispose" });
    }
    await this.#ended.promise;
    this.#worker.terminate();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case "views":
        this.#description = message.description;
        return this.#pending.get(message.id)?.resolve([...message.views]);
      case "failed":
        return this.#pending.get(message.id)?.reject(
          fromPlainError(message.error),
        );
      case "lost":
        return this.#onLost();
      case "disposed":
        return this.#ended.resolve();
    }
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#ended.resolve();
  }
}

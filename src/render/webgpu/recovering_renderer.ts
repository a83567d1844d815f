/**
 * {@linkcode Renderer} on WebGPU: gathers the views that are asked for at the
 * same time, and starts anew on another device when one is lost.
 *
 * @module
 */

import { DeviceMemoryError } from "../../gpu/buffers.ts";
import { WatchedDevice } from "../../gpu/watched_device.ts";
import { openShReader, type ShReader } from "../../scene/file_sh.ts";
import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import { checkCamera } from "../check_camera.ts";
import type { Renderer, RenderOptions, View } from "../renderer.ts";
import type { FrameLimits } from "./frame_plan.ts";
import { WebgpuRenderer } from "./webgpu_renderer.ts";

/** Options for {@linkcode RecoveringRenderer.create}. */
export interface RecoveringOptions {
  /** Used until it is lost, and left to the caller. @default {a device of the best adapter} */
  device?: GPUDevice;
  /** Tightens how submissions are cut; for tests. */
  limits?: Partial<FrameLimits>;
  /** Told when the device was lost and another is sought. */
  onLost?: () => void;
}

/** Views of one call. */
interface Request {
  readonly cameras: readonly Camera[];
  readonly withObjectIds: boolean;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (views: View[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Renders a scene on WebGPU in the calling thread. */
export class RecoveringRenderer implements Renderer {
  readonly backend = "webgpu";
  readonly #splats: Splats;
  readonly #limits: Partial<FrameLimits>;
  /** Held open, so that the scene can be loaded again whatever becomes of the file's name. */
  readonly #fileSh: ShReader | undefined;
  readonly #onLost: () => void;
  readonly #queue: Request[] = [];
  #watched: WatchedDevice;
  #renderer: WebgpuRenderer;
  #pump: Promise<void> | undefined;
  #disposed = false;

  /**
   * Brings `splats` to a device.
   *
   * @throws {Error} If there is no adapter.
   * @throws {DeviceMemoryError} If the scene does not fit.
   */
  static async create(
    splats: Splats,
    { device, limits = {}, onLost = () => {} }: RecoveringOptions = {},
  ): Promise<RecoveringRenderer> {
    const watched = device === undefined
      ? await WatchedDevice.request()
      : new WatchedDevice(device);
    let fileSh: ShReader | undefined;
    try {
      fileSh = splats.fileSh && openShReader(splats.fileSh);
      const renderer = await WebgpuRenderer.create(watched.device, splats, {
        ...limits,
        fileSh,
      });
      return new RecoveringRenderer(splats, {
        watched,
        renderer,
        limits,
        fileSh,
        onLost,
      });
    } catch (error) {
      fileSh?.close();
      watched.close();
      throw error;
    }
  }

  private constructor(
    splats: Splats,
    { watched, renderer, limits, fileSh, onLost }: {
      watched: WatchedDevice;
      renderer: WebgpuRenderer;
      limits: Partial<FrameLimits>;
      fileSh: ShReader | undefined;
      onLost: () => void;
    },
  ) {
    this.#splats = splats;
    this.#fileSh = fileSh;
    this.#limits = limits;
    this.#onLost = onLost;
    this.#watched = watched;
    this.#renderer = renderer;
  }

  /** The adapter in words. */
  get description(): string {
    return this.#watched.description;
  }

  /** Buffers that live on the device; for tests. */
  get liveBuffers(): number {
    return this.#renderer.buffers.liveCount;
  }

  /** The renderer of the current device; for benches and tests. */
  get current(): WebgpuRenderer {
    return this.#renderer;
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
    if (this.#disposed) {
      throw new Error(
        "Cannot render as the renderer must not be disposed: it is",
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<View[]>();
    const abort = (): void => reject(signal!.reason);
    signal?.addEventListener("abort", abort);
    this.#queue.push({ cameras, withObjectIds, signal, resolve, reject });
    this.#pump ??= this.#work();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Waits for views on their way, then frees the device. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#pump;
    this.#renderer.destroy();
    this.#fileSh?.close();
    this.#watched.close();
  }

  /** Renders what is asked for until nothing is; never throws. */
  async #work(): Promise<void> {
    await Promise.resolve(); // lets calls of the same turn join
    while (this.#queue.length > 0) {
      const { withObjectIds } = this.#queue[0]!;
      const taken = this.#queue.filter((request) =>
        request.withObjectIds === withObjectIds
      );
      const rest = this.#queue.filter((request) => !taken.includes(request));
      this.#queue.splice(0, this.#queue.length, ...rest);
      const wanted = taken.filter(({ signal }) => !signal?.aborted);
      if (!await this.#answer(wanted, wanted.length === 1)) {
        // One view that cannot be rendered must not fail the others.
        for (const request of wanted) await this.#answer([request], true);
      }
    }
    this.#pump = undefined; // in the turn that found the queue empty
  }

  /** Renders `requests` together; returns whether they were answered. */
  async #answer(
    requests: readonly Request[],
    final: boolean,
  ): Promise<boolean> {
    if (requests.length === 0) return true;
    try {
      const views = await this.#renderOnce(
        requests.flatMap(({ cameras }) => cameras),
        requests[0]!.withObjectIds,
      );
      let first = 0;
      for (const { cameras, resolve } of requests) {
        resolve(views.slice(first, first += cameras.length));
      }
      return true;
    } catch (error) {
      if (final) { for (const { reject } of requests) reject(error); }
      return final;
    }
  }

  /** Renders, on a new device if the old one is lost; once. */
  async #renderOnce(
    cameras: readonly Camera[],
    withObjectIds: boolean,
  ): Promise<View[]> {
    try {
      return await this.#render(cameras, withObjectIds);
    } catch (error) {
      if (!await this.#watched.isLost()) throw error;
      await this.#rebuild(error);
    }
    try {
      return await this.#render(cameras, withObjectIds);
    } catch (error) {
      if (!await this.#watched.isLost()) throw error;
      throw new Error(
        `Cannot render as the device was lost, and the one after it: ${
          (error as Error).message
        }`,
        { cause: error },
      );
    }
  }

  async #render(
    cameras: readonly Camera[],
    withObjectIds: boolean,
  ): Promise<View[]> {
    const views = await this.#renderer.renderMany(cameras, withObjectIds);
    this.#watched.throwIfFaulty();
    return views;
  }

  async #rebuild(cause: unknown): Promise<void> {
    this.#onLost();
    this.#renderer.destroy();
    this.#watched.close();
    let watched: WatchedDevice | undefined;
    try {
      watched = await WatchedDevice.request();
      this.#renderer = await WebgpuRenderer.create(
        watched.device,
        this.#splats,
        { ...this.#limits, fileSh: this.#fileSh },
      );
      this.#watched = watched;
    } catch (error) {
      // The lost device stays the renderer's, so that the next frame tries again.
      watched?.close();
      if (error instanceof DeviceMemoryError) throw error;
      throw new Error(
        `Cannot render as the device was lost and there must be another: ${
          (error as Error).message
        }`,
        { cause },
      );
    }
  }
}

/**
 * The interface of both renderers.
 *
 * @module
 */

import type { Image } from "../image/image.ts";
import type { Camera } from "./camera.ts";

/** What a camera sees. */
export interface View extends Image {
  /** Colour over black, alpha 255 everywhere. */
  readonly data: Uint8Array;
  /** Median depth, metres along the view axis: z of the splat at which transmittance falls below 0.5; 0 if it never does. */
  readonly depth: Float32Array;
  /** Expected depth, metres: sum(w z) / sum(w); 0 where nothing was blended. */
  readonly expectedDepth: Float32Array;
  /** 1 - transmittance, [0, 1]. */
  readonly alpha: Float32Array;
  /** Object id of the splat that set {@linkcode depth}, 0 for none; only if the scene has ids and they were asked for. */
  readonly objectIds?: Uint16Array;
}

/** Options of a rendering. */
export interface RenderOptions {
  /** Gives up waiting; its reason is thrown. The GPU may finish the work. */
  signal?: AbortSignal;
  /** Also fills {@linkcode View.objectIds}. @default {false} */
  withObjectIds?: boolean;
}

/** Backends by name. */
export type Backend = "webgpu" | "cpu";

/**
 * A scene that can be looked at. Holds its buffers from construction to
 * disposal; a view costs no allocation on the device that outlives it.
 */
export interface Renderer extends AsyncDisposable {
  readonly backend: Backend;
  /** Adapter or processor in words, for people. */
  readonly description: string;
  /**
   * Renders what `camera` sees.
   *
   * @throws {RangeError} If the camera is not finite or larger than the device allows.
   * @throws The signal's reason if aborted.
   */
  render(camera: Camera, options?: RenderOptions): Promise<View>;
  /** Renders several cameras in one submission where that is faster; same order. */
  renderMany(
    cameras: readonly Camera[],
    options?: RenderOptions,
  ): Promise<View[]>;
}

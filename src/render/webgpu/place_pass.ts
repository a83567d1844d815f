/**
 * Loading: packed splats of a block to their places in the chunks.
 * The GPU half, with its inputs and outputs, is `shaders/place.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import chunkShader from "../../../shaders/chunk.wgsl" with { type: "text" };
import shader from "../../../shaders/place.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
  dispatch,
} from "../../gpu/compute.ts";
import type { ChunkLayout } from "./packed_scene.ts";

const WORKGROUP_SIZE = 256;

/** What the pass works on, named as in the shader. */
export interface PlaceInput {
  readonly chunk: GPUBuffer;
  readonly rows: GPUBuffer;
  readonly places: GPUBuffer;
  readonly splats: GPUBuffer;
}

/** Records the pass for one block and one chunk. */
export class PlacePass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for chunks of `layout`. */
  constructor(
    device: GPUDevice,
    { shCount, rowWords, fileOrderPlane }: ChunkLayout,
  ) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "place",
      code: batchShader + chunkShader + shader,
      constants: {
        WORKGROUP_SIZE,
        SH_COUNT: shCount,
        ROW: rowWords,
        PLANES: fileOrderPlane,
      },
    });
  }

  /** Ties the pass to buffers. */
  bind({ chunk, rows, places, splats }: PlaceInput): BoundPass {
    return bind(this.#device, this.#pipeline, [chunk, rows, places, splats]);
  }

  /** Records the pass over the first `count` rows. */
  encode(pass: GPUComputePassEncoder, bound: BoundPass, count: number): void {
    dispatch(pass, bound, { groups: Math.ceil(count / WORKGROUP_SIZE) });
  }
}

/**
 * Pass 1: which splats may leave a trace in which view.
 * The GPU half, with its inputs and outputs, is `shaders/cull.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import chunkShader from "../../../shaders/chunk.wgsl" with { type: "text" };
import shader from "../../../shaders/cull.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
  dispatch,
} from "../../gpu/compute.ts";
import type { ChunkLayout } from "./packed_scene.ts";

const WORKGROUP_SIZE = 256;

/** What the pass works on, named as in the shader. */
export interface CullInput {
  readonly batch: GPUBuffer;
  readonly chunk: GPUBuffer;
  readonly splats: GPUBuffer;
  readonly visibleViews: GPUBuffer;
  /** Zeroed before. */
  readonly visibleMask: GPUBuffer;
}

/** Records the pass for one chunk. */
export class CullPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for chunks of `layout`. */
  constructor(device: GPUDevice, { fileOrderPlane }: ChunkLayout) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "cull",
      code: batchShader + chunkShader + shader,
      constants: { WORKGROUP_SIZE, FILE_ORDER_PLANE: fileOrderPlane },
    });
  }

  /** Ties the pass to buffers. */
  bind(input: CullInput): BoundPass {
    const { batch, chunk, splats, visibleViews, visibleMask } = input;
    return bind(this.#device, this.#pipeline, [
      batch,
      chunk,
      splats,
      visibleViews,
      visibleMask,
    ]);
  }

  /** Records the pass over the `count` splats of a chunk. */
  encode(pass: GPUComputePassEncoder, bound: BoundPass, count: number): void {
    dispatch(pass, bound, { groups: Math.ceil(count / WORKGROUP_SIZE) });
  }
}

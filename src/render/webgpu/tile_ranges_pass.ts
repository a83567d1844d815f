/**
 * Pass 8: pairs sorted by tile -> the range of pairs of each tile.
 * The GPU half, with its inputs and outputs, is `shaders/tile_ranges.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import shader from "../../../shaders/tile_ranges.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
  dispatch,
} from "../../gpu/compute.ts";

const WORKGROUP_SIZE = 256;

/** What the pass works on, named as in the shader. */
export interface TileRangesInput {
  readonly batch: GPUBuffer;
  readonly counters: GPUBuffer;
  readonly pairTile: GPUBuffer;
  readonly tileRange: GPUBuffer;
}

/** Records the pass. */
export class TileRangesPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader. */
  constructor(device: GPUDevice) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "tile_ranges",
      code: batchShader + shader,
      constants: { WORKGROUP_SIZE },
    });
  }

  /** Ties the pass to buffers. */
  bind(input: TileRangesInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.counters,
      input.pairTile,
      input.tileRange,
    ]);
  }

  /** Records the pass over `pairs` pairs of each of `views` views. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundPass,
    { pairs, views }: { pairs: number; views: number },
  ): void {
    dispatch(pass, bound, { groups: Math.ceil(pairs / WORKGROUP_SIZE), views });
  }
}

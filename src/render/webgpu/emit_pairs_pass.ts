/**
 * Pass 6: splats front to back -> (tile, record) pairs in that order.
 * The GPU half, with its inputs and outputs, is `shaders/emit_pairs.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import recordShader from "../../../shaders/record.wgsl" with { type: "text" };
import shader from "../../../shaders/emit_pairs.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
  dispatch,
} from "../../gpu/compute.ts";

const WORKGROUP_SIZE = 256;

/** Tiles above which a splat is left to a whole workgroup, as PlayCanvas does. */
const MANY = 64;

/** What the pass works on, named as in the shader. */
export interface EmitPairsInput {
  readonly batch: GPUBuffer;
  readonly counters: GPUBuffer;
  readonly records: GPUBuffer;
  readonly order: GPUBuffer;
  readonly pairOffset: GPUBuffer;
  readonly pairTile: GPUBuffer;
  readonly pairRecord: GPUBuffer;
}

/** Records the pass. */
export class EmitPairsPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader. */
  constructor(device: GPUDevice) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "emit_pairs",
      code: batchShader + recordShader + shader,
      constants: { WORKGROUP_SIZE, MANY },
    });
  }

  /** Ties the pass to buffers. */
  bind(input: EmitPairsInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.counters,
      input.records,
      input.order,
      input.pairOffset,
      input.pairTile,
      input.pairRecord,
    ]);
  }

  /** Records the pass over `records` records of each of `views` views. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundPass,
    { records, views }: { records: number; views: number },
  ): void {
    dispatch(pass, bound, {
      groups: Math.ceil(records / WORKGROUP_SIZE),
      views,
    });
  }
}

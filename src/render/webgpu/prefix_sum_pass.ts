/**
 * Second half of a prefix sum: each value becomes the sum of those before it.
 * The GPU half, with its inputs and outputs, is `shaders/prefix_sum.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import shader from "../../../shaders/prefix_sum.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
  dispatch,
  type DispatchSize,
} from "../../gpu/compute.ts";
import {
  PREFIX_BLOCK,
  type PrefixSource,
  SOURCE_CODES,
} from "./prefix_source.ts";

const WORKGROUP_SIZE = 256;

/** What the pass works on, named as in the shader. */
export interface PrefixSumInput {
  readonly batch: GPUBuffer;
  readonly blockSum: GPUBuffer;
  readonly values: GPUBuffer;
  readonly counters: GPUBuffer;
}

/** Records the pass for one kind of values. */
export class PrefixSumPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for values of `source`. */
  constructor(device: GPUDevice, source: PrefixSource) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "prefix_sum",
      code: batchShader + shader,
      constants: {
        WORKGROUP_SIZE,
        BLOCK: PREFIX_BLOCK,
        SOURCE: SOURCE_CODES[source],
      },
    });
  }

  /** Ties the pass to buffers. */
  bind({ batch, blockSum, values, counters }: PrefixSumInput): BoundPass {
    return bind(
      this.#device,
      this.#pipeline,
      [batch, blockSum, values, counters],
    );
  }

  /** Records the pass; one workgroup a block, and one at least. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundPass,
    { groups, views = 1 }: DispatchSize,
  ): void {
    dispatch(pass, bound, { groups: Math.max(1, groups), views });
  }
}

/**
 * First half of a prefix sum: values, and their sum a block.
 * The GPU half, with its inputs and outputs, is `shaders/prefix_blocks.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import shader from "../../../shaders/prefix_blocks.wgsl" with { type: "text" };
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
export interface PrefixBlocksInput {
  readonly batch: GPUBuffer;
  readonly source: GPUBuffer;
  readonly order: GPUBuffer;
  readonly counters: GPUBuffer;
  readonly values: GPUBuffer;
  readonly blockSum: GPUBuffer;
}

/** Records the pass for one kind of values. */
export class PrefixBlocksPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for values of `source`. */
  constructor(device: GPUDevice, source: PrefixSource) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "prefix_blocks",
      code: batchShader + shader,
      constants: {
        WORKGROUP_SIZE,
        BLOCK: PREFIX_BLOCK,
        SOURCE: SOURCE_CODES[source],
      },
    });
  }

  /** Ties the pass to buffers. */
  bind(input: PrefixBlocksInput): BoundPass {
    const { batch, source, order, counters, values, blockSum } = input;
    return bind(
      this.#device,
      this.#pipeline,
      [batch, source, order, counters, values, blockSum],
    );
  }

  /** Records the pass; one workgroup a block. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundPass,
    size: DispatchSize,
  ): void {
    dispatch(pass, bound, size);
  }
}

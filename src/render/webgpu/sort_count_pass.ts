/**
 * How often each digit comes in each block of keys.
 * The GPU half, with its inputs and outputs, is `shaders/sort_count.wgsl`.
 *
 * @module
 */

import shader from "../../../shaders/sort_count.wgsl" with { type: "text" };
import { bind, type BoundPass, dispatch } from "../../gpu/compute.ts";
import {
  createSortPipeline,
  SORT_SHAPE,
  type Sorted,
  type SortSize,
} from "./sort_keys.ts";

/** What the pass works on, named as in the shader. */
export interface SortCountInput {
  readonly batch: GPUBuffer;
  readonly step: GPUBuffer | GPUBufferBinding;
  readonly counters: GPUBuffer;
  readonly keys: GPUBuffer;
  readonly digitCount: GPUBuffer;
}

/** Records the pass for one digit. */
export class SortCountPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for what is sorted. */
  constructor(device: GPUDevice, sorted: Sorted, shape = SORT_SHAPE) {
    this.#device = device;
    this.#pipeline = createSortPipeline(device, sorted, {
      label: "sort_count",
      code: shader,
      shape,
    });
  }

  /** Ties the pass to buffers. */
  bind(input: SortCountInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.step,
      input.counters,
      input.keys,
      input.digitCount,
    ]);
  }

  /** Records the pass; one workgroup a block of keys. */
  encode(pass: GPUComputePassEncoder, bound: BoundPass, size: SortSize): void {
    dispatch(pass, bound, size);
  }
}

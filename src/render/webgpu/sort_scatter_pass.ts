/**
 * Keys and values to their places by one digit.
 * The GPU half, with its inputs and outputs, is `shaders/sort_scatter.wgsl`.
 *
 * @module
 */

import shader from "../../../shaders/sort_scatter.wgsl" with { type: "text" };
import { bind, type BoundPass, dispatch } from "../../gpu/compute.ts";
import {
  createSortPipeline,
  SORT_SHAPE,
  type Sorted,
  type SortSize,
} from "./sort_keys.ts";

/** What the pass works on, named as in the shader. */
export interface SortScatterInput {
  readonly batch: GPUBuffer;
  readonly step: GPUBuffer | GPUBufferBinding;
  readonly counters: GPUBuffer;
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
  readonly digitCount: GPUBuffer;
  readonly digitTotal: GPUBuffer;
  readonly keysOut: GPUBuffer;
  readonly valuesOut: GPUBuffer;
}

/** Records the pass for one digit. */
export class SortScatterPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for what is sorted. */
  constructor(device: GPUDevice, sorted: Sorted, shape = SORT_SHAPE) {
    this.#device = device;
    this.#pipeline = createSortPipeline(device, sorted, {
      label: "sort_scatter",
      code: shader,
      shape,
    });
  }

  /** Ties the pass to buffers. */
  bind(input: SortScatterInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.step,
      input.counters,
      input.keys,
      input.values,
      input.digitCount,
      input.digitTotal,
      input.keysOut,
      input.valuesOut,
    ]);
  }

  /** Records the pass; one workgroup a block of keys. */
  encode(pass: GPUComputePassEncoder, bound: BoundPass, size: SortSize): void {
    dispatch(pass, bound, size);
  }
}

/**
 * How many of each digit come before each block of keys.
 * The GPU half, with its inputs and outputs, is `shaders/sort_scan.wgsl`.
 *
 * @module
 */

import shader from "../../../shaders/sort_scan.wgsl" with { type: "text" };
import { bind, type BoundPass, dispatch } from "../../gpu/compute.ts";
import {
  createSortPipeline,
  SORT_SHAPE,
  type Sorted,
  type SortSize,
} from "./sort_keys.ts";

/** What the pass works on, named as in the shader. */
export interface SortScanInput {
  readonly batch: GPUBuffer;
  readonly counters: GPUBuffer;
  readonly digitCount: GPUBuffer;
  readonly digitTotal: GPUBuffer;
}

/** Records the pass for one digit. */
export class SortScanPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #digits: number;

  /** Compiles the shader for what is sorted. */
  constructor(device: GPUDevice, sorted: Sorted, shape = SORT_SHAPE) {
    this.#device = device;
    this.#digits = 1 << shape.digitBits;
    this.#pipeline = createSortPipeline(device, sorted, {
      label: "sort_scan",
      code: shader,
      shape,
    });
  }

  /** Ties the pass to buffers. */
  bind(input: SortScanInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.counters,
      input.digitCount,
      input.digitTotal,
    ]);
  }

  /** Records the pass; one workgroup a digit. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundPass,
    { views }: SortSize,
  ): void {
    dispatch(pass, bound, { groups: this.#digits, views });
  }
}

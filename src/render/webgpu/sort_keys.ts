/**
 * What the passes of the radix sort share; the GPU half is `shaders/sort_keys.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import keysShader from "../../../shaders/sort_keys.wgsl" with { type: "text" };
import { createComputePipeline, type DispatchSize } from "../../gpu/compute.ts";

/** Keys a workgroup takes; eight an invocation. */
export const SORT_BLOCK = 2048;

/**
 * Bits a pass. Five sort the 1024 tiles of 512 x 512 pixels in two passes, and
 * their bit masks take 8 of the 16 KiB that every device has.
 */
export const DIGIT_BITS = 5;

/** Values of a digit. */
export const DIGITS = 1 << DIGIT_BITS;

/** How a sort goes about it. */
export interface SortShape {
  /** Bits a pass. */
  readonly digitBits: number;
  /** Keys a workgroup takes, a multiple of 256. */
  readonly block: number;
}

/** How the renderer sorts; `deno task bench:gpu` compares others. */
export const SORT_SHAPE: SortShape = {
  digitBits: DIGIT_BITS,
  block: SORT_BLOCK,
};

/** What is sorted: the records of each view by depth, or its pairs by tile. */
export type Sorted = "records" | "pairs";

/** Workgroups that the passes are dispatched with. */
export type SortSize = Required<DispatchSize>;

const WORKGROUP_SIZE = 256;

/** Compiles one of the passes with what they share in front. */
export function createSortPipeline(
  device: GPUDevice,
  sorted: Sorted,
  { label, code, shape }: { label: string; code: string; shape: SortShape },
): GPUComputePipeline {
  return createComputePipeline(device, {
    label,
    code: batchShader + keysShader + code,
    constants: {
      WORKGROUP_SIZE,
      BLOCK: shape.block,
      DIGIT_BITS: shape.digitBits,
      SORTED: sorted === "records" ? 0 : 1,
    },
  });
}

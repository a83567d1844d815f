/**
 * Passes 2 and 5: prefix sums. Of visible splats, they are the ranks of the
 * survivors; of tiles, the places of each splat's pairs.
 *
 * @module
 */

import type { BoundPass, DispatchSize } from "../../gpu/compute.ts";
import { PrefixBlocksPass } from "./prefix_blocks_pass.ts";
import { PREFIX_BLOCK, type PrefixSource } from "./prefix_source.ts";
import { PrefixSumPass } from "./prefix_sum_pass.ts";

/** What the sums work on, named as in the shaders. */
export interface PrefixInput {
  readonly batch: GPUBuffer;
  readonly source: GPUBuffer;
  /** Only read for `tiles`. */
  readonly order: GPUBuffer;
  readonly counters: GPUBuffer;
  /** The sums. */
  readonly values: GPUBuffer;
  readonly blockSum: GPUBuffer;
}

/** Both halves, tied to buffers. */
export interface BoundPrefixSum {
  readonly blocks: BoundPass;
  readonly sum: BoundPass;
}

/** Records both halves of a prefix sum. */
export class PrefixSum {
  readonly #blocks: PrefixBlocksPass;
  readonly #sum: PrefixSumPass;

  /** Compiles both halves for values of `source`. */
  constructor(device: GPUDevice, source: PrefixSource) {
    this.#blocks = new PrefixBlocksPass(device, source);
    this.#sum = new PrefixSumPass(device, source);
  }

  /** Blocks that `values` values take. */
  static blocksOf(values: number): number {
    return Math.ceil(values / PREFIX_BLOCK);
  }

  /** Ties both halves to buffers. */
  bind(input: PrefixInput): BoundPrefixSum {
    return { blocks: this.#blocks.bind(input), sum: this.#sum.bind(input) };
  }

  /** Records both halves; `groups` is {@linkcode blocksOf} the values a view has room for. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundPrefixSum,
    size: DispatchSize,
  ): void {
    this.#blocks.encode(pass, bound.blocks, size);
    this.#sum.encode(pass, bound.sum, size);
  }
}

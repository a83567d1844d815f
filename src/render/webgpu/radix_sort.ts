/**
 * Passes 4 and 7: a stable radix sort of the keys of each view, least significant
 * digit first, counting, scanning and scattering for every digit. It needs no
 * subgroups and no progress guarantee between workgroups, so it runs anywhere.
 *
 * @module
 */

import type { BoundPass } from "../../gpu/compute.ts";
import type { Buffers } from "../../gpu/buffers.ts";
import { SortCountPass } from "./sort_count_pass.ts";
import {
  SORT_SHAPE,
  type Sorted,
  type SortShape,
  type SortSize,
} from "./sort_keys.ts";
import { SortScanPass } from "./sort_scan_pass.ts";
import { SortScatterPass } from "./sort_scatter_pass.ts";

/** A key and a value buffer; sorting goes to and fro between two of them. */
export interface SortPair {
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
}

/** What a sort works on. */
export interface SortInput {
  readonly batch: GPUBuffer;
  readonly counters: GPUBuffer;
  /** Keys, and values unless they are implicit, are in the first at the start. */
  readonly pairs: readonly [SortPair, SortPair];
  readonly digitCount: GPUBuffer;
  readonly digitTotal: GPUBuffer;
}

/** The three passes of each digit, tied to buffers. */
export type BoundSort = readonly {
  readonly count: BoundPass;
  readonly scan: BoundPass;
  readonly scatter: BoundPass;
}[];

/** Options of {@linkcode RadixSort}. */
export interface RadixSortOptions {
  /** Value i is i at the start, so that none need be written. @default {false} */
  implicitValues?: boolean;
  /** @default {SORT_SHAPE} */
  shape?: SortShape;
}

/** Bits of a key. */
const MAX_BITS = 32;

/** Bytes of `SortStep`. */
const STEP_BYTES = 8;

/** Uniform buffers are bound at multiples of this, by WebGPU's default limits. */
const STEP_STRIDE = 256;

/** Records the passes of a sort. */
export class RadixSort {
  readonly #count: SortCountPass;
  readonly #scan: SortScanPass;
  readonly #scatter: SortScatterPass;
  readonly #steps: GPUBuffer;
  readonly #shape: SortShape;

  /** Compiles the passes; `buffers` owns a small one that holds each pass's digit. */
  constructor(
    buffers: Buffers,
    sorted: Sorted,
    { implicitValues = false, shape = SORT_SHAPE }: RadixSortOptions = {},
  ) {
    const { device } = buffers;
    const passes = passesOf(MAX_BITS, shape);
    this.#shape = shape;
    this.#count = new SortCountPass(device, sorted, shape);
    this.#scan = new SortScanPass(device, sorted, shape);
    this.#scatter = new SortScatterPass(device, sorted, shape);
    this.#steps = buffers.create(
      `sort_steps ${sorted}`,
      passes * STEP_STRIDE,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    for (let i = 0; i < passes; i++) {
      device.queue.writeBuffer(
        this.#steps,
        i * STEP_STRIDE,
        Uint32Array.of(i * shape.digitBits, Number(implicitValues && i === 0)),
      );
    }
  }

  /** Blocks that `keys` keys take. */
  static blocksOf(keys: number, { block } = SORT_SHAPE): number {
    return Math.ceil(keys / block);
  }

  /** Which of the two pairs holds the result after a sort of `bits` bits. */
  static resultOf(bits: number, shape = SORT_SHAPE): 0 | 1 {
    return passesOf(bits, shape) % 2 === 0 ? 0 : 1;
  }

  /** Ties the passes to buffers. */
  bind(input: SortInput): BoundSort {
    const { batch, counters, pairs, digitCount, digitTotal } = input;
    const passes = passesOf(MAX_BITS, this.#shape);
    return Array.from({ length: passes }, (_, i) => {
      const step = {
        buffer: this.#steps,
        offset: i * STEP_STRIDE,
        size: STEP_BYTES,
      };
      const [from, to] = i % 2 === 0 ? pairs : [pairs[1], pairs[0]];
      const shared = { batch, counters, digitCount, digitTotal };
      return {
        count: this.#count.bind({ ...shared, step, keys: from.keys }),
        scan: this.#scan.bind(shared),
        scatter: this.#scatter.bind({
          ...shared,
          step,
          keys: from.keys,
          values: from.values,
          keysOut: to.keys,
          valuesOut: to.values,
        }),
      };
    });
  }

  /** Records the sort of the lowest `bits` bits; one digit at least. */
  encode(
    pass: GPUComputePassEncoder,
    bound: BoundSort,
    { bits, ...size }: SortSize & { readonly bits: number },
  ): void {
    const passes = passesOf(bits, this.#shape);
    for (const { count, scan, scatter } of bound.slice(0, passes)) {
      this.#count.encode(pass, count, size);
      this.#scan.encode(pass, scan, size);
      this.#scatter.encode(pass, scatter, size);
    }
  }
}

function passesOf(bits: number, { digitBits }: SortShape): number {
  return Math.max(1, Math.ceil(bits / digitBits));
}

/**
 * The buffers that a submission works in: made once, used by every submission,
 * made anew when one needs more. What they hold is the business of the passes.
 *
 * @module
 */

import type { Buffers } from "../../gpu/buffers.ts";
import { MAX_VIEWS, TILE_SIZE } from "./batch.ts";
import { PrefixSum } from "./prefix_sum.ts";
import { RadixSort, type SortPair } from "./radix_sort.ts";
import { DIGITS } from "./sort_keys.ts";

/** Bytes of `Counter` of `shaders/batch.wgsl`. */
export const COUNTER_BYTES = 8;

/** Bytes of `Record` of `shaders/record.wgsl`. */
export const RECORD_BYTES = 32;

/** Bytes of a key of the pairs, and of a value. */
export const PAIR_BYTES = 4;

/** How much room the views of a submission have. */
export interface FrameSize {
  readonly views: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Words of the visibility mask of a view. */
  readonly words: number;
  /** Splats that may survive culling in a view. */
  readonly records: number;
  /** (tile, splat) pairs that a view may have. */
  readonly pairs: number;
  readonly withObjectIds: boolean;
}

/** The buffers by name. */
export interface FrameBuffers {
  readonly visibleMask: GPUBuffer;
  readonly rankBase: GPUBuffer;
  readonly blockSum: GPUBuffer;
  readonly counters: GPUBuffer;
  readonly records: GPUBuffer;
  readonly recordObject: GPUBuffer;
  readonly depthOrder: readonly [SortPair, SortPair];
  readonly tileCount: GPUBuffer;
  readonly pairOffset: GPUBuffer;
  readonly tilePairs: readonly [SortPair, SortPair];
  readonly digitCount: GPUBuffer;
  readonly digitTotal: GPUBuffer;
  readonly tileRange: GPUBuffer;
  readonly picture: GPUBuffer;
}

/** Columns and rows of tiles. */
export function tilesOf({ width, height }: FrameSize): [number, number] {
  return [Math.ceil(width / TILE_SIZE), Math.ceil(height / TILE_SIZE)];
}

/** Blocks a view has in the prefix sums. */
export function prefixBlocksOf({ words, records }: FrameSize): number {
  return Math.max(1, PrefixSum.blocksOf(Math.max(words, records)));
}

/** Blocks a view has in the sorts. */
export function sortBlocksOf({ records, pairs }: FrameSize): number {
  return Math.max(1, RadixSort.blocksOf(Math.max(records, pairs)));
}

/** Bytes of a view's picture: a u32 a pixel and plane. */
export function pictureBytesOf(
  { width, height, withObjectIds }: FrameSize,
): number {
  return 4 * width * height * (withObjectIds ? 5 : 4);
}

/** Bytes of each buffer that `size` needs; each is one binding. */
export function frameBytes(size: FrameSize): Record<string, number> {
  const { views, words, records, pairs, withObjectIds } = size;
  const [tilesX, tilesY] = tilesOf(size);
  return {
    visibleMask: 4 * words * views,
    rankBase: 4 * words * views,
    blockSum: 4 * prefixBlocksOf(size) * views,
    records: RECORD_BYTES * records * views,
    recordObject: withObjectIds ? 4 * records * views : 4,
    depthKeyA: 4 * records * views,
    depthKeyB: 4 * records * views,
    orderA: 4 * records * views,
    orderB: 4 * records * views,
    tileCount: 4 * records * views,
    pairOffset: 4 * records * views,
    pairTileA: PAIR_BYTES * pairs * views,
    pairTileB: PAIR_BYTES * pairs * views,
    pairRecordA: PAIR_BYTES * pairs * views,
    pairRecordB: PAIR_BYTES * pairs * views,
    digitCount: 4 * DIGITS * sortBlocksOf(size) * views,
    tileRange: 8 * tilesX * tilesY * views,
    picture: pictureBytesOf(size) * views,
  };
}

/** Holds the buffers; grows, never shrinks. */
export class WorkingSet {
  readonly #buffers: Buffers;
  #capacity: Record<string, number> = {};
  #made: Record<string, GPUBuffer> = {};

  /** Starts empty. */
  constructor(buffers: Buffers) {
    this.#buffers = buffers;
  }

  /**
   * Makes room for `size`.
   *
   * @returns whether buffers were replaced, so that passes must be bound anew.
   * @throws {DeviceMemoryError} If there is none; then there are no buffers at all.
   */
  async reserve(size: FrameSize): Promise<boolean> {
    const needed: Record<string, number> = {
      ...frameBytes(size),
      counters: COUNTER_BYTES * MAX_VIEWS,
      digitTotal: 4 * DIGITS * MAX_VIEWS,
    };
    const short = Object.keys(needed).filter((name) =>
      needed[name]! > (this.#capacity[name] ?? -1)
    );
    if (short.length === 0) return false;
    this.#buffers.destroy(
      ...short.flatMap((name) => this.#made[name] ?? []),
    );
    for (const name of short) {
      delete this.#made[name];
      delete this.#capacity[name];
    }
    const made = await this.#buffers.createChecked(
      `views of ${size.width}x${size.height} pixels`,
      () =>
        short.map((name) =>
          [
            name,
            this.#buffers.create(
              name,
              needed[name]!,
              GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC |
                GPUBufferUsage.COPY_DST,
            ),
          ] as const
        ),
    );
    for (const [name, buffer] of made) {
      this.#made[name] = buffer;
      this.#capacity[name] = needed[name]!;
    }
    return true;
  }

  /** The buffers; only after {@linkcode reserve}. */
  get buffers(): FrameBuffers {
    const at = (name: string): GPUBuffer => this.#made[name]!;
    return {
      visibleMask: at("visibleMask"),
      rankBase: at("rankBase"),
      blockSum: at("blockSum"),
      counters: at("counters"),
      records: at("records"),
      recordObject: at("recordObject"),
      depthOrder: [
        { keys: at("depthKeyA"), values: at("orderA") },
        { keys: at("depthKeyB"), values: at("orderB") },
      ],
      tileCount: at("tileCount"),
      pairOffset: at("pairOffset"),
      tilePairs: [
        { keys: at("pairTileA"), values: at("pairRecordA") },
        { keys: at("pairTileB"), values: at("pairRecordB") },
      ],
      digitCount: at("digitCount"),
      digitTotal: at("digitTotal"),
      tileRange: at("tileRange"),
      picture: at("picture"),
    };
  }
}

/**
 * The image formation of 3D Gaussian splatting (Kerbl et al. 2023) on one
 * WebGPU device, as compute passes; {@linkcode WebgpuRenderer} records them in
 * the paper's order. Up to eight cameras share a submission, and nothing is read
 * back before the pictures.
 *
 * @module
 */

import { Buffers, DeviceMemoryError } from "../../gpu/buffers.ts";
import type { BoundPass } from "../../gpu/compute.ts";
import { ReadbackRing } from "../../gpu/readback.ts";
import { Stages, type StageTimer } from "../../gpu/stages.ts";
import type { ShReader } from "../../scene/file_sh.ts";
import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import type { View } from "../renderer.ts";
import { BATCH_BYTES, floatBits, nearBits, writeBatch } from "./batch.ts";
import { CullPass } from "./cull_pass.ts";
import { EmitPairsPass } from "./emit_pairs_pass.ts";
import { type FrameLimits, FramePlan } from "./frame_plan.ts";
import { type GpuScene, loadScene } from "./gpu_scene.ts";
import { type BoundPrefixSum, PrefixSum } from "./prefix_sum.ts";
import { ProjectPass } from "./project_pass.ts";
import { type BoundSort, RadixSort } from "./radix_sort.ts";
import { RasterizePass } from "./rasterize_pass.ts";
import { Submission } from "./submission.ts";
import { TileRangesPass } from "./tile_ranges_pass.ts";
import {
  type FrameSize,
  prefixBlocksOf,
  sortBlocksOf,
  tilesOf,
  WorkingSet,
} from "./working_set.ts";

/** The passes, tied to the buffers of the day. */
interface BoundFrame {
  readonly cull: readonly BoundPass[];
  readonly ranks: BoundPrefixSum;
  readonly project: readonly BoundPass[];
  readonly sortByDepth: BoundSort;
  /** By which half of the depth sort holds its result. */
  readonly places: readonly BoundPrefixSum[];
  readonly emitPairs: readonly BoundPass[];
  readonly sortByTile: BoundSort;
  /** By which half of the tile sort holds its result. */
  readonly tileRanges: readonly BoundPass[];
  readonly rasterize: readonly BoundPass[];
}

/** Options of {@linkcode WebgpuRenderer.create}. */
export interface WebgpuRendererOptions extends Partial<FrameLimits> {
  /** Reads the SH coefficients of splats whose coefficients lie in a file; stays the caller's. */
  readonly fileSh?: ShReader | undefined;
}

/** A scene and the passes on one device, until that is lost. */
export class WebgpuRenderer {
  readonly device: GPUDevice;
  /** All buffers of this renderer. */
  readonly buffers: Buffers;
  /** How submissions are cut and how much room they get. */
  readonly plan: FramePlan;
  readonly #scene: GpuScene;
  readonly #antialiased: boolean;
  readonly #working: WorkingSet;
  readonly #ring: ReadbackRing;
  readonly #batch: GPUBuffer;
  #bound: BoundFrame | undefined;

  readonly #cull: CullPass;
  readonly #ranks: PrefixSum;
  readonly #project: ProjectPass;
  readonly #sortByDepth: RadixSort;
  readonly #places: PrefixSum;
  readonly #emitPairs: EmitPairsPass;
  readonly #sortByTile: RadixSort;
  readonly #tileRanges: TileRangesPass;
  readonly #rasterize: RasterizePass;

  /**
   * Brings `splats` to `device` and compiles the passes.
   *
   * @throws {DeviceMemoryError} If the device has no room for the scene.
   */
  static async create(
    device: GPUDevice,
    splats: Splats,
    { fileSh, ...limits }: WebgpuRendererOptions = {},
  ): Promise<WebgpuRenderer> {
    const buffers = new Buffers(device);
    const scene = await loadScene(buffers, splats, fileSh);
    return new WebgpuRenderer(buffers, splats, { scene, limits });
  }

  private constructor(
    buffers: Buffers,
    splats: Splats,
    { scene, limits }: {
      scene: GpuScene;
      limits: Partial<FrameLimits>;
    },
  ) {
    const { device } = buffers;
    const { layout, count } = scene;
    this.device = device;
    this.buffers = buffers;
    this.#scene = scene;
    this.#antialiased = splats.antialiased;
    this.#working = new WorkingSet(buffers);
    this.#ring = new ReadbackRing(buffers);
    this.plan = new FramePlan(
      device,
      { splats: count, hasObjectIds: layout.hasObjectIds },
      limits,
    );
    this.#batch = buffers.create(
      "batch",
      BATCH_BYTES,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    this.#cull = new CullPass(device, layout);
    this.#ranks = new PrefixSum(device, "visible");
    this.#project = new ProjectPass(device, layout, splats.shDegree);
    this.#sortByDepth = new RadixSort(buffers, "records", {
      implicitValues: true,
    });
    this.#places = new PrefixSum(device, "tiles");
    this.#emitPairs = new EmitPairsPass(device);
    this.#sortByTile = new RadixSort(buffers, "pairs");
    this.#tileRanges = new TileRangesPass(device);
    this.#rasterize = new RasterizePass(device);
  }

  /**
   * Renders `cameras`, which must be valid; several submissions are in flight at
   * once. A view that ran out of room is rendered again with more.
   *
   * @throws {RangeError} If a view needs more than the device allows.
   * @throws {DeviceMemoryError} If the device has no room for what a view needs.
   * @throws {DOMException} If the device is lost.
   */
  async renderMany(
    cameras: readonly Camera[],
    withObjectIds = false,
  ): Promise<View[]> {
    const views: View[] = new Array(cameras.length);
    let waiting = cameras.map((_, index) => index);
    while (waiting.length > 0) {
      const again: number[] = [];
      let flying: Submission[] = [];
      const rounds = this.plan.rounds(waiting, { cameras, withObjectIds });
      try {
        for (const round of [...rounds, []]) {
          // Mapping blocks until the device is idle, then sleeps: the next round
          // is submitted in between, so that the device works through the sleep.
          const mapped = flying.map((submission) => submission.map());
          const next: Submission[] = [];
          try {
            for (const { indices, size } of round) {
              try {
                next.push(await this.submit(indices, { cameras, size }));
              } catch (error) {
                if (
                  !(error instanceof DeviceMemoryError) ||
                  !this.plan.takeFewer(size)
                ) throw error;
                again.push(...indices);
              }
            }
            await Promise.all(mapped);
            for (const submission of flying) {
              if (this.plan.learn(submission.size, submission.counters())) {
                submission.indices.forEach((index, v) =>
                  views[index] = submission.view(v)
                );
              } else again.push(...submission.indices);
            }
          } finally {
            await Promise.allSettled(mapped);
            for (const submission of flying) {
              this.retire(submission);
            }
            flying = next;
          }
        }
      } finally {
        for (const submission of flying) this.retire(submission);
      }
      waiting = again.sort((a, b) => a - b);
    }
    return views;
  }

  /** Records and submits the views `indices` of `cameras`; all have one size and projection. */
  async submit(
    indices: readonly number[],
    { cameras, size, timer }: {
      cameras: readonly Camera[];
      size: FrameSize;
      timer?: StageTimer;
    },
  ): Promise<Submission> {
    if (await this.#working.reserve(size) || this.#bound === undefined) {
      this.#bound = this.#bind();
    }
    const seen = indices.map((index) => cameras[index]!);
    this.device.queue.writeBuffer(
      this.#batch,
      0,
      writeBatch(this.#batchValues(size, seen[0]!), seen, this.#scene.origin),
    );
    const staging = this.#ring.acquire(Submission.bytesOf(size));
    const submission = new Submission(indices, size, staging);
    const encoder = this.device.createCommandEncoder({ label: "views" });
    this.#encode(encoder, {
      size,
      bound: this.#bound,
      timer,
      bits: this.#depthBits(seen),
    });
    submission.copy(encoder, this.#working.buffers);
    timer?.resolve(encoder);
    this.device.queue.submit([encoder.finish()]);
    return submission;
  }

  /** Takes back what carried a submission, once its views are taken. */
  retire({ staging }: Submission): void {
    this.#ring.release(staging);
  }

  /** Frees everything; the device stays. */
  destroy(): void {
    this.buffers.destroyAll();
  }

  /** The pipeline of the paper, in order. */
  #encode(
    encoder: GPUCommandEncoder,
    { size, bound, timer, bits }: {
      size: FrameSize;
      bound: BoundFrame;
      timer: StageTimer | undefined;
      bits: number;
    },
  ): void {
    const { views, records, pairs, words } = size;
    const { chunks } = this.#scene;
    const { visibleMask, tileRange } = this.#working.buffers;
    const [tilesX, tilesY] = tilesOf(size);
    const tileBits = 32 - Math.clz32(tilesX * tilesY);
    const depthOrder = RadixSort.resultOf(bits);
    const tileOrder = RadixSort.resultOf(tileBits);
    encoder.clearBuffer(visibleMask, 0, 4 * words * views);
    encoder.clearBuffer(tileRange, 0, 8 * tilesX * tilesY * views);

    const stages = new Stages(encoder, timer);
    let pass = stages.begin("cull");
    chunks.forEach(({ count }, i) =>
      this.#cull.encode(pass, bound.cull[i]!, count)
    );

    pass = stages.begin("rank");
    this.#ranks.encode(pass, bound.ranks, {
      groups: PrefixSum.blocksOf(words),
      views,
    });

    pass = stages.begin("project");
    chunks.forEach(({ count }, i) =>
      this.#project.encode(pass, bound.project[i]!, count)
    );

    pass = stages.begin("sort by depth");
    const depthGroups = RadixSort.blocksOf(records);
    this.#sortByDepth.encode(pass, bound.sortByDepth, {
      bits,
      groups: depthGroups,
      views,
    });

    pass = stages.begin("place pairs");
    const placeGroups = PrefixSum.blocksOf(records);
    this.#places.encode(pass, bound.places[depthOrder]!, {
      groups: placeGroups,
      views,
    });

    pass = stages.begin("emit pairs");
    this.#emitPairs.encode(pass, bound.emitPairs[depthOrder]!, {
      records,
      views,
    });

    pass = stages.begin("sort by tile");
    const tileGroups = RadixSort.blocksOf(pairs);
    this.#sortByTile.encode(pass, bound.sortByTile, {
      bits: tileBits,
      groups: tileGroups,
      views,
    });

    pass = stages.begin("tile ranges");
    this.#tileRanges.encode(pass, bound.tileRanges[tileOrder]!, {
      pairs,
      views,
    });

    pass = stages.begin("rasterize");
    this.#rasterize.encode(pass, bound.rasterize[tileOrder]!, {
      tilesX,
      tilesY,
      views,
    });
    stages.end();
  }

  #bind(): BoundFrame {
    const batch = this.#batch;
    const { visibleViews, chunks } = this.#scene;
    const frame = this.#working.buffers;
    const { visibleMask, rankBase, counters, records, recordObject, blockSum } =
      frame;
    const { digitCount, digitTotal, tileRange, picture } = frame;
    const { depthOrder, tilePairs, pairOffset } = frame;
    return {
      cull: chunks.map(({ chunk, splats }) =>
        this.#cull.bind({ batch, chunk, splats, visibleViews, visibleMask })
      ),
      ranks: this.#ranks.bind({
        batch,
        source: visibleMask,
        order: visibleMask,
        counters,
        values: rankBase,
        blockSum,
      }),
      project: chunks.map(({ chunk, splats }) =>
        this.#project.bind({
          batch,
          chunk,
          splats,
          visibleViews,
          visibleMask,
          rankBase,
          records,
          depthKey: depthOrder[0].keys,
          tileCount: frame.tileCount,
          recordObject,
        })
      ),
      sortByDepth: this.#sortByDepth.bind({
        batch,
        counters,
        pairs: depthOrder,
        digitCount,
        digitTotal,
      }),
      places: depthOrder.map(({ values: order }) =>
        this.#places.bind({
          batch,
          source: frame.tileCount,
          order,
          counters,
          values: pairOffset,
          blockSum,
        })
      ),
      emitPairs: depthOrder.map(({ values: order }) =>
        this.#emitPairs.bind({
          batch,
          counters,
          records,
          order,
          pairOffset,
          pairTile: tilePairs[0].keys,
          pairRecord: tilePairs[0].values,
        })
      ),
      sortByTile: this.#sortByTile.bind({
        batch,
        counters,
        pairs: tilePairs,
        digitCount,
        digitTotal,
      }),
      tileRanges: tilePairs.map(({ keys: pairTile }) =>
        this.#tileRanges.bind({ batch, counters, pairTile, tileRange })
      ),
      rasterize: tilePairs.map(({ values: pairRecord }) =>
        this.#rasterize.bind({
          batch,
          records,
          pairRecord,
          tileRange,
          recordObject,
          picture,
        })
      ),
    };
  }

  #batchValues(
    size: FrameSize,
    camera: Camera,
  ): Parameters<typeof writeBatch>[0] {
    const [tilesX, tilesY] = tilesOf(size);
    return {
      width: size.width,
      height: size.height,
      tiles_x: tilesX,
      tiles_y: tilesY,
      view_count: size.views,
      orthographic: Number(camera.projection === "orthographic"),
      with_object_ids: Number(size.withObjectIds),
      antialiased: Number(this.#antialiased),
      word_count: size.words,
      record_stride: size.records,
      pair_stride: size.pairs,
      prefix_block_stride: prefixBlocksOf(size),
      sort_block_stride: sortBlocksOf(size),
    };
  }

  /** Bits of the depth keys: what the farthest corner of the scene needs. */
  #depthBits(cameras: readonly Camera[]): number {
    const { low, high, origin } = this.#scene;
    let bits = 1;
    for (const { position, rotation, near } of cameras) {
      let farthest = 0;
      for (let axis = 0; axis < 3; axis++) {
        const forward = rotation[6 + axis]!;
        const eye = position[axis]! - origin[axis]!;
        farthest += Math.max(
          forward * (low[axis]! - eye),
          forward * (high[axis]! - eye),
        );
      }
      // A little more, as the device rounds.
      const key = floatBits(1.0001 * farthest) - nearBits(near);
      if (farthest > near) bits = Math.max(bits, 32 - Math.clz32(key));
    }
    return bits;
  }
}

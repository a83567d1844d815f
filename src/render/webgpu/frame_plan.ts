/**
 * How views are cut into submissions, and how much room they get: as much as
 * views like them needed before, more as soon as one needs it.
 *
 * @module
 */

import type { Camera } from "../camera.ts";
import { MAX_VIEWS } from "./batch.ts";
import {
  frameBytes,
  type FrameSize,
  PAIR_BYTES,
  RECORD_BYTES,
} from "./working_set.ts";

/** Bounds of the plan; tests tighten them. */
export interface FrameLimits {
  /** Views in a submission, 1 to 8. */
  readonly views: number;
  /** Submissions in flight at once; as many again are recorded meanwhile. */
  readonly submissions: number;
  /** Bytes of the working set above which a submission takes fewer views. */
  readonly workingBytes: number;
  /** Bytes of pictures in flight above which fewer submissions are. */
  readonly pictureBytes: number;
  /** Splats a view has room for at first. */
  readonly records: number;
  /** (tile, splat) pairs a view has room for at first. */
  readonly pairs: number;
}

/** Counts of one view, as the device found them. */
export interface ViewCounts {
  /** Splats that survive culling. */
  readonly records: number;
  /** (tile, splat) pairs. */
  readonly pairs: number;
}

/** One submission to be: which cameras, and how much room. */
export interface PlannedSubmission {
  readonly indices: readonly number[];
  readonly size: FrameSize;
}

/** Below this many splats all may survive: the room for them costs little. */
const SMALL_SCENE = 1 << 18;

/** Room beyond what was needed, so that the next view does not just miss it. */
const HEADROOM = 1.25;

/** Room grows in steps of this, a block of the sort. */
const STEP = 2048;

/** Plans the submissions of one scene on one device. */
export class FramePlan {
  readonly #limits: FrameLimits;
  readonly #maxBinding: number;
  readonly #splats: number;
  readonly #hasObjectIds: boolean;
  #views: number;
  #records: number;
  #pairs: number;

  /** @param scene how many splats the device holds, and whether they have object ids */
  constructor(
    device: GPUDevice,
    scene: { splats: number; hasObjectIds: boolean },
    limits: Partial<FrameLimits> = {},
  ) {
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.#maxBinding = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    this.#splats = scene.splats;
    this.#hasObjectIds = scene.hasObjectIds;
    // From inside a scene a quarter of it is seen, with three tiles a splat.
    const records = scene.splats <= SMALL_SCENE
      ? scene.splats
      : Math.max(SMALL_SCENE, scene.splats / 3);
    this.#limits = {
      views: MAX_VIEWS,
      submissions: 4,
      workingBytes: 2 ** 30,
      pictureBytes: 2 ** 28,
      records,
      pairs: Math.max(1 << 16, 4 * records),
      ...limits,
    };
    this.#views = this.#limits.views;
    this.#records = this.#room(
      Math.min(this.#limits.records, scene.splats),
      RECORD_BYTES,
    );
    this.#pairs = this.#room(this.#limits.pairs, PAIR_BYTES);
  }

  /** Splats and pairs that a view has room for. */
  get capacity(): ViewCounts {
    return { records: this.#records, pairs: this.#pairs };
  }

  /**
   * Cuts the views `indices` of `cameras` into submissions of one size and
   * projection each, and those into rounds that are in flight together.
   *
   * @throws {RangeError} If one view needs more than the device allows.
   */
  rounds(
    indices: readonly number[],
    { cameras, withObjectIds }: {
      cameras: readonly Camera[];
      withObjectIds: boolean;
    },
  ): PlannedSubmission[][] {
    const rounds: PlannedSubmission[][] = [];
    let round: PlannedSubmission[] = [];
    let bytes = 0;
    let start = 0;
    while (start < indices.length) {
      const camera = cameras[indices[start]!]!;
      const size = this.#sizeFor(camera, withObjectIds);
      let end = start + 1;
      while (
        end < indices.length && end - start < size.views &&
        alike(camera, cameras[indices[end]!]!)
      ) end++;
      const planned = {
        indices: indices.slice(start, end),
        size: { ...size, views: end - start },
      };
      const picture = frameBytes(planned.size)["picture"]!;
      if (
        round.length === this.#limits.submissions ||
        round.length > 0 && bytes + picture > this.#limits.pictureBytes
      ) {
        rounds.push(round);
        round = [];
        bytes = 0;
      }
      round.push(planned);
      bytes += picture;
      start = end;
    }
    if (round.length > 0) rounds.push(round);
    return rounds;
  }

  /**
   * Takes note of what the views of a submission needed.
   *
   * @returns whether all of them had room. If not, the next ones have more.
   */
  learn(size: FrameSize, counts: readonly ViewCounts[]): boolean {
    const records = Math.max(...counts.map((view) => view.records));
    const pairs = Math.max(...counts.map((view) => view.pairs));
    if (records > size.records) {
      const grown = this.#room(HEADROOM * records, RECORD_BYTES, records);
      this.#records = Math.max(
        this.#records,
        Math.min(grown, roundUp(this.#splats)),
      );
    }
    if (pairs > size.pairs) {
      this.#pairs = Math.max(
        this.#pairs,
        this.#room(HEADROOM * pairs, PAIR_BYTES, pairs),
      );
    }
    return records <= size.records && pairs <= size.pairs;
  }

  /**
   * Takes note that a submission of `size` found no memory.
   *
   * @returns whether one of fewer views may.
   */
  takeFewer({ views }: FrameSize): boolean {
    this.#views = Math.max(1, views >> 1);
    return views > 1;
  }

  /** `wanted` elements in whole steps, held to what a binding has room for but not below `needed`. */
  #room(wanted: number, bytesEach: number, needed = 0): number {
    const most = Math.floor(this.#maxBinding / bytesEach / STEP) * STEP;
    return Math.max(Math.min(roundUp(wanted), most), roundUp(needed));
  }

  /** The largest submission of views like `camera`. */
  #sizeFor(camera: Camera, withObjectIds: boolean): FrameSize {
    const { width, height } = camera;
    const sizeOf = (views: number): FrameSize => ({
      views,
      width,
      height,
      words: Math.ceil(this.#splats / 32),
      records: this.#records,
      pairs: this.#pairs,
      withObjectIds: withObjectIds && this.#hasObjectIds,
    });
    for (let views = this.#views; views > 1; views--) {
      const bytes = Object.values(frameBytes(sizeOf(views)));
      if (
        Math.max(...bytes) <= this.#maxBinding &&
        bytes.reduce((sum, more) => sum + more) <= this.#limits.workingBytes
      ) return sizeOf(views);
    }
    const size = sizeOf(1);
    for (const [name, bytes] of Object.entries(frameBytes(size))) {
      if (bytes > this.#maxBinding) {
        throw new RangeError(
          `Cannot render ${width}x${height} pixels as ${name} must be at most ${this.#maxBinding} bytes on this device: current value is ${bytes}`,
        );
      }
    }
    return size;
  }
}

function alike(a: Camera, b: Camera): boolean {
  return a.width === b.width && a.height === b.height &&
    a.projection === b.projection;
}

function roundUp(count: number): number {
  return Math.max(STEP, Math.ceil(count / STEP) * STEP);
}

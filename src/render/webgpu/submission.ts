/**
 * Views on their way: what was submitted together and comes back together.
 *
 * @module
 */

import type { Staging } from "../../gpu/readback.ts";
import type { View } from "../renderer.ts";
import type { ViewCounts } from "./frame_plan.ts";
import {
  COUNTER_BYTES,
  type FrameBuffers,
  type FrameSize,
  pictureBytesOf,
} from "./working_set.ts";

/** Ranges are taken from mapped buffers at multiples of this. */
const ALIGNMENT = 8;

/** Up to eight views in one staging buffer: their counters, then their pictures. */
export class Submission {
  /** @param indices of its views in the cameras of the call */
  constructor(
    readonly indices: readonly number[],
    readonly size: FrameSize,
    readonly staging: Staging,
  ) {}

  /** Bytes of staging buffer that views of `size` take. */
  static bytesOf(size: FrameSize): number {
    return pictureStart(size) + size.views * pictureStride(size);
  }

  /** Records the copies from the working set. */
  copy(
    encoder: GPUCommandEncoder,
    { counters, picture }: FrameBuffers,
  ): void {
    const { views } = this.size;
    const bytes = pictureBytesOf(this.size);
    const target = this.staging.prepare(Submission.bytesOf(this.size));
    const start = pictureStart(this.size);
    encoder.copyBufferToBuffer(counters, 0, target, 0, start);
    for (let v = 0; v < views; v++) {
      const place = start + v * pictureStride(this.size);
      encoder.copyBufferToBuffer(picture, v * bytes, target, place, bytes);
    }
  }

  /** Waits until it is done. */
  map(): Promise<void> {
    return this.staging.map();
  }

  /** What the device counted, a view; once mapped. */
  counters(): ViewCounts[] {
    const words = new Uint32Array(
      this.staging.take(0, pictureStart(this.size)),
    );
    return Array.from({ length: this.size.views }, (_, v) => ({
      records: words[2 * v]!,
      pairs: words[2 * v + 1]!,
    }));
  }

  /** Its `v`-th view, in memory of its own; once mapped. */
  view(v: number): View {
    const { width, height, withObjectIds } = this.size;
    const pixels = width * height;
    const bytes = this.staging.take(
      pictureStart(this.size) + v * pictureStride(this.size),
      pictureBytesOf(this.size),
    );
    return {
      width,
      height,
      data: new Uint8Array(bytes, 0, 4 * pixels),
      depth: new Float32Array(bytes, 4 * pixels, pixels),
      expectedDepth: new Float32Array(bytes, 8 * pixels, pixels),
      alpha: new Float32Array(bytes, 12 * pixels, pixels),
      ...(withObjectIds
        ? {
          objectIds: Uint16Array.from(
            new Uint32Array(bytes, 16 * pixels, pixels),
          ),
        }
        : {}),
    };
  }
}

function pictureStart({ views }: FrameSize): number {
  return COUNTER_BYTES * views;
}

function pictureStride(size: FrameSize): number {
  return Math.ceil(pictureBytesOf(size) / ALIGNMENT) * ALIGNMENT;
}

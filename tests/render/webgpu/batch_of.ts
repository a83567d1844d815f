/** Uniforms for tests of single passes. */

import {
  type BatchValues,
  writeBatch,
} from "../../../src/render/webgpu/batch.ts";
import type { Camera } from "../../../src/render/camera.ts";

/** `Batch` with `values` where given, ones and zeros elsewhere. */
export function batchOf(
  values: Partial<BatchValues>,
  cameras: readonly Camera[] = [],
  origin: readonly number[] = [0, 0, 0],
): ArrayBuffer {
  return writeBatch(
    {
      width: 16,
      height: 16,
      tiles_x: 1,
      tiles_y: 1,
      view_count: cameras.length || 1,
      orthographic: 0,
      with_object_ids: 0,
      antialiased: 0,
      word_count: 1,
      record_stride: 1,
      pair_stride: 1,
      prefix_block_stride: 1,
      sort_block_stride: 1,
      ...values,
    },
    cameras,
    origin,
  );
}

/** A camera at the origin looking along +z, `size` pixels a side, 90 degrees wide. */
export function cameraOf(size: number, changes: Partial<Camera> = {}): Camera {
  return {
    projection: "perspective",
    width: size,
    height: size,
    fx: size / 2,
    fy: size / 2,
    cx: size / 2,
    cy: size / 2,
    rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    position: Float64Array.of(0, 0, 0),
    near: 0.1,
    metresPerUnit: 1,
    ...changes,
  };
}

/**
 * Made splats and cameras for the tests of the CPU renderer.
 *
 * @module
 */

import type { Camera } from "../../../src/render/camera.ts";
import {
  allocateSplats,
  type ShDegree,
  type Splats,
} from "../../../src/scene/splats.ts";

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Options for {@linkcode randomSplats}. */
export interface RandomSplatsOptions {
  shDegree?: ShDegree;
  seed?: number;
  antialiased?: boolean;
  withObjectIds?: boolean;
}

/** Splats of all shapes around the origin, thin and round, near and behind. */
export function randomSplats(
  count: number,
  { shDegree = 3, seed = 1, ...options }: RandomSplatsOptions = {},
): Splats {
  const splats = allocateSplats(count, shDegree, options);
  const random = randomNumbers(seed);
  const spread = (size: number): number => size * (2 * random() - 1);
  for (let i = 0; i < count; i++) {
    splats.positions.set([spread(4), spread(4), spread(4)], 3 * i);
    const size = 0.3 * random() ** 3 + 0.002;
    splats.scales.set([size, size * random(), size * random() ** 4], 3 * i);
    const q = [spread(1), spread(1), spread(1), spread(1)];
    const norm = Math.hypot(...q);
    splats.rotations.set(q.map((value) => value / norm), 4 * i);
    splats.opacities[i] = random();
    splats.colors.set([spread(1.8), spread(1.8), spread(1.8)], 3 * i);
    splats.objectIds?.set([1 + i % 7], i);
  }
  for (let i = 0; i < splats.sh.length; i++) splats.sh[i] = spread(0.25);
  return splats;
}

/** Looks along +z from the origin, x right, y down, unless told otherwise. */
export function lookAhead(
  width: number,
  height: number,
  more: Partial<Camera> = {},
): Camera {
  return {
    projection: "perspective",
    width,
    height,
    fx: 0.7 * width,
    fy: 0.7 * width,
    cx: width / 2,
    cy: height / 2,
    rotation: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    position: new Float64Array(3),
    near: 0.05,
    metresPerUnit: 1,
    ...more,
  };
}

/** Rotation of a camera turned by `yaw` and `pitch`, radians. */
export function turned(yaw: number, pitch: number): Float64Array {
  const [sy, cy] = [Math.sin(yaw), Math.cos(yaw)];
  const [sp, cp] = [Math.sin(pitch), Math.cos(pitch)];
  return Float64Array.of(
    cy,
    0,
    -sy,
    sp * sy,
    cp,
    sp * cy,
    cp * sy,
    -sp,
    cp * cy,
  );
}

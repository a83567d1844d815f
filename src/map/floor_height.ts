/**
 * How high the floor is, from rendered depth alone.
 *
 * @module
 */

import type { DepthView } from "./explored_map.ts";

/** Share of the lowest depth points that are below the floor by error. */
const SHARE = 0.03;
/** Samples of a picture along its longer side. */
const SAMPLES = 64;

/** World z that few of the view's points lie below, metres; infinite where it shows nothing. */
export function floorHeight(
  { width, height, depth, fov, pose }: Omit<DepthView, "floor">,
): number {
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const step = Math.max(1, Math.floor(Math.max(width, height) / SAMPLES));
  const heights: number[] = [];
  for (let row = step >> 1; row < height; row += step) {
    for (let column = step >> 1; column < width; column += step) {
      const z = depth[row * width + column]!;
      if (z > 0) heights.push(pose.z - (row + 0.5 - height / 2) / focal * z);
    }
  }
  if (heights.length === 0) return Infinity;
  heights.sort((a, b) => a - b);
  return heights[Math.floor(SHARE * heights.length)]!;
}

/**
 * Which ground a view shows: how far one sees at the height of the eyes.
 *
 * @module
 */

import type { DepthView } from "./explored_map.ts";

/** Rows that count as level: up and down a metre of depth, metres. */
const LEVEL = 0.12;

/** One is not taken to see farther, metres. */
const FARTHEST = 12;

/**
 * Corners of the ground that `view` shows, world metres to the centimetre: the
 * viewpoint, then the farthest seen from left to right. What is lower than the
 * eyes hides nothing.
 */
export function visibleGround(
  { width, height, depth, fov, pose }: DepthView,
): [x: number, y: number][] {
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const radians = pose.yaw * Math.PI / 180;
  const [cosine, sine] = [Math.cos(radians), Math.sin(radians)];
  const reach = Math.max(1, Math.floor(LEVEL * focal));
  const first = Math.max(0, Math.floor(height / 2) - reach);
  const last = Math.min(height, Math.ceil(height / 2) + reach);
  const corners = [corner(pose.x, pose.y)];
  for (let column = 0; column < width; column++) {
    const aside = (column + 0.5 - width / 2) / focal;
    const depths: number[] = [];
    for (let row = first; row < last; row++) {
      const z = depth[row * width + column]!;
      depths.push(z > 0 ? z : FARTHEST); // Nothing there: the sky, or a hole.
    }
    depths.sort((a, b) => a - b);
    const farthest = FARTHEST / Math.hypot(1, aside);
    const z = Math.min(depths[depths.length >> 1]!, farthest);
    corners.push(corner(
      pose.x + z * (cosine + aside * sine),
      pose.y + z * (sine - aside * cosine),
    ));
  }
  return corners;
}

function corner(x: number, y: number): [number, number] {
  return [Math.round(x * 100) / 100, Math.round(y * 100) / 100];
}

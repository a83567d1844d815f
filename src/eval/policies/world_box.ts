/**
 * Boxes of the world, and how much of a picture shows them.
 *
 * @module
 */

import type { PictureBox } from "../../agent/locate.ts";
import type { Bounds } from "../../geometry/bounds.ts";
import type { Vector3 } from "../../geometry/vector.ts";
import type { Observation } from "../../policy/policy.ts";

/** What is known of a box errs by so much, metres. */
export const MARGIN = 0.05;

/** The box with room for what its place errs. */
export function grown({ min, max }: Bounds): Bounds {
  const by = (corner: Vector3, metres: number): Vector3 => [
    corner[0] + metres,
    corner[1] + metres,
    corner[2] + metres,
  ];
  return { min: by(min, -MARGIN), max: by(max, MARGIN) };
}

/** Share of the picture that shows points of a box of the world, within a part of the picture. */
export function shareOf(
  { min, max }: Bounds,
  { image: { width, height }, depth, pose, fov }: Observation,
  [left, top, right, bottom]: PictureBox = [0, 0, 1, 1],
): number {
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const yaw = pose.yaw * Math.PI / 180;
  const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
  let count = 0;
  for (let v = Math.floor(top * height); v < bottom * height; v++) {
    for (let u = Math.floor(left * width); u < right * width; u++) {
      const ahead = depth[v * width + u]!;
      if (!(ahead > 0)) continue;
      const aside = (u + 0.5 - width / 2) / focal * ahead;
      const x = pose.x + ahead * cosine + aside * sine;
      const y = pose.y + ahead * sine - aside * cosine;
      const z = pose.z - (v + 0.5 - height / 2) / focal * ahead;
      if (
        x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1] &&
        z >= min[2] && z <= max[2]
      ) count++;
    }
  }
  return count / (width * height);
}

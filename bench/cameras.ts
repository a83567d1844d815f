/**
 * Views of the bench's room as every contender is given them, and as cameras.
 *
 * @module
 */

import { cross, normalize, subtract } from "../src/geometry/vector.ts";
import type { Camera } from "../src/render/camera.ts";
import type { View } from "./peers/protocol.ts";

/** Ten views: round the room and across it, level and a little up or down. */
export const VIEWS: readonly View[] = Array.from({ length: 10 }, (_, i) => {
  const angle = 2.4 * i;
  const radius = 1.8 * i / 10;
  const [x, z] = [radius * Math.sin(angle), radius * Math.cos(angle)];
  const heading = 2 * Math.PI * i / 10;
  return {
    position: [x, 0.1 * (i % 3 - 1), z],
    target: [
      x + Math.sin(heading),
      0.1 * (i % 3 - 1) + 0.1 * (i % 4 - 1.5),
      z + Math.cos(heading),
    ],
  };
});

/** Lens of all views of a task. */
export interface Lens {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Vertical, degrees. */
  readonly fov: number;
}

/** `view` as a camera in the axes of the .ply (y down). */
export function cameraOf(
  { position, target }: View,
  { width, height, fov }: Lens,
): Camera {
  const forward = normalize(subtract(target, position));
  const right = normalize(cross([0, 1, 0], forward));
  const down = cross(forward, right);
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  return {
    projection: "perspective",
    width,
    height,
    fx: focal,
    fy: focal,
    cx: width / 2,
    cy: height / 2,
    rotation: Float64Array.of(...right, ...down, ...forward),
    position: Float64Array.from(position),
    near: 0.05,
    metresPerUnit: 1,
  };
}

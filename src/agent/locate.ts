/**
 * From a box in a picture to a place in the world, by the picture's depth.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";

/** Left, top, right, bottom in a picture, each in [0, 1]. */
export type PictureBox = readonly [
  left: number,
  top: number,
  right: number,
  bottom: number,
];

/** Where something is. */
export interface Place {
  /** World metres: the middle of what is seen of it. */
  readonly position: Vector3;
  /** World box round what is seen of it, metres. */
  readonly box: Bounds;
  /** Metres from the viewpoint to {@linkcode position}. */
  readonly distance: number;
}

/** A picture with depth and where it was taken. */
export interface DepthPicture {
  readonly width: number;
  readonly height: number;
  /** Metres along the view axis a pixel; 0 where nothing is. */
  readonly depth: Float32Array;
  readonly pose: Pose;
  /** Vertical field of view, degrees; pixels are square. */
  readonly fov: number;
}

/** What a box shows without a tight outline: its border is mostly background. */
const CORE = 0.6;

/** Samples along each side of the core. */
const SAMPLES = 24;

/** What lies further than this from the core's median depth is background: metres, and share of the depth. */
const DEPTH_SLACK = { metres: 0.35, share: 0.15 };

/**
 * The place of what `box` shows, from the depth in the middle of the box.
 * `undefined` if there is no depth.
 */
export function locate(
  picture: DepthPicture,
  box: PictureBox,
): Place | undefined {
  const { pose } = picture;
  const points = pointsIn(picture, box);
  if (points.length === 0) return undefined;
  const along = (share: number): Vector3 =>
    [0, 1, 2].map((axis) =>
      quantile(points.map((point) => point[axis as 0]), share)
    ) as unknown as Vector3;
  const position = along(0.5);
  return {
    position,
    box: { min: along(0.02), max: along(0.98) },
    distance: Math.hypot(
      position[0] - pose.x,
      position[1] - pose.y,
      position[2] - pose.z,
    ),
  };
}

/** Points of what `box` shows, background left out; world metres. */
export function pointsIn(
  { width, height, depth, pose, fov }: DepthPicture,
  box: PictureBox,
): Vector3[] {
  const [left, top, right, bottom] = box.map((edge) =>
    Math.min(1, Math.max(0, edge))
  ) as unknown as PictureBox;
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const radians = pose.yaw * Math.PI / 180;
  const [forwardX, forwardY] = [Math.cos(radians), Math.sin(radians)];
  const points: { z: number; point: Vector3 }[] = [];
  for (let row = 0; row < SAMPLES; row++) {
    for (let column = 0; column < SAMPLES; column++) {
      const u = within(left, right, column) * width;
      const v = within(top, bottom, row) * height;
      const x = Math.min(width - 1, Math.floor(u));
      const y = Math.min(height - 1, Math.floor(v));
      const z = depth[y * width + x]!;
      if (!(z > 0)) continue;
      const aside = (x + 0.5 - width / 2) / focal * z;
      const below = (y + 0.5 - height / 2) / focal * z;
      points.push({
        z,
        point: [
          pose.x + z * forwardX + aside * forwardY,
          pose.y + z * forwardY - aside * forwardX,
          pose.z - below,
        ],
      });
    }
  }
  if (points.length === 0) return [];
  const nearMedian = quantile(points.map(({ z }) => z), 0.5);
  const slack = Math.max(
    DEPTH_SLACK.metres,
    DEPTH_SLACK.share * nearMedian,
  );
  return points.filter(({ z }) => Math.abs(z - nearMedian) <= slack)
    .map(({ point }) => point);
}

/** Middle of sample `index` within the core between two edges. */
function within(low: number, high: number, index: number): number {
  const margin = (1 - CORE) / 2;
  const share = margin + CORE * (index + 0.5) / SAMPLES;
  return low + (high - low) * share;
}

/** The value below which `share` of `values` lie; `values` is not empty. */
function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))]!;
}

/**
 * What `inspect --map` draws over a place seen from above: where agents may
 * move, what is free there, where they start, and a scale.
 *
 * @module
 */

import {
  disc,
  fill,
  line,
  outline,
  type Point,
  rectangle,
  union,
} from "../image/draw.ts";
import type { MapView } from "../render/map_view.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";

const INK = { colour: [20, 20, 24] } as const;
const PAPER = { colour: [255, 255, 255] } as const;
const BOUNDS = { colour: [214, 92, 8] } as const;
const FREE = { colour: [40, 190, 90], opacity: 0.3 } as const;
const START = { colour: [200, 0, 120] } as const;

/** Lines and marks as a share of the picture's longer side. */
const THICKNESS = 0.002;
const START_RADIUS = 0.009;

/** The scale is at most this share of the picture's width. */
const SCALE_SHARE = 0.25;

/** What is known of the place beside its picture. */
export interface MapMarks extends Pick<SceneFrame, "bounds" | "start"> {
  /** Whether one can stand at a place, world metres; absent where that is unknown. */
  readonly isFree?: (x: number, y: number) => boolean;
}

/**
 * Draws over `map`.
 *
 * @returns metres that the scale at the lower left is long.
 */
export function drawMap(
  { image, area, metresPerPixel }: MapView,
  { bounds, start, isFree }: MapMarks,
): number {
  const { width, height } = image;
  const unit = Math.max(width, height);
  const thickness = Math.max(1.5, THICKNESS * unit);
  const place = (x: number, y: number): Point => [
    (x - area.min[0]) / metresPerPixel,
    (area.max[1] - y) / metresPerPixel,
  ];
  if (isFree) {
    fill(image, (x, y) => {
      const free = isFree(
        area.min[0] + x * metresPerPixel,
        area.max[1] - y * metresPerPixel,
      );
      return free ? -1 : 1;
    }, FREE);
  }
  const border = rectangle(
    place(bounds.min[0], bounds.min[1]),
    place(bounds.max[0], bounds.max[1]),
  );
  fill(image, outline(border, thickness), BOUNDS);

  const at = place(start.x, start.y);
  const radius = Math.max(4, START_RADIUS * unit);
  const yaw = start.yaw * Math.PI / 180;
  const tip: Point = [
    at[0] + 3 * radius * Math.cos(yaw),
    at[1] - 3 * radius * Math.sin(yaw),
  ];
  const mark = union(disc(at, radius), line(at, tip, radius / 1.5));
  fill(image, (x, y) => mark(x, y) - thickness, PAPER);
  fill(image, mark, START);

  const metres = roundLength(SCALE_SHARE * width * metresPerPixel);
  const left: Point = [0.06 * unit, height - 0.06 * unit];
  const right: Point = [left[0] + metres / metresPerPixel, left[1]];
  const tick = 0.008 * unit;
  const scale = union(
    line(left, right, thickness),
    ...[left, right].map(([x, y]) =>
      line([x, y - tick], [x, y + tick], thickness)
    ),
  );
  fill(image, (x, y) => scale(x, y) - thickness, PAPER);
  fill(image, scale, INK);
  return metres;
}

/** The greatest of 1, 2 and 5 times a power of ten that is at most `length`. */
function roundLength(length: number): number {
  const power = 10 ** Math.floor(Math.log10(length));
  return power * [5, 2, 1].find((digit) => digit * power <= length)!;
}

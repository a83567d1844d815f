/**
 * Where to stand before an object: a statue, a thing on a table, a scan too
 * sparse to stand in. Upright axes, file units.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { FoundStart } from "./find_start.ts";
import type { PlaceSample } from "./place_sample.ts";

/** Sides looked at. */
const SIDES = 16;

/** Pixels across and up of the coarse pictures that tell how much a side shows. */
const PIXELS = 64;

/** Splats within this many pixels behind the foremost are in sight. */
const DEPTH = 2;

/** Weights of a side and its neighbours. */
const BLUR = [1, 2, 3, 2, 1];

/** The object's box takes up the view's height or width divided by this. */
const MARGIN = 1.2;

/**
 * The side from which most splats are in sight (trainers put many where there
 * is much to see), far enough to have all of the object in view, its middle at
 * eye level.
 *
 * @param fov radians
 */
export function findOutside(
  sample: PlaceSample,
  box: Bounds,
  fov: number,
): FoundStart {
  const [cx, cy, cz] = ([0, 1, 2] as const).map((a) =>
    (box.min[a] + box.max[a]) / 2
  ) as [number, number, number];
  const [sx, sy, sz] = ([0, 1, 2] as const).map((a) =>
    box.max[a] - box.min[a]
  ) as [number, number, number];
  const shown = Array.from(
    { length: SIDES },
    (_, side) => shownFrom(sample, box, turnTo(side)),
  );
  // Sides beside each other show much the same: what a single one has more is chance.
  const smooth = shown.map((_, side) =>
    BLUR.reduce(
      (sum, share, i) =>
        sum + share * shown.at((side + i - (BLUR.length >> 1)) % SIDES)!,
      0,
    )
  );
  const heading = turnTo(smooth.indexOf(Math.max(...smooth)));
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  const across = Math.abs(sx * s) + Math.abs(sy * c);
  const along = Math.abs(sx * c) + Math.abs(sy * s);
  const awayFor = (extent: number): number =>
    MARGIN * Math.max(extent, sz) / 2 / Math.tan(fov / 2);
  const distance = along / 2 + awayFor(across);
  const diagonal = Math.hypot(sx, sy);
  // Room to walk round it at the distance from which all of it is seen.
  const around = diagonal / 2 + awayFor(diagonal);
  return {
    position: [cx - c * distance, cy - s * distance, cz],
    heading,
    bounds: {
      min: [cx - around, cy - around, box.min[2]],
      max: [cx + around, cy + around, box.max[2] + sz / 2],
    },
    isObject: true,
    reason:
      "before the splats, which are no place to stand in, on the side that shows most of them: their middle at eye level, all in view",
  };
}

/** Azimuth of a side, radians. */
function turnTo(side: number): number {
  return 2 * Math.PI * side / SIDES;
}

/** Weight of the splats in sight when looking along `azimuth` at the box. */
function shownFrom(sample: PlaceSample, box: Bounds, azimuth: number): number {
  const [c, s] = [Math.cos(azimuth), Math.sin(azimuth)];
  const cx = (box.min[0] + box.max[0]) / 2;
  const cy = (box.min[1] + box.max[1]) / 2;
  const wide = Math.hypot(box.max[0] - box.min[0], box.max[1] - box.min[1]);
  const pixel = Math.max(wide, box.max[2] - box.min[2]) / PIXELS;
  const nearest = new Float64Array(PIXELS * PIXELS).fill(Infinity);
  const pixelOf = (i: number): number => {
    const across = c * (sample.y[i]! - cy) - s * (sample.x[i]! - cx);
    const u = Math.floor(across / pixel + PIXELS / 2);
    const v = Math.floor((sample.z[i]! - box.min[2]) / pixel);
    return u >= 0 && v >= 0 && u < PIXELS && v < PIXELS ? u + PIXELS * v : -1;
  };
  const depthOf = (i: number): number =>
    (c * (sample.x[i]! - cx) + s * (sample.y[i]! - cy)) / pixel;
  const pixels = new Int32Array(sample.count);
  for (let i = 0; i < sample.count; i++) {
    const at = pixels[i] = pixelOf(i);
    if (at >= 0) nearest[at] = Math.min(nearest[at]!, depthOf(i));
  }
  let shown = 0;
  for (let i = 0; i < sample.count; i++) {
    const at = pixels[i]!;
    if (at >= 0 && depthOf(i) < nearest[at]! + DEPTH) {
      shown += sample.weight[i]!;
    }
  }
  return shown;
}

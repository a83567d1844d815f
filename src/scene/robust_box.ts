/**
 * The box of a place without what floats far around it.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Vector3 } from "../geometry/vector.ts";
import type { PlaceSample } from "./place_sample.ts";
import { weightedRange } from "./weighted_range.ts";

/** Share of the splats' weight below and above the box, on each axis. */
const OUTSIDE_SHARE = 0.01;

/** Tukey's fences: what lies further than this many interquartile ranges beyond the quartiles is an outlier. */
const FENCE = 1.5;

/** Quartiles nearer than this share of the box are those of one surface, but for rounding. */
const LEAST_SPREAD = 1e-3;

/** The box that leaves {@linkcode OUTSIDE_SHARE} out on each side; never flat, and two units wide round the origin where there are no splats. */
export function robustBox(sample: PlaceSample): Bounds {
  if (sample.count === 0) return { min: [-1, -1, -1], max: [1, 1, 1] };
  const ranges = [sample.x, sample.y, sample.z].map((values) =>
    weightedRange(values, sample.weight, {
      low: OUTSIDE_SHARE,
      high: 1 - OUTSIDE_SHARE,
    })
  );
  const [, radius] = weightedRange(sample.radius, sample.weight, {
    low: 0,
    high: 0.5,
  });
  const largest = Math.max(...ranges.map(([low, high]) => high - low));
  // A single splat, a wall, a plane: as thick as three deviations of a typical splat.
  const pad = Math.max(3 * radius, 1e-3 * largest, largest > 0 ? 0 : 1e-3);
  const grown = ranges.map(([low, high]) =>
    high - low >= 2 * pad
      ? [low, high]
      : [(low + high) / 2 - pad, (low + high) / 2 + pad]
  );
  return {
    min: grown.map(([low]) => low) as unknown as Vector3,
    max: grown.map(([, high]) => high) as unknown as Vector3,
  };
}

/**
 * The part of `box` (of {@linkcode robustBox}) where most splats are, by
 * Tukey's fences: all of a room, but not the trees and houses far behind a
 * thing that was scanned outdoors, where no camera has been.
 */
export function focusBox(sample: PlaceSample, box: Bounds): Bounds {
  if (sample.count === 0) return box;
  const fences = ([0, 1, 2] as const).map((axis) => {
    const values = [sample.x, sample.y, sample.z][axis]!;
    const [low, high] = weightedRange(values, sample.weight, {
      low: 0.25,
      high: 0.75,
    });
    const beyond = FENCE * (high - low);
    const from = Math.max(box.min[axis], low - beyond);
    const to = Math.min(box.max[axis], high + beyond);
    // Half of all splats at one height: no measure of what is far.
    return high - low > LEAST_SPREAD * (box.max[axis] - box.min[axis])
      ? [from, to]
      : [box.min[axis], box.max[axis]];
  });
  return {
    min: fences.map(([from]) => from) as unknown as Vector3,
    max: fences.map(([, to]) => to) as unknown as Vector3,
  };
}

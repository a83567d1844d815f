/**
 * How far the floor of a place is tilted against the axis that is taken for
 * up. Scans come as the first photograph was held, a few degrees aslant.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Vector3 } from "../geometry/vector.ts";
import type { PlaceSample } from "./place_sample.ts";

/** Samples looked at: more add time, not precision. */
const MAX_SAMPLES = 6000;

/** Tilts looked at go so far both ways in steps of so much, degrees; then steps are halved so often. */
const FARTHEST = 24;
const STEP = 6;
const HALVINGS = 5;

/** Smaller tilts are left alone, degrees: what is found is no surer. Greater ones are a wall taken for a floor. */
const LEAST_TILT = 1;
const MOST_TILT = 25;

/** Height of a bin as a share of the place's height: a floor is so thick. */
const THICKNESS = 0.02;

/** Most heights that are told apart. */
const MAX_HEIGHTS = 65_536;

/** A floor is told by this much more of it at one height than without the tilt, */
const LEAST_GAIN = 1.3;

/** and by this share of all samples at its height. */
const LEAST_SHARE = 0.06;

/** An up that suits the floor better. */
export interface Tilt {
  /** Unit vector in the sample's axes; z is positive. */
  readonly up: Vector3;
  /** From the sample's z axis, degrees. */
  readonly degrees: number;
}

/**
 * The direction along which most of `sample` lies at few heights, as floors
 * and ceilings do; `undefined` if that is the sample's z, or not plain.
 */
export function findTilt(
  sample: PlaceSample,
  { min, max }: Bounds,
): Tilt | undefined {
  const points = pointsIn(sample, { min, max });
  const width = Math.hypot(max[0] - min[0], max[1] - min[1]);
  const thickness = Math.max(
    THICKNESS * (max[2] - min[2]),
    width / MAX_HEIGHTS,
  );
  const best = (from: Slant, step: number, reach: number): Slant => {
    // A plane that is half a step aslant spreads over as much as a bin.
    const bin = Math.max(thickness, Math.tan(step * RADIAN / 2) * width / 2);
    let found = from;
    let most = -Infinity;
    for (let x = from.x - reach; x <= from.x + reach; x += step) {
      for (let y = from.y - reach; y <= from.y + reach; y += step) {
        const { energy } = heap(points, upOf({ x, y }), bin);
        if (energy > most + 1e-6) [most, found] = [energy, { x, y }];
      }
    }
    return found;
  };
  // Coarse looks may take a slope for a floor: small tilts get a look of their own.
  const level = { x: 0, y: 0 };
  const [tilted] = [level, best(level, STEP, FARTHEST)].map((slant) => {
    for (let i = 0, step = STEP / 2; i < HALVINGS; i++, step /= 2) {
      slant = best(slant, step, 2 * step);
    }
    const up = upOf(slant);
    return { up, ...heap(points, up, thickness) };
  }).sort((a, b) => b.energy - a.energy);
  const { up, energy, share } = tilted!;
  const degrees = Math.acos(Math.min(1, up[2])) / RADIAN;
  const plain = heap(points, [0, 0, 1], thickness);
  return degrees >= LEAST_TILT && degrees <= MOST_TILT &&
      energy >= LEAST_GAIN * plain.energy && share >= LEAST_SHARE
    ? { up, degrees }
    : undefined;
}

/** A tilt towards x and towards y, degrees. */
interface Slant {
  readonly x: number;
  readonly y: number;
}

const RADIAN = Math.PI / 180;

function upOf({ x, y }: Slant): Vector3 {
  const [across, along] = [Math.tan(x * RADIAN), Math.tan(y * RADIAN)];
  const length = Math.hypot(across, along, 1);
  return [across / length, along / length, 1 / length];
}

/** Some of the sample's points within the box, from its middle: x, y, z in turn. */
function pointsIn(
  { count, x, y, z }: PlaceSample,
  { min, max }: Bounds,
): Float32Array {
  const stride = Math.max(1, Math.floor(count / MAX_SAMPLES));
  const points: number[] = [];
  for (let i = 0; i < count; i += stride) {
    const point = [x[i]!, y[i]!, z[i]!];
    if (point.some((value, a) => value < min[a]! || value > max[a]!)) continue;
    point.forEach((value, a) => points.push(value - (min[a]! + max[a]!) / 2));
  }
  return Float32Array.from(points);
}

/** How much heights along `up` are heaped, beyond an even spread, and the share of the fullest two neighbours. */
function heap(
  points: Float32Array,
  [ux, uy, uz]: Vector3,
  bin: number,
): { energy: number; share: number } {
  let reach = 0;
  const heights = new Float32Array(points.length / 3);
  for (let i = 0; i < heights.length; i++) {
    const height = points[3 * i]! * ux + points[3 * i + 1]! * uy +
      points[3 * i + 2]! * uz;
    heights[i] = height;
    reach = Math.max(reach, Math.abs(height));
  }
  const bins = new Float64Array(2 * Math.ceil(reach / bin) + 2);
  for (const height of heights) bins[Math.floor((height + reach) / bin)]!++;
  let energy = 0;
  let fullest = 0;
  for (let i = 0; i + 1 < bins.length; i++) {
    const both = bins[i]! + bins[i + 1]!;
    energy += both * both;
    fullest = Math.max(fullest, both);
  }
  const even = 4 * heights.length ** 2 / bins.length;
  return {
    energy: energy - even,
    share: fullest / Math.max(1, heights.length),
  };
}

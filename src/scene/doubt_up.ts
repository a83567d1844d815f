/**
 * Whether a place stands as its format's convention says: where its floor lies,
 * and on which side of it the furniture.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Vector3 } from "../geometry/vector.ts";
import type { Axes } from "./axes.ts";
import type { PlaceSample } from "./place_sample.ts";

/** Thickness of a floor as a share of the place's shortest side. */
const THICKNESS = 0.02;

/** Most heights that are told apart: what is thinner than a floor of those has none. */
const MAX_HEIGHTS = 65_536;

/** A floor has this share of the splats at its height (furnished rooms have a fifth), */
const FLOOR_SHARE = 0.15;

/** and so many times what is at one height along what is said to be up. */
const GAIN = 2;

/** Furniture is looked for between these shares of the height, from below and from above. */
const NEAR_FLOOR = [0.08, 0.4] as const;

/** On its head is what has so many times more in its upper half than in its lower. */
const TOPPLED = 2;

/**
 * In words why `base` may stand wrongly, and how to set it right; `undefined`
 * if nothing speaks against it. What has no floor has no head to stand on.
 */
export function doubtUp(
  sample: PlaceSample,
  { box, base }: { box: Bounds; base: Axes },
): string | undefined {
  const shares = ([0, 1, 2] as const).map((axis) =>
    floorShare(sample, box, axis)
  );
  const across = shares[0]! > shares[1]! ? 0 : 1;
  if (shares[across]! >= Math.max(FLOOR_SHARE, GAIN * shares[2]!)) {
    const sign = fullnessBelow(sample, box, across) >= 1 ? 1 : -1;
    const up = nameOf(base[across], sign);
    return `a floor is seen across ${
      up.slice(1)
    }: if the place lies on its side, say --up=${up}`;
  }
  const isRoom = shares[2]! >= FLOOR_SHARE;
  if (!isRoom || fullnessBelow(sample, box, 2) * TOPPLED > 1) return undefined;
  return `there is more under the ceiling than above the floor: if the place stands on its head, say --up=${
    nameOf(base[2], -1)
  }`;
}

/** Largest share of the splats in the box that lie at one height along `axis`. */
function floorShare(
  sample: PlaceSample,
  { min, max }: Bounds,
  axis: 0 | 1 | 2,
): number {
  const values = alongOf(sample, axis);
  const shortest = Math.min(...min.map((low, a) => max[a]! - low));
  const reach = max[axis] - min[axis];
  const bin = Math.max(THICKNESS * shortest, reach / MAX_HEIGHTS);
  const bins = new Float64Array(Math.ceil(reach / bin) + 2);
  let total = 0;
  for (let i = 0; i < sample.count; i++) {
    const at = Math.floor((values[i]! - min[axis]) / bin);
    if (at < 0 || at >= bins.length) continue;
    bins[at]!++;
    total++;
  }
  let most = 0;
  for (let i = 0; i + 1 < bins.length; i++) {
    most = Math.max(most, bins[i]! + bins[i + 1]!);
  }
  return most / Math.max(1, total);
}

/** Splats in the lower half along `axis`, floor left out, over those in the upper half. */
function fullnessBelow(
  sample: PlaceSample,
  { min, max }: Bounds,
  axis: 0 | 1 | 2,
): number {
  const values = alongOf(sample, axis);
  const [from, to] = NEAR_FLOOR;
  let [below, above] = [1, 1];
  for (let i = 0; i < sample.count; i++) {
    const share = (values[i]! - min[axis]) / (max[axis] - min[axis]);
    if (share > from && share < to) below++;
    else if (share < 1 - from && share > 1 - to) above++;
  }
  return below / above;
}

function alongOf({ x, y, z }: PlaceSample, axis: 0 | 1 | 2): Float32Array {
  return [x, y, z][axis]!;
}

/** As `--up` takes it: the file's axis along `sign` times `direction`. */
function nameOf(direction: Vector3, sign: 1 | -1): string {
  const axis = direction.findIndex((part) => Math.abs(part) > 0.7);
  return `${sign * direction[axis]! > 0 ? "+" : "-"}${"xyz"[axis]}`;
}

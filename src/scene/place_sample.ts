/**
 * A sample of a scene's splats in upright axes: enough to tell where the place
 * is and where one can stand in it.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import type { Splats } from "./splats.ts";

/** Splats looked at, at most: more add time, not knowledge. */
const MAX_SAMPLES = 100_000;

/** Splats more transparent than this are fog. */
const MIN_OPACITY = 0.1;

/** Points of a sample, structure of arrays; upright axes, file units. */
export interface PlaceSample {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Upwards. */
  readonly z: Float32Array;
  /** Opacity, [0, 1]. */
  readonly weight: Float32Array;
  /** Greatest standard deviation. */
  readonly radius: Float32Array;
}

/**
 * Every n-th splat of `splats` that can be seen, along `axes` (unit vectors in
 * file axes). All of them, however transparent, if none can be seen well.
 */
export function samplePlace(
  splats: Splats,
  axes: readonly [Vector3, Vector3, Vector3],
): PlaceSample {
  const { count, positions, scales, opacities } = splats;
  const step = Math.max(1, Math.ceil(count / MAX_SAMPLES));
  let visible = 0;
  for (let i = 0; i < count; i += step) {
    if (opacities[i]! >= MIN_OPACITY) visible++;
  }
  const least = visible > 0 ? MIN_OPACITY : 0;
  const length = visible > 0 ? visible : Math.ceil(count / step);
  const column = (): Float32Array => new Float32Array(length);
  const sample = {
    count: length,
    x: column(),
    y: column(),
    z: column(),
    weight: column(),
    radius: column(),
  };
  const [ax, ay, az] = axes;
  let at = 0;
  for (let i = 0; i < count; i += step) {
    if (opacities[i]! < least) continue;
    const px = positions[3 * i]!;
    const py = positions[3 * i + 1]!;
    const pz = positions[3 * i + 2]!;
    sample.x[at] = px * ax[0] + py * ax[1] + pz * ax[2];
    sample.y[at] = px * ay[0] + py * ay[1] + pz * ay[2];
    sample.z[at] = px * az[0] + py * az[1] + pz * az[2];
    // Invisible scenes still have a place: no weight may be zero for all.
    sample.weight[at] = Math.max(opacities[i]!, 1e-3);
    sample.radius[at] = Math.max(
      scales[3 * i]!,
      scales[3 * i + 1]!,
      scales[3 * i + 2]!,
    );
    at++;
  }
  return sample;
}

/**
 * Means and extremes over the splats of a scene, as `inspect` prints them.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import type { SplatStatistics } from "./scene_file.ts";
import type { Splats } from "./splats.ts";

/**
 * Statistics of `splats` in their own axes and units, summed in float64; all
 * zeros if there are none.
 */
export function statisticsOf(splats: Splats): SplatStatistics {
  const { count, positions, scales, opacities } = splats;
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  const position = [0, 0, 0];
  const scale = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    let low = Infinity;
    let high = -Infinity;
    let positionSum = 0;
    let scaleSum = 0;
    for (let i = axis; i < 3 * count; i += 3) {
      const value = positions[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
      positionSum += value;
      scaleSum += scales[i]!;
    }
    min[axis] = low;
    max[axis] = high;
    position[axis] = positionSum / count;
    scale[axis] = scaleSum / count;
  }
  let opacity = 0;
  for (let i = 0; i < count; i++) opacity += opacities[i]!;
  const vector = (values: number[]): Vector3 =>
    count === 0 ? [0, 0, 0] : [values[0]!, values[1]!, values[2]!];
  return {
    positionMin: vector(min),
    positionMax: vector(max),
    positionMean: vector(position),
    meanOpacity: count === 0 ? 0 : opacity / count,
    meanScale: vector(scale),
  };
}

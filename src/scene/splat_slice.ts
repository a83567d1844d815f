/**
 * A run of splats among others.
 *
 * @module
 */

import { SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** Splats [first, first + count). */
export interface SplatSlice {
  readonly first: number;
  readonly count: number;
}

/** The splats of `slice`, over the same memory; without object ids. */
export function sliceSplats(
  splats: Splats,
  { first, count }: SplatSlice,
): Splats {
  const end = first + count;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  return {
    count,
    shDegree: splats.shDegree,
    positions: splats.positions.subarray(3 * first, 3 * end),
    scales: splats.scales.subarray(3 * first, 3 * end),
    rotations: splats.rotations.subarray(4 * first, 4 * end),
    opacities: splats.opacities.subarray(first, end),
    colors: splats.colors.subarray(3 * first, 3 * end),
    sh: splats.sh.subarray(rest * first, rest * end),
    antialiased: splats.antialiased,
  };
}

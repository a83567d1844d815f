/** Small scenes for tests. */

import { randomNumbers } from "../../../bench/room.ts";
import {
  allocateSplats,
  type ShDegree,
  type Splats,
} from "../../../src/scene/splats.ts";

/** Options for {@linkcode scatteredSplats}. */
export interface ScatterOptions {
  seed?: number;
  shDegree?: ShDegree;
  antialiased?: boolean;
}

/**
 * Splats of all kinds all around the origin: needles, discs, dots and balls of
 * 1 mm to 1 m, also behind and at the camera.
 */
export function scatteredSplats(
  count: number,
  { seed = 1, shDegree = 3, antialiased = false }: ScatterOptions = {},
): Splats {
  const splats = allocateSplats(count, shDegree, {
    withObjectIds: true,
    antialiased,
  });
  const random = randomNumbers(seed);
  const between = (low: number, high: number): number =>
    low + (high - low) * random();
  splats.positions.forEach((_, i, all) => all[i] = between(-3, 3));
  splats.scales.forEach((_, i, all) => all[i] = 10 ** between(-3, -0.7));
  splats.opacities.forEach((_, i, all) => all[i] = between(0, 1));
  splats.colors.forEach((_, i, all) => all[i] = between(-2, 2.5));
  splats.sh.forEach((_, i, all) => all[i] = between(-0.3, 0.3));
  for (let i = 0; i < count; i++) {
    const turn = [0, 1, 2, 3].map(() => between(-1, 1));
    const norm = Math.hypot(...turn);
    splats.rotations.set(turn.map((part) => part / norm), 4 * i);
    splats.objectIds![i] = 1 + i % 7;
  }
  return splats;
}

/** A turn about y by `yaw`, then about x by `pitch`, radians, as rows. */
export function turned(yaw: number, pitch = 0): Float64Array {
  const [c, s, p, q] = [
    Math.cos(yaw),
    Math.sin(yaw),
    Math.cos(pitch),
    Math.sin(pitch),
  ];
  return Float64Array.of(c, 0, -s, q * s, p, q * c, p * s, -q, p * c);
}

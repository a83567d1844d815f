/**
 * Makes splats harmless whose numbers are not finite: one of them would spoil
 * sums, bounds and sorting for all.
 *
 * @module
 */

import { SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/**
 * Sets each splat of `splats` with a number that is not finite to a transparent
 * point at the origin, opacity to [0, 1], scales to >= 0, rotations to unit length.
 *
 * @returns warnings, none if nothing was wrong.
 */
export function repairSplats(splats: Splats): string[] {
  const { count, positions, scales, rotations, opacities, colors, sh } = splats;
  const coefficients = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  let broken = 0;
  let clamped = 0;
  for (let i = 0; i < count; i++) {
    const [p, r] = [3 * i, 4 * i];
    // A sum is finite only if each term is; products with 0 would hide infinities.
    let sum = positions[p]! + positions[p + 1]! + positions[p + 2]! +
      scales[p]! + scales[p + 1]! + scales[p + 2]! + opacities[i]! +
      colors[p]! + colors[p + 1]! + colors[p + 2]!;
    const square = rotations[r]! ** 2 + rotations[r + 1]! ** 2 +
      rotations[r + 2]! ** 2 + rotations[r + 3]! ** 2;
    for (let c = i * coefficients; c < (i + 1) * coefficients; c++) {
      // Exponent bits all set: infinite or not a number.
      if ((halves[c]! & 0x7c00) === 0x7c00) sum = NaN;
    }
    if (!Number.isFinite(sum + square)) {
      broken++;
      positions.fill(0, p, p + 3);
      scales.fill(0, p, p + 3);
      colors.fill(0, p, p + 3);
      opacities[i] = 0;
      halves.fill(0, i * coefficients, (i + 1) * coefficients);
      rotations.set(IDENTITY, r);
      continue;
    }
    if (opacities[i]! < 0 || opacities[i]! > 1) {
      opacities[i] = Math.min(Math.max(opacities[i]!, 0), 1);
      clamped++;
    }
    for (let axis = p; axis < p + 3; axis++) {
      if (scales[axis]! < 0) {
        scales[axis] = -scales[axis]!;
        clamped++;
      }
    }
    if (square === 0) {
      rotations.set(IDENTITY, r);
    } else if (Math.abs(square - 1) > 1e-6) {
      const normalise = 1 / Math.sqrt(square);
      for (let part = r; part < r + 4; part++) rotations[part]! *= normalise;
    }
  }
  return [
    ...(broken > 0
      ? [
        `${broken} of ${count} splats have numbers that are not finite: made transparent`,
      ]
      : []),
    ...(clamped > 0
      ? [`${clamped} opacities or scales were out of range: clamped`]
      : []),
  ];
}

/** No rotation: w, x, y, z. */
const IDENTITY = [1, 0, 0, 0];

/**
 * Leaves out splats whose numbers are not finite: one of them would spoil
 * sums, bounds and sorting for all.
 *
 * @module
 */

import { SceneFormatError } from "./scene_file.ts";
import { firstSplats, SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/**
 * Share of splats that may hold NaN or an infinity and are left out with a
 * warning: diverged trainings leave a few. A file with more is damaged.
 */
export const MAX_BROKEN_SHARE = 0.01;

/** Options of {@linkcode dropBroken}. */
export interface DropOptions {
  /** As errors call it. */
  file: string;
  /** Short name. */
  format: string;
}

/**
 * Moves the finite ones of `splats` together, in place and in order, and makes
 * their rotations unit quaternions.
 *
 * @returns them and warnings, none if nothing was wrong.
 * @throws {SceneFormatError} If more than {@linkcode MAX_BROKEN_SHARE} are broken.
 */
export function dropBroken(
  splats: Splats,
  { file, format }: DropOptions,
): { splats: Splats; warnings: string[] } {
  const { count, positions, scales, rotations, opacities, colors, sh } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  let kept = 0;
  let firstBroken = -1;
  let unrotated = 0;
  for (let i = 0; i < count; i++) {
    const [p, r] = [3 * i, 4 * i];
    const qw = rotations[r]!;
    const qx = rotations[r + 1]!;
    const qy = rotations[r + 2]!;
    const qz = rotations[r + 3]!;
    const norm = Math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz);
    const least = Math.min(scales[p]!, scales[p + 1]!, scales[p + 2]!);
    let sum = norm - norm + opacities[i]!;
    for (let k = p; k < p + 3; k++) {
      // Finite minus itself is zero, all else is NaN.
      sum += positions[k]! - positions[k]! + (scales[k]! - scales[k]!) +
        (colors[k]! - colors[k]!);
    }
    for (let k = i * rest; k < (i + 1) * rest; k++) {
      // Exponent bits all set: infinite or not a number.
      if ((halves[k]! & 0x7c00) === 0x7c00) sum = NaN;
    }
    if (!(sum >= 0 && sum <= 1 && least >= 0)) {
      if (firstBroken < 0) firstBroken = i;
      continue;
    }
    const isTurned = norm > 0;
    if (!isTurned) unrotated++;
    rotations[4 * kept] = isTurned ? qw / norm : 1;
    rotations[4 * kept + 1] = isTurned ? qx / norm : 0;
    rotations[4 * kept + 2] = isTurned ? qy / norm : 0;
    rotations[4 * kept + 3] = isTurned ? qz / norm : 0;
    if (kept < i) {
      positions.copyWithin(3 * kept, p, p + 3);
      scales.copyWithin(3 * kept, p, p + 3);
      colors.copyWithin(3 * kept, p, p + 3);
      opacities[kept] = opacities[i]!;
      halves.copyWithin(kept * rest, i * rest, (i + 1) * rest);
    }
    kept++;
  }
  const broken = count - kept;
  if (broken > MAX_BROKEN_SHARE * count) {
    throw new SceneFormatError(
      file,
      format,
      `expected finite numbers and scales >= 0, found others in ${broken} of ${count} splats (first: splat ${firstBroken})`,
    );
  }
  return {
    splats: broken > 0 ? firstSplats(splats, kept) : splats,
    warnings: splatWarnings({
      count,
      broken,
      first: `splat ${firstBroken}`,
      unrotated,
    }),
  };
}

/** What {@linkcode splatWarnings} tells. */
export interface SplatFaults {
  count: number;
  broken: number;
  /** The first broken one, in words. */
  first: string;
  /** Splats whose rotation was zero. */
  unrotated: number;
}

/** A line for each kind of fault. */
export function splatWarnings(
  { count, broken, first, unrotated }: SplatFaults,
): string[] {
  return [
    broken > 0 &&
    `${broken} of ${count} splats are left out as they are not finite (first: ${first})`,
    unrotated > 0 && `${unrotated} splats have no rotation and are not turned`,
  ].filter((line) => line !== false);
}

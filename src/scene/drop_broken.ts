/**
 * Leaves out splats whose numbers are not finite: one of them would spoil sums,
 * bounds and sorting for all. For formats that store floats; those of bytes
 * and tables are checked by their tables.
 *
 * @module
 */

import { SceneFormatError } from "./scene_file.ts";
import { firstSplats, SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** Splats that are sound, and what was wrong with the others. */
export interface SoundSplats {
  readonly splats: Splats;
  /** One line each. */
  readonly warnings: readonly string[];
}

/** What errors call the file and its format. */
export interface FileLabel {
  file: string;
  format: string;
}

/** As for .ply: diverged trainings leave a few, a file with more is damaged. */
const MAX_BROKEN_SHARE = 0.01;

/** Quaternions shorter than this, squared, have no direction left in float32. */
const MIN_SQUARED_LENGTH = 1e-36;

/**
 * Leaves out, in place, splats that are not finite; makes scales >= 0,
 * opacities [0, 1] and rotations of unit length.
 *
 * @throws {SceneFormatError} If more than 1% are not finite.
 */
export function dropBroken(
  splats: Splats,
  { file, format }: FileLabel,
): SoundSplats {
  const { count } = splats;
  const warnings: string[] = [];
  const broken = findBroken(splats);
  if (broken.length > MAX_BROKEN_SHARE * count) {
    throw new SceneFormatError(
      file,
      format,
      `expected finite numbers, found others in ${broken.length} of ${count} splats (the first is splat ${
        broken[0]
      })`,
    );
  }
  let sound = splats;
  if (broken.length > 0) {
    sound = withoutSplats(splats, broken);
    warnings.push(
      `${broken.length} of ${count} splats are left out as they are not finite (the first is splat ${
        broken[0]
      })`,
    );
  }
  const clamped = clampRanges(sound);
  if (clamped > 0) {
    warnings.push(`${clamped} opacities or scales are out of range: clamped`);
  }
  normaliseRotations(sound.rotations);
  return { splats: sound, warnings };
}

/** Indices of splats that are not finite, ascending. */
function findBroken(splats: Splats): number[] {
  const { count, positions, scales, rotations, opacities, colors, sh } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  const broken: number[] = [];
  for (let i = 0; i < count; i++) {
    const p = 3 * i;
    const r = 4 * i;
    // Float64 sums of float32 numbers are finite exactly if each number is.
    let sum = positions[p]! + positions[p + 1]! + positions[p + 2]! +
      scales[p]! + scales[p + 1]! + scales[p + 2]! +
      colors[p]! + colors[p + 1]! + colors[p + 2]! + opacities[i]! +
      rotations[r]! + rotations[r + 1]! + rotations[r + 2]! +
      rotations[r + 3]!;
    for (let c = rest * i; c < rest * (i + 1); c++) {
      // All exponent bits set: infinite or not a number.
      if ((halves[c]! & 0x7c00) === 0x7c00) sum = NaN;
    }
    if (!Number.isFinite(sum)) broken.push(i);
  }
  return broken;
}

/** Closes the gaps that `dropped`, ascending, leave. */
function withoutSplats(splats: Splats, dropped: readonly number[]): Splats {
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  let to = dropped[0]!;
  for (const [index, gap] of dropped.entries()) {
    const from = gap + 1;
    const end = dropped[index + 1] ?? splats.count;
    splats.positions.copyWithin(3 * to, 3 * from, 3 * end);
    splats.scales.copyWithin(3 * to, 3 * from, 3 * end);
    splats.rotations.copyWithin(4 * to, 4 * from, 4 * end);
    splats.opacities.copyWithin(to, from, end);
    splats.colors.copyWithin(3 * to, 3 * from, 3 * end);
    splats.sh.copyWithin(rest * to, rest * from, rest * end);
    to += end - from;
  }
  return firstSplats(splats, to);
}

/** @returns how many numbers were out of range. */
function clampRanges({ scales, opacities }: Splats): number {
  let clamped = 0;
  for (let i = 0; i < opacities.length; i++) {
    if (opacities[i]! >= 0 && opacities[i]! <= 1) continue;
    opacities[i] = Math.min(Math.max(opacities[i]!, 0), 1);
    clamped++;
  }
  for (let i = 0; i < scales.length; i++) {
    if (scales[i]! >= 0) continue;
    scales[i] = -scales[i]!;
    clamped++;
  }
  return clamped;
}

function normaliseRotations(rotations: Float32Array): void {
  for (let i = 0; i < rotations.length; i += 4) {
    const w = rotations[i]!;
    const x = rotations[i + 1]!;
    const y = rotations[i + 2]!;
    const z = rotations[i + 3]!;
    const square = w * w + x * x + y * y + z * z;
    if (Math.abs(square - 1) < 1e-6) continue;
    const hasDirection = square > MIN_SQUARED_LENGTH;
    const factor = hasDirection ? 1 / Math.sqrt(square) : 0;
    rotations[i] = hasDirection ? w * factor : 1;
    rotations[i + 1] = x * factor;
    rotations[i + 2] = y * factor;
    rotations[i + 3] = z * factor;
  }
}

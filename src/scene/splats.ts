/**
 * The splats of a scene as structure of arrays, in the file's own axes and
 * units. Values are activated once, by the reader: scales are linear, opacity
 * is in [0, 1], rotations are unit quaternions; so every later room works on
 * the same numbers and none repeats exp, sigmoid or normalisation.
 *
 * The arrays lie in shared memory, so that workers see them without a copy.
 *
 * @module
 */

import type { FileSh } from "./file_sh.ts";

/** Degree of the spherical harmonics that the renderers evaluate. */
export type ShDegree = 0 | 1 | 2 | 3;

/** SH coefficients a colour channel beyond the constant one, by degree. */
export const SH_REST_COEFFICIENTS: Readonly<Record<ShDegree, number>> = {
  0: 0,
  1: 3,
  2: 8,
  3: 15,
};

/** Degree-0 spherical harmonic: colour = SH_C0 * f_dc + 0.5. */
export const SH_C0 = 0.28209479177387814;

/** Structure of arrays over all splats of a scene. */
export interface Splats {
  /** Number of splats, >= 0. */
  readonly count: number;
  /** Degree of {@linkcode sh}. */
  readonly shDegree: ShDegree;
  /** x, y, z a splat; file units. */
  readonly positions: Float32Array;
  /** Standard deviations along the splat's own axes, x, y, z a splat; linear, file units, >= 0. */
  readonly scales: Float32Array;
  /** Unit quaternion w, x, y, z a splat: splat axes -> file axes. */
  readonly rotations: Float32Array;
  /** One a splat, [0, 1]. */
  readonly opacities: Float32Array;
  /** Constant SH coefficient (`f_dc`) r, g, b a splat; colour = SH_C0 * value + 0.5. */
  readonly colors: Float32Array;
  /**
   * Higher SH coefficients, coefficient-major: r, g, b of the first, r, g, b of
   * the second ...; `3 * SH_REST_COEFFICIENTS[shDegree]` a splat. Half floats:
   * their error is at most 2^-11 of a value, a tenth of a grey level.
   */
  readonly sh: Float16Array;
  /** Where the coefficients are if {@linkcode sh} is empty though the degree is not 0: a renderer reads them from there. */
  readonly fileSh?: FileSh;
  /** Object of each splat, 0 for none; only made scenes have it (tests, evaluation). */
  readonly objectIds?: Uint16Array;
  /** Trained with Mip-Splatting's compensated low-pass filter (the file says so). */
  readonly antialiased: boolean;
}

/** Options for {@linkcode allocateSplats}. */
export interface AllocateOptions {
  /** Adds zeroed {@linkcode Splats.objectIds}. @default {false} */
  withObjectIds?: boolean;
  /** @default {false} */
  antialiased?: boolean;
  /** Leaves the SH coefficients there, and {@linkcode Splats.sh} empty. */
  fileSh?: FileSh | undefined;
}

/** Bytes a splat of {@linkcode Splats} without object ids. */
export function bytesPerSplat(shDegree: ShDegree): number {
  return 14 * 4 + 2 * 3 * SH_REST_COEFFICIENTS[shDegree];
}

/**
 * Zeroed splats in shared memory.
 *
 * @throws {RangeError} If `count` is not a safe integer >= 0, or memory is short.
 */
export function allocateSplats(
  count: number,
  shDegree: ShDegree,
  { withObjectIds = false, antialiased = false, fileSh }: AllocateOptions = {},
): Splats {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(
      `Cannot allocate splats as count must be an integer >= 0: current value is ${count}`,
    );
  }
  const memory = (bytes: number): SharedArrayBuffer => {
    try {
      return new SharedArrayBuffer(bytes);
    } catch (cause) {
      throw new RangeError(
        `Cannot allocate splats as memory is short: ${count} of SH degree ${shDegree} need ${
          Math.ceil(count * bytesPerSplat(shDegree) / 2 ** 20)
        } MiB`,
        { cause },
      );
    }
  };
  const floats = (perSplat: number): Float32Array =>
    new Float32Array(memory(4 * perSplat * count));
  return {
    count,
    shDegree,
    positions: floats(3),
    scales: floats(3),
    rotations: floats(4),
    opacities: floats(1),
    colors: floats(3),
    sh: new Float16Array(
      memory(fileSh ? 0 : 2 * 3 * SH_REST_COEFFICIENTS[shDegree] * count),
    ),
    ...(fileSh ? { fileSh } : {}),
    ...(withObjectIds ? { objectIds: new Uint16Array(memory(2 * count)) } : {}),
    antialiased,
  };
}

/** The first `count` of `splats`, over the same memory. */
export function firstSplats(splats: Splats, count: number): Splats {
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  return {
    ...splats,
    count,
    positions: splats.positions.subarray(0, 3 * count),
    scales: splats.scales.subarray(0, 3 * count),
    rotations: splats.rotations.subarray(0, 4 * count),
    opacities: splats.opacities.subarray(0, count),
    colors: splats.colors.subarray(0, 3 * count),
    sh: splats.sh.subarray(0, rest * count),
    ...(splats.objectIds
      ? { objectIds: splats.objectIds.subarray(0, count) }
      : {}),
  };
}

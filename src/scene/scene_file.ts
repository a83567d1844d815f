/**
 * What a reader returns: the splats of a file and what the file says of itself.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Splats } from "./splats.ts";

/** Axis of a file that points up, as the sidecar writes it. */
export type UpAxis = "+x" | "-x" | "+y" | "-y" | "+z" | "-z";

/** Means and extremes over all splats as stored: before node matrices or any change of axes. */
export interface SplatStatistics {
  readonly positionMin: Vector3;
  readonly positionMax: Vector3;
  readonly positionMean: Vector3;
  /** After the sigmoid, [0, 1]. */
  readonly meanOpacity: number;
  /** Linear, an axis each, file units. */
  readonly meanScale: Vector3;
}

/** A scene file that has been read. */
export interface SceneFile {
  readonly splats: Splats;
  /** Short name: `ply`, `compressed-ply`, `splat`, `ksplat`, `spz`, `sog`, `sog-lod`, `gltf`, `glb`, `demo`. */
  readonly format: string;
  /** Version or variant in words, such as `binary little endian` or `2 (gzip)`. */
  readonly version: string;
  /** SH degree in the file; 4 is cut to 3 in {@linkcode splats}. */
  readonly fileShDegree: number;
  /** What the format's convention says is up; most formats cannot say. */
  readonly up: UpAxis;
  /** Why, where the file itself says what is up; absent where {@linkcode up} is mere convention. */
  readonly upReason?: string;
  /** Present where {@linkcode splats} no longer are what the file stores (node matrices applied). */
  readonly statistics?: SplatStatistics;
  /** One line each: what was cut, repaired or guessed. */
  readonly warnings: readonly string[];
}

/** Options of every reader. */
export interface ReadOptions {
  /** Reports progress, [0, 1], at most some dozens of times. */
  onProgress?: (fraction: number) => void;
  /** Level of detail of a streamed SOG, 0 the finest. @default {0} */
  lod?: number;
  /** Leaves SH coefficients in the file where that can be: see `Splats.fileSh`. @default {false} */
  leavesSh?: boolean;
  /** Ends the reading; its reason is thrown. */
  signal?: AbortSignal;
}

/** Reads one format. */
export type Reader = (
  source: ByteSource,
  options: ReadOptions,
) => Promise<SceneFile>;

/**
 * A file that is not what its format demands. The message names the file, the
 * format, what was expected and where.
 */
export class SceneFormatError extends Error {
  override readonly name = "SceneFormatError";
  /** @param file as the user called it; @param format short name; @param problem expected what, found what, where. */
  constructor(
    readonly file: string,
    readonly format: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read ${file} as ${format}: ${problem}`, options);
  }
}

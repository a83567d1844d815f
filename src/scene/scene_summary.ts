/**
 * What `inspect --json` and GET /scene say of a scene.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import type { SceneFile, SplatStatistics, UpAxis } from "./scene_file.ts";
import { statisticsOf } from "./statistics.ts";

/** The keys of the contract; numbers as stored in the file, before any change of axes. */
export interface SceneSummary {
  file: string;
  format: string;
  count: number;
  sh_degree: number;
  position_min: Vector3;
  position_max: Vector3;
  position_mean: Vector3;
  /** After the sigmoid. */
  mean_opacity: number;
  /** Linear, an axis each. */
  mean_scale: Vector3;
  antialiased: boolean;
  up: UpAxis;
}

/** Options of {@linkcode summarizeScene}. */
export interface SummarizeOptions {
  /** As the user called the file. */
  readonly file: string;
  readonly up: UpAxis;
  /** @default {those of the splats} */
  readonly statistics?: SplatStatistics;
}

/** Sums a scene up, in one pass over its splats. */
export function summarizeScene(
  scene: Pick<SceneFile, "splats" | "format" | "fileShDegree" | "statistics">,
  { file, up, statistics = scene.statistics ?? statisticsOf(scene.splats) }:
    SummarizeOptions,
): SceneSummary {
  return {
    file,
    format: scene.format,
    count: scene.splats.count,
    sh_degree: scene.fileShDegree,
    position_min: statistics.positionMin,
    position_max: statistics.positionMax,
    position_mean: statistics.positionMean,
    mean_opacity: statistics.meanOpacity,
    mean_scale: statistics.meanScale,
    antialiased: scene.splats.antialiased,
    up,
  };
}

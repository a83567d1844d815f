/**
 * `splatscout inspect`: what a splat file holds, how its axes are understood
 * and where an agent would start.
 *
 * @module
 */

import { type Config, UsageError } from "../config/mod.ts";
import { encodePng } from "../image/png.ts";
import { findFreeSpace } from "../map/find_free_space.ts";
import { FreeSpace } from "../map/free_space.ts";
import { makeOccupancy } from "../map/occupancy.ts";
import { frameOptions } from "../open_scene.ts";
import { createRenderer } from "../render/create_renderer.ts";
import { renderMap } from "../render/map_view.ts";
import { makeFrame } from "../scene/make_frame.ts";
import { samplePlace } from "../scene/place_sample.ts";
import { openSource, readScene } from "../scene/read.ts";
import { robustBox } from "../scene/robust_box.ts";
import type { SceneFile, SplatStatistics } from "../scene/scene_file.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";
import { type SceneSummary, summarizeScene } from "../scene/scene_summary.ts";
import { readSidecar } from "../scene/sidecar.ts";
import { statisticsOf } from "../scene/statistics.ts";
import { drawMap } from "./map_picture.ts";
import { requireWrite } from "./permissions.ts";
import { progressLine } from "./progress_line.ts";
import { printable, tell, writeOut } from "./terminal.ts";
import { writeWhole } from "./write_whole.ts";

/** Splats less opaque than this add next to nothing to any view. */
const NEAR_TRANSPARENT = 0.05;

/** Longer side of a map, pixels. */
const MAP_SIZE = 1024;

/** A scene that has been read for inspection. */
interface Inspected {
  readonly file: string;
  readonly scene: SceneFile;
  readonly frame: SceneFrame;
  readonly statistics: SplatStatistics;
}

/**
 * Reads the file and prints.
 *
 * @param positionals the file: a path, a folder or a URL
 * @returns the exit code, 0
 * @throws {UsageError} If there is not exactly one file.
 * @throws What reading a scene throws.
 */
export async function inspect(
  positionals: readonly string[],
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  const [file] = positionals;
  if (!file || positionals.length > 1) {
    throw new UsageError(
      `Cannot inspect as there must be one file: got ${
        positionals.map((word) => JSON.stringify(word)).join(", ") || "none"
      }; try splatscout inspect hall.ply`,
    );
  }
  if (config.map !== undefined) requireWrite(config.map);
  const inspected = await read(file, config, signal);
  const map = config.map === undefined
    ? undefined
    : await writeMap(config.map, inspected, { ...config, signal });
  await writeOut(
    config.json
      ? `${JSON.stringify(inspectJson(inspected))}\n`
      : inspectText(inspected, map),
  );
  return 0;
}

async function read(
  file: string,
  config: Config,
  signal: AbortSignal,
): Promise<Inspected> {
  using progress = progressLine(`reading ${file}`);
  const { onProgress } = progress;
  const source = await openSource(file, { signal, onProgress });
  try {
    const sidecar = await readSidecar(source);
    const scene = await readScene(source, {
      signal,
      lod: config.lod,
      onProgress,
    });
    const frame = makeFrame(scene, frameOptions(config, sidecar));
    const statistics = scene.statistics ?? statisticsOf(scene.splats);
    return { file, scene, frame, statistics };
  } finally {
    source.close();
  }
}

/** A picture of the place from above that has been written. */
interface WrittenMap {
  readonly path: string;
  readonly metresPerPixel: number;
  /** Length of the scale in it, metres. */
  readonly scale: number;
  /** Square metres that are free to walk on, or why that is unknown. */
  readonly free: number | string;
}

async function writeMap(
  path: string,
  { scene: { splats }, frame }: Inspected,
  { backend, agentRadius, cameraHeight, signal }:
    & Pick<Config, "backend" | "agentRadius" | "cameraHeight">
    & { signal: AbortSignal },
): Promise<WrittenMap> {
  await using renderer = await createRenderer(splats, {
    backend,
    onNotice: tell,
    signal,
  });
  const map = await renderMap(renderer, frame, { size: MAP_SIZE, signal });
  const occupancy = await makeOccupancy(splats, frame, { signal });
  const { bounds, start } = frame;
  const space = findFreeSpace(occupancy, {
    start,
    bounds,
    ...(agentRadius === undefined ? {} : { radius: agentRadius }),
    ...(cameraHeight === undefined ? {} : { cameraHeight }),
  });
  const isKnown = space instanceof FreeSpace;
  const scale = drawMap(map, {
    bounds,
    start,
    ...(isKnown ? { isFree: (x, y) => space.isFree(x, y) } : {}),
  });
  await writeWhole(path, await encodePng(map.image));
  return {
    path,
    metresPerPixel: map.metresPerPixel,
    scale,
    free: isKnown ? space.area : space.problem,
  };
}

/** For programs: the keys of the contract, no more and no fewer. */
function inspectJson(
  { file, scene, frame, statistics }: Inspected,
): SceneSummary {
  return summarizeScene(scene, { file, up: frame.up, statistics });
}

/** For people: what they want to know first comes first. */
function inspectText(
  { file, scene, frame, statistics }: Inspected,
  map?: WrittenMap,
): string {
  const { splats } = scene;
  const { count } = splats;
  const box = robustBox(samplePlace(splats, frame.axes));
  const size = [0, 1, 2].map((axis) =>
    (box.max[axis as 0] - box.min[axis as 0]) * frame.metresPerUnit
  );
  const faint = splats.opacities.reduce(
    (sum, opacity) => sum + (opacity < NEAR_TRANSPARENT ? 1 : 0),
    0,
  );
  const unit = frame.guessed.includes("scale") ? "units" : "m";
  const { min, max } = frame.bounds;
  const lines: [string, string][] = [
    ["format", `${scene.format}, ${scene.version}`],
    [
      "splats",
      `${count.toLocaleString("en")}, SH degree ${scene.fileShDegree}${
        splats.antialiased ? ", antialiased" : ""
      }`,
    ],
    [
      "size",
      `${
        size.map(number).join(" x ")
      } ${unit} (ahead, across, up; without the outermost 2%)`,
    ],
    [
      "faint",
      `${
        number(100 * faint / count)
      }% of the splats are less than 5% opaque; mean opacity ${
        number(statistics.meanOpacity)
      }`,
    ],
    ["start", startText(frame)],
    [
      "range",
      `x ${number(min[0])} to ${number(max[0])}, y ${number(min[1])} to ${
        number(max[1])
      }, z ${number(min[2])} to ${
        number(max[2])
      } ${unit}, where agents may move`,
    ],
    ...frame.reasons.map((reason, index): [string, string] => [
      index === 0 ? "frame" : "",
      reason,
    ]),
    ...(map
      ? [[
        "map",
        `${map.path}: x to the right, y up, ${
          number(map.metresPerPixel)
        } ${unit} a pixel; the scale is ${number(map.scale)} ${unit}`,
      ], [
        "free",
        typeof map.free === "number"
          ? `${number(map.free)} square ${unit} to walk on, green in the map`
          : `unknown: ${map.free}`,
      ]] satisfies [string, string][]
      : []),
    ...scene.warnings.map((warning): [string, string] => ["warning", warning]),
  ];
  const body = lines.map(([key, text]) => `  ${key.padEnd(9)}${text}`);
  return [file, ...body].map((line) => `${printable(line)}\n`).join("");
}

function startText({ origin, axes, start }: SceneFrame): string {
  const { x, y, z, yaw } = start;
  const isOrigin = x === 0 && y === 0 && z === 0;
  return isOrigin
    ? `file position ${origin.map(number).join(", ")}, looking along ${
      axes[0].map(number).join(", ")
    }`
    : `world position ${[x, y, z].map(number).join(", ")}, yaw ${number(yaw)}`;
}

/** Three digits that count; what rounding leaves of zero is zero. */
function number(value: number): string {
  return Math.abs(value) < 1e-12
    ? "0"
    : Number(value.toPrecision(3)).toString();
}

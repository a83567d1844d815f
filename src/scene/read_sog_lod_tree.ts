/**
 * Streamed SOG, lod-meta.json: which splats of which files make up one level of
 * detail. https://developer.playcanvas.com/user-manual/gaussian-splatting/formats/streamed-sog/
 *
 * @module
 */

import { z } from "zod";
import { readJson } from "./read_json.ts";
import { SceneFormatError } from "./scene_file.ts";
import { siblingSegments } from "./sibling_path.ts";

/** Splats [offset, offset + count) of a file. */
export interface LodRange {
  readonly offset: number;
  readonly count: number;
}

/** One level of detail. */
export interface LodLevel {
  /** Format version, where the file has one. */
  readonly version: number | undefined;
  readonly levelCount: number;
  /** Ranges by file (a meta.json, relative and in the folder), in the order of `filenames`; none overlap. */
  readonly parts: ReadonlyMap<string, readonly LodRange[]>;
  /** A SOG that is drawn at every level. */
  readonly environment: string | undefined;
  /** Leaves of the tree that lack the level and give another one. */
  readonly substitutes: number;
}

const size = z.int().min(0);

const schema = z.object({
  version: z.literal(1).optional(),
  lodLevels: z.int().min(1).max(64),
  filenames: z.array(z.string()).min(1),
  environment: z.string().nullish(),
  tree: z.unknown(),
});

/** A node, its children still unchecked: they may be nested too deep to recurse. */
const node = z.object({
  children: z.array(z.unknown()).optional(),
  lods: z.record(
    z.string().regex(/^\d+$/),
    z.object({ file: size, offset: size, count: size }),
  ).optional(),
});

/** Options of {@linkcode readLodLevel}. */
export interface LodLevelOptions {
  /** What errors call the file. */
  file: string;
  /** 0 the finest. */
  level: number;
}

/**
 * Picks a level from lod-meta.json.
 *
 * @throws {RangeError} If there is no such level.
 * @throws {SceneFormatError} If the file is of another shape or contradicts itself.
 */
export function readLodLevel(
  bytes: Uint8Array,
  { file, level }: LodLevelOptions,
): LodLevel {
  const format = "sog-lod";
  const json = readJson(bytes, { file, format, schema });
  const { version, lodLevels, filenames, environment } = json;
  if (!Number.isInteger(level) || level < 0 || level >= lodLevels) {
    throw new RangeError(
      `Cannot read ${file} as the level of detail must be 0 to ${
        lodLevels - 1
      }: current value is ${level}`,
    );
  }
  const ranges: LodRange[][] = filenames.map(() => []);
  let substitutes = 0;
  const open: unknown[] = [json.tree];
  while (open.length > 0) {
    const parsed = node.safeParse(open.pop());
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new SceneFormatError(
        file,
        format,
        `expected other JSON at ${
          ["tree", "...", ...path].join(".")
        }: ${message}`,
        { cause: parsed.error },
      );
    }
    const { children = [], lods } = parsed.data;
    for (const child of children.toReversed()) open.push(child);
    if (!lods) continue;
    const nearest = nearestLevel(Object.keys(lods).map(Number), level);
    if (nearest === undefined) continue;
    if (nearest !== level) substitutes++;
    const { file: index, offset, count } = lods[nearest]!;
    if (index >= filenames.length) {
      throw new SceneFormatError(
        file,
        format,
        `expected a file below ${filenames.length} in the tree, found ${index}`,
      );
    }
    if (count > 0) ranges[index]!.push({ offset, count });
  }
  // By path, not by index: a file that is listed twice is still one file.
  const parts = Map.groupBy(
    ranges.flatMap((list, index) =>
      list.map((range) => ({ path: pathOf(file, filenames[index]!), range }))
    ),
    ({ path }) => path,
  );
  return {
    version,
    levelCount: lodLevels,
    parts: new Map(
      Array.from(parts, ([path, list]) => [
        path,
        withoutOverlap(file, list.map(({ range }) => range)),
      ]),
    ),
    environment: environment ? pathOf(file, environment) : undefined,
    substitutes,
  };
}

function pathOf(file: string, name: string): string {
  try {
    return siblingSegments(name).join("/");
  } catch (cause) {
    throw new SceneFormatError(
      file,
      "sog-lod",
      `expected a path in the folder, found ${JSON.stringify(name)}`,
      { cause },
    );
  }
}

/** The level itself, else the next coarser one, else the coarsest there is. */
function nearestLevel(
  levels: readonly number[],
  level: number,
): number | undefined {
  const sorted = levels.toSorted((a, b) => a - b);
  return sorted.find((candidate) => candidate >= level) ?? sorted.at(-1);
}

/** The ranges in order; overlapping ones would multiply splats without end. */
function withoutOverlap(
  file: string,
  ranges: readonly LodRange[],
): LodRange[] {
  const sorted = ranges.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, count } of sorted) {
    if (offset < end) {
      throw new SceneFormatError(
        file,
        "sog-lod",
        `expected ranges that do not overlap, found splat ${offset} twice`,
      );
    }
    end = offset + count;
  }
  return sorted;
}

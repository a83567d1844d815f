/**
 * Reads streamed SOG: one level of detail, put together from its files.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { openSog, type Sog } from "./read_sog_container.ts";
import { decodeSog, type SplatRange } from "./read_sog_decode.ts";
import { inSteps } from "./progress.ts";
import {
  type LodLevel,
  type LodRange,
  readLodLevel,
} from "./read_sog_lod_tree.ts";
import {
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { allocateSplats, type ShDegree } from "./splats.ts";

/** A file of the level and what of it is used. */
interface Part {
  readonly sog: Sog;
  readonly ranges: readonly SplatRange[];
}

/** Longest lod-meta.json: a hundred million splats have some megabytes. */
const MAX_BYTES = 1 << 26;

/**
 * Reads one level of a streamed SOG by its lod-meta.json, the finest unless
 * `lod` says otherwise.
 *
 * @throws {RangeError} If there is no such level.
 * @throws {SceneFormatError} If a file of the level is missing, damaged or contradicts the others.
 * @throws The signal's reason if aborted.
 */
export async function readSogLod(
  source: ByteSource,
  { onProgress, lod = 0, signal }: ReadOptions,
): Promise<SceneFile> {
  signal?.throwIfAborted();
  const progress = inSteps(onProgress);
  if (source.size > MAX_BYTES) {
    throw fail(
      source,
      `expected at most ${MAX_BYTES} bytes of lod-meta.json, found ${source.size}`,
    );
  }
  const bytes = await source.read(0, source.size);
  const level = readLodLevel(bytes, { file: source.name, level: lod });
  const parts = await openParts(source, level, {
    ...(signal ? { signal } : {}),
    onPart: (done, all) => progress(0.5 * done / all),
  });
  const count = parts.reduce((sum, { ranges }) => sum + countOf(ranges), 0);
  if (count === 0) {
    throw fail(source, `expected splats at level ${lod}, found none`);
  }
  const shDegree = Math.max(
    ...parts.map(({ sog }) => sog.shDegree),
  ) as ShDegree;
  const splats = allocateSplats(count, shDegree, {
    antialiased: parts.some(({ sog }) => sog.meta.antialiased),
  });
  const warnings: string[] = [];
  for (const [index, { sog, ranges }] of parts.entries()) {
    const onPlane = (): void => signal?.throwIfAborted();
    for (
      const warning of decodeSog(sog, {
        target: splats,
        ranges,
        onPlane,
      })
    ) {
      warnings.push(`${sog.file}: ${warning}`);
    }
    progress(0.5 + 0.5 * (index + 1) / parts.length);
  }
  return {
    splats,
    format: "sog-lod",
    version: `${level.version ?? "without version"}, level ${lod} of 0 to ${
      level.levelCount - 1
    }`,
    fileShDegree: shDegree,
    up: "-y",
    warnings: [
      ...(level.substitutes > 0
        ? [
          `${level.substitutes} places lack level ${lod}: another one is shown`,
        ]
        : []),
      ...warnings,
    ],
  };
}

async function openParts(
  source: ByteSource,
  { parts, environment }: LodLevel,
  { signal, onPart }: {
    signal?: AbortSignal;
    onPart: (done: number, all: number) => void;
  },
): Promise<Part[]> {
  const paths: [string, readonly LodRange[] | undefined][] = [...parts];
  if (environment !== undefined) paths.push([environment, undefined]);
  const opened: Part[] = [];
  let to = 0;
  for (const [path, wanted] of paths) {
    signal?.throwIfAborted();
    const sog = await openPart(source, path);
    const ranges = (wanted ?? [{ offset: 0, count: sog.meta.count }])
      .map(({ offset, count }) => {
        if (offset + count > sog.meta.count) {
          throw fail(
            source,
            `expected splats ${offset} to ${
              offset + count
            } in ${path}, found ${sog.meta.count}`,
          );
        }
        to += count;
        return { from: offset, count, to: to - count };
      });
    opened.push({ sog, ranges });
    onPart(opened.length, paths.length);
  }
  return opened;
}

async function openPart(source: ByteSource, path: string): Promise<Sog> {
  try {
    if (!source.sibling) {
      throw new Deno.errors.NotFound(
        `Cannot read ${path} as ${source.name} must have neighbours: it has none`,
      );
    }
    const part = await source.sibling(path);
    try {
      return await openSog(part);
    } finally {
      part.close();
    }
  } catch (cause) {
    if (
      cause instanceof SyntaxError || cause instanceof Deno.errors.NotFound
    ) {
      throw fail(source, `expected to read ${path}: ${cause.message}`, {
        cause,
      });
    }
    throw cause;
  }
}

function countOf(ranges: readonly SplatRange[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

function fail(
  source: ByteSource,
  problem: string,
  options?: ErrorOptions,
): SceneFormatError {
  return new SceneFormatError(source.name, "sog-lod", problem, options);
}

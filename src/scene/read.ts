/**
 * A scene from wherever it is: opens its bytes, recognises the format by its
 * content and hands over to the reader, which is loaded only then.
 *
 * @module
 */

import { join } from "node:path";
import type { ByteSource } from "./byte_source.ts";
import { fileSource, requireReadPermission } from "./file_source.ts";
import { gunzip } from "./gzip.ts";
import { recogniseFormat, type SceneFormat } from "./recognise.ts";
import {
  type Reader,
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { urlSource } from "./url_source.ts";

/** Options of {@linkcode openSource}. */
export interface OpenOptions {
  /** Ends a download; its reason is thrown. */
  signal?: AbortSignal;
  /** Reports the progress of a download, [0, 1]. */
  onProgress?: (fraction: number) => void;
  /** Most bytes to download. @default {4 GiB} */
  maxBytes?: number;
  /** Longest silence of a download's server, milliseconds. @default {60000} */
  patience?: number;
}

/** A scan of 17 million splats with all its SH; more does not fit a V8 buffer safely. */
const DEFAULT_MAX_BYTES = 2 ** 32;

/** What a folder that holds a scene holds, in the order of preference. */
const FOLDER_ENTRIES = ["lod-meta.json", "meta.json"];

/** Endings under which scene files usually go: only to find the one in a folder. */
const SCENE_ENDING =
  /\.(ply|splat|ksplat|spz|sog|gltf|glb|(ply|splat|ksplat)\.gz)$/i;

/** Readers by format, loaded when first needed. */
const READERS: Readonly<Record<SceneFormat, () => Promise<Reader>>> = {
  ply: async () => (await import("./read_ply.ts")).readPly,
  spz: async () => (await import("./read_spz.ts")).readSpz,
  sog: async () => (await import("./read_sog.ts")).readSog,
  "sog-lod": async () => (await import("./read_sog_lod.ts")).readSogLod,
  gltf: async () => (await import("./read_gltf.ts")).readGltf,
  ksplat: async () => (await import("./read_ksplat.ts")).readKsplat,
  splat: async () => (await import("./read_splat.ts")).readSplat,
};

/**
 * Opens the scene at `location`: a path, a folder (its `lod-meta.json`,
 * `meta.json` or only scene file) or an http or https URL. Close it after use.
 *
 * @throws {Deno.errors.NotFound} If there is nothing, or no scene in the folder.
 * @throws {Deno.errors.NotCapable} If a permission is missing; the message names the flag.
 * @throws {SyntaxError} If it is neither file nor folder, or no URL.
 * @throws {RangeError} If a download exceeds `maxBytes`.
 */
export async function openSource(
  location: string,
  { maxBytes = DEFAULT_MAX_BYTES, ...options }: OpenOptions = {},
): Promise<ByteSource> {
  if (/^https?:\/\//i.test(location)) {
    return await urlSource(location, { maxBytes, ...options });
  }
  await requireReadPermission(location);
  try {
    const { isDirectory } = await Deno.stat(location);
    return await fileSource(
      isDirectory ? await sceneInFolder(location) : location,
    );
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && !("sceneFolder" in cause)) {
      throw new Deno.errors.NotFound(
        `Cannot read ${location} as it must exist: there is no such file`,
        { cause },
      );
    }
    throw cause;
  }
}

async function sceneInFolder(folder: string): Promise<string> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory) names.push(entry.name);
  }
  const known = FOLDER_ENTRIES.find((name) => names.includes(name));
  const scenes = known ? [known] : names.filter((n) => SCENE_ENDING.test(n));
  if (scenes.length !== 1) {
    throw Object.assign(
      new Deno.errors.NotFound(
        `Cannot read ${folder} as a folder must hold a meta.json, a lod-meta.json or one scene file: it holds ${
          scenes.length === 0
            ? "none"
            : `${scenes.length}, such as ${
              scenes.sort().slice(0, 3).join(", ")
            }`
        }`,
      ),
      { sceneFolder: folder },
    );
  }
  return join(folder, scenes[0]!);
}

/**
 * Reads the scene in `source`, whose format is told by its content. The caller
 * closes `source`.
 *
 * @throws {SceneFormatError} If the format is unknown, or the file is not what its format demands.
 * @throws The signal's reason if aborted.
 */
export async function readScene(
  source: ByteSource,
  options: ReadOptions = {},
): Promise<SceneFile> {
  options.signal?.throwIfAborted();
  const format = await recogniseFormat(source);
  if (format !== "gzip") {
    const read = await READERS[format]();
    return await read(source, options);
  }
  const { onProgress } = options;
  // Half of the progress is the unpacking.
  const half = (done: number): ReadOptions =>
    onProgress
      ? { ...options, onProgress: (share) => onProgress(done + share / 2) }
      : options;
  const inner = await gunzip(source, half(0));
  const innerFormat = await recogniseFormat(inner);
  if (innerFormat === "gzip") {
    throw new SceneFormatError(
      source.name,
      "gzip",
      "expected a scene in it, found another gzip stream",
    );
  }
  const file = await (await READERS[innerFormat]())(inner, half(0.5));
  return { ...file, version: `${file.version}, gzip` };
}

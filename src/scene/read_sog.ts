/**
 * Reads SOG, versions 1 and 2: a zip archive, or a folder by its meta.json.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { openSog } from "./read_sog_container.ts";
import { decodeSog } from "./read_sog_decode.ts";
import type { ReadOptions, SceneFile } from "./scene_file.ts";
import { allocateSplats } from "./splats.ts";

/**
 * Reads a SOG.
 *
 * @throws {SceneFormatError} If it is no SOG, damaged, or declares more than it holds.
 * @throws The signal's reason if aborted.
 */
export async function readSog(
  source: ByteSource,
  { onProgress, signal }: ReadOptions,
): Promise<SceneFile> {
  signal?.throwIfAborted();
  const sog = await openSog(source);
  const { container, meta, shDegree, planes } = sog;
  const splats = allocateSplats(meta.count, shDegree, {
    antialiased: meta.antialiased,
  });
  let decoded = 0;
  const warnings = decodeSog(sog, {
    target: splats,
    ranges: [{ from: 0, count: meta.count, to: 0 }],
    onPlane: () => {
      signal?.throwIfAborted();
      onProgress?.(++decoded / planes.size);
    },
  });
  return {
    splats,
    format: "sog",
    version: `${meta.version} (${container})`,
    fileShDegree: shDegree,
    up: "-y",
    warnings,
  };
}

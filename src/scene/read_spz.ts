/**
 * Reads .spz, versions 1 to 4. Numbers stay in the file's own axes: right, up,
 * back unless an extension says otherwise.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { dropBroken } from "./drop_broken.ts";
import { openSpz } from "./read_spz_container.ts";
import { decodeSpz } from "./read_spz_decode.ts";
import { spzShWarnings } from "./read_spz_header.ts";
import { keepLeaves } from "./read_spz_lod.ts";
import {
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { allocateSplats, type ShDegree } from "./splats.ts";

/**
 * Reads a .spz.
 *
 * @throws {SceneFormatError} If it is no .spz, damaged, cut, or declares more than it holds.
 * @throws The signal's reason if aborted.
 */
export async function readSpz(
  source: ByteSource,
  { onProgress, signal }: ReadOptions,
): Promise<SceneFile> {
  signal?.throwIfAborted();
  const bytes = await source.read(0, source.size);
  onProgress?.(0.3);
  signal?.throwIfAborted();
  const spz = openSpz(source.name, bytes);
  onProgress?.(0.6);
  signal?.throwIfAborted();
  const { count, version, fileShDegree, antialiased } = spz.header;
  const shDegree = Math.min(fileShDegree, 3) as ShDegree;
  const all = allocateSplats(count, shDegree, { antialiased });
  decodeSpz(spz, all, 0);
  const splats = spz.tree ? keepLeaves(all, spz.tree) : all;
  if (splats.count === 0) {
    throw new SceneFormatError(
      source.name,
      "spz",
      "expected at least one splat without children in its tree of levels of detail, found none",
    );
  }
  // Only half floats, of version 1, can be infinite or not a number.
  const sound = version === 1
    ? dropBroken(splats, { file: source.name, format: "spz" })
    : { splats, warnings: [] };
  onProgress?.(1);
  return {
    splats: sound.splats,
    format: "spz",
    version: `${version} (${spz.packing})`,
    fileShDegree,
    up: spz.up,
    ...(spz.upReason ? { upReason: spz.upReason } : {}),
    warnings: [
      ...spz.warnings,
      ...(spz.tree
        ? [
          `the file holds levels of detail: the finest is shown, ${splats.count} of ${count} splats`,
        ]
        : []),
      ...spzShWarnings(spz.header),
      ...sound.warnings,
    ],
  };
}

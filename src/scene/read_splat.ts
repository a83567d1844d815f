/**
 * .splat (antimatter15): 32 bytes a splat and nothing else. Position and
 * linear scale in float32, colour and opacity in bytes, rotation w, x, y, z in
 * bytes about 128.
 *
 * @module
 */

import { readBlocks } from "./blocks.ts";
import type { ByteSource } from "./byte_source.ts";
import { dropBroken } from "./drop_broken.ts";
import { inSteps } from "./progress.ts";
import {
  type Reader,
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { allocateSplats, SH_C0 } from "./splats.ts";

/** Bytes a splat. */
const RECORD = 32;

/** f_dc of each colour byte. */
const COLOR_OF_BYTE = Float32Array.from(
  { length: 256 },
  (_, byte) => (byte / 255 - 0.5) / SH_C0,
);

/**
 * Reads a .splat.
 *
 * @throws {SceneFormatError} If its length is no multiple of 32 bytes, or more than 1% of its splats are not finite.
 * @throws The signal's reason if aborted.
 */
export const readSplat: Reader = async (
  source: ByteSource,
  options: ReadOptions,
): Promise<SceneFile> => {
  const count = source.size / RECORD;
  if (!Number.isInteger(count) || count === 0) {
    throw new SceneFormatError(
      source.name,
      "splat",
      `expected a multiple of ${RECORD} bytes, found ${source.size}`,
    );
  }
  const splats = allocateSplats(count, 0);
  const { positions, scales, rotations, opacities, colors } = splats;
  const progress = inSteps(options.onProgress);
  for await (
    const { bytes, first, count: records } of readBlocks(source, {
      start: 0,
      count,
      stride: RECORD,
    })
  ) {
    options.signal?.throwIfAborted();
    const floats = new Float32Array(
      bytes.buffer,
      bytes.byteOffset,
      records * 8,
    );
    for (let record = 0; record < records; record++) {
      const [i, f, b] = [first + record, 8 * record, RECORD * record];
      positions[3 * i] = floats[f]!;
      positions[3 * i + 1] = floats[f + 1]!;
      positions[3 * i + 2] = floats[f + 2]!;
      scales[3 * i] = floats[f + 3]!;
      scales[3 * i + 1] = floats[f + 4]!;
      scales[3 * i + 2] = floats[f + 5]!;
      colors[3 * i] = COLOR_OF_BYTE[bytes[b + 24]!]!;
      colors[3 * i + 1] = COLOR_OF_BYTE[bytes[b + 25]!]!;
      colors[3 * i + 2] = COLOR_OF_BYTE[bytes[b + 26]!]!;
      opacities[i] = bytes[b + 27]! / 255;
      rotations[4 * i] = bytes[b + 28]! - 128;
      rotations[4 * i + 1] = bytes[b + 29]! - 128;
      rotations[4 * i + 2] = bytes[b + 30]! - 128;
      rotations[4 * i + 3] = bytes[b + 31]! - 128;
    }
    progress((first + records) / count);
  }
  return {
    ...dropBroken(splats, { file: source.name, format: "splat" }),
    format: "splat",
    version: "32 bytes a splat",
    fileShDegree: 0,
    up: "-y",
  };
};

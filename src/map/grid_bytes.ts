/**
 * A voxel grid as bytes: a line of JSON that says of what it is the grid, then
 * a bit a voxel.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { Splats } from "../scene/splats.ts";
import { emptyOccupancy, type Occupancy, unitOf } from "./occupancy.ts";

/** Grows with the format, and with every change to how voxels are filled. */
const VERSION = 2;
/** Longest first line, bytes. */
const MAX_LINE = 4096;
const LINE_END = 10;

/** What a grid is made of; equal for equal splats in equal frames. */
export function gridKey(
  { count, positions, scales, rotations, opacities }: Splats,
  frame: SceneFrame,
): string {
  const checksums = [positions, scales, rotations, opacities].map((values) =>
    crc32(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    )
  );
  const { axes, origin, metresPerUnit, bounds } = frame;
  return JSON.stringify([
    "splatscout-grid",
    VERSION,
    count,
    checksums,
    axes,
    origin,
    metresPerUnit,
    bounds,
    unitOf(frame),
  ]);
}

/** The bytes of a grid that was made of `key`. */
export function encodeGrid({ filled }: Occupancy, key: string): Uint8Array {
  const bits = new Uint8Array(Math.ceil(filled.length / 8));
  for (let i = 0; i < filled.length; i++) {
    bits[i >> 3]! |= filled[i]! << (i & 7);
  }
  const line = new TextEncoder().encode(
    `${JSON.stringify({ key, checksum: crc32(bits) })}\n`,
  );
  const bytes = new Uint8Array(line.length + bits.length);
  bytes.set(line);
  bytes.set(bits, line.length);
  return bytes;
}

/** The grid in `bytes`; `undefined` if they are damaged or of something else than `key`. */
export function decodeGrid(
  bytes: Uint8Array,
  { key, frame }: { key: string; frame: SceneFrame },
): Occupancy | undefined {
  const end = bytes.subarray(0, MAX_LINE).indexOf(LINE_END);
  if (end < 0) return undefined;
  let head: { key?: unknown; checksum?: unknown };
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  } catch {
    return undefined;
  }
  const bits = bytes.subarray(end + 1);
  if (head?.key !== key || head.checksum !== crc32(bits)) return undefined;
  const occupancy = emptyOccupancy(frame);
  const { filled } = occupancy;
  if (bits.length !== Math.ceil(filled.length / 8)) return undefined;
  for (let i = 0; i < filled.length; i++) {
    filled[i] = bits[i >> 3]! >> (i & 7) & 1;
  }
  return occupancy;
}

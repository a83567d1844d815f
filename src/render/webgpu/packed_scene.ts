/**
 * Splats -> what the device holds of them: 20 bytes of place and order, 16 of
 * shape, up to 96 of colour a splat, in Morton order, in one or several chunks.
 * The layout is stated in `shaders/chunk.wgsl`. Splats are packed in the order
 * of the file, which reads memory and file from front to back; the device
 * brings them to their places.
 *
 * @module
 */

import type { ShReader } from "../../scene/file_sh.ts";
import {
  SH_REST_COEFFICIENTS,
  type ShDegree,
  type Splats,
} from "../../scene/splats.ts";
import type { SceneOrder } from "./scene_order.ts";

/** Largest half float. */
const HALF_MAX = 65504;

/** Splats that are packed at once: two megabytes. */
export const BLOCK_SPLATS = 8_192;

/** How chunks of a scene are laid out. */
export interface ChunkLayout {
  /** vec4u planes of SH coefficients. */
  readonly shPlanes: number;
  /** Plane at which the file order starts. */
  readonly fileOrderPlane: number;
  readonly hasObjectIds: boolean;
  /** Bytes a splat, rounding of the last four splats aside. */
  readonly bytesPerSplat: number;
}

/** vec4u planes that hold the SH coefficients, eight half floats each. */
export function shPlanesOf(degree: ShDegree): number {
  return Math.ceil(3 * (1 + SH_REST_COEFFICIENTS[degree]) / 8);
}

/** Layout of the chunks of `splats`. */
export function chunkLayout(splats: Splats): ChunkLayout {
  const shPlanes = shPlanesOf(splats.shDegree);
  const hasObjectIds = splats.objectIds !== undefined;
  return {
    shPlanes,
    fileOrderPlane: 2 + shPlanes,
    hasObjectIds,
    bytesPerSplat: 16 * (2 + shPlanes) + (hasObjectIds ? 8 : 4),
  };
}

/** Bytes of a chunk of `count` splats. */
export function chunkBytes(layout: ChunkLayout, count: number): number {
  const planes = 16 * layout.fileOrderPlane * count;
  const orders = 16 * Math.ceil(count / 4);
  return planes + (layout.hasObjectIds ? 2 : 1) * orders;
}

/** Packed splats in the order of the file; good until the next block is asked for. */
export interface PackedBlock {
  /** A splat's planes in a row, {@linkcode ChunkLayout.fileOrderPlane} vec4u. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Morton place of each. */
  readonly places: Uint32Array<ArrayBuffer>;
}

/** Packs the kept splats of `scene`; `fileSh` reads those SH coefficients that lie in a file. */
export function* packBlocks(
  { splats, kept, places, origin }: SceneOrder,
  { fileOrderPlane }: ChunkLayout,
  fileSh?: ShReader,
): Generator<PackedBlock> {
  const rows = new Uint32Array(4 * fileOrderPlane * BLOCK_SPLATS);
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const read = new Float16Array(fileSh ? rest * BLOCK_SPLATS : 0);
  let rank = 0;
  for (let first = 0; first < splats.count; first += BLOCK_SPLATS) {
    const end = Math.min(first + BLOCK_SPLATS, splats.count);
    const firstRank = rank;
    while (rank < kept.length && kept[rank]! < end) rank++;
    if (rank === firstRank) continue;
    fileSh?.read(first, end - first, read);
    const sh = fileSh ? read : splats.sh.subarray(rest * first, rest * end);
    const group: Group = {
      splats,
      indices: kept.subarray(firstRank, rank),
      rows,
      stride: 4 * fileOrderPlane,
    };
    packGeometry(group, origin);
    packColors(group, { sh, first });
    yield {
      rows: rows.subarray(0, 4 * fileOrderPlane * (rank - firstRank)),
      places: places.subarray(firstRank, rank),
    };
  }
}

/** Splats that are packed at once. */
interface Group {
  readonly splats: Splats;
  /** Their indices in the file. */
  readonly indices: Uint32Array;
  /** Where they go. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Words a row. */
  readonly stride: number;
}

/** Planes 0 and 1: place, opacity, rotation and scales. */
function packGeometry(
  { splats, indices, rows, stride }: Group,
  [x0, y0, z0]: readonly [number, number, number],
): void {
  const { positions, scales, rotations, opacities } = splats;
  const floats = new Float32Array(rows.buffer);
  for (let k = 0; k < indices.length; k++) {
    const index = indices[k]!;
    const [at, p, r] = [stride * k, 3 * index, 4 * index];
    floats[at] = positions[p]! - x0;
    floats[at + 1] = positions[p + 1]! - y0;
    floats[at + 2] = positions[p + 2]! - z0;
    // A scale of 0 has the logarithm -Infinity, which ends at the least code.
    const a = Math.log2(Math.abs(scales[p]!));
    const b = Math.log2(Math.abs(scales[p + 1]!));
    const c = Math.log2(Math.abs(scales[p + 2]!));
    // Rounded up, so that nothing is culled that reaches into the picture.
    const largest = Math.ceil((Math.max(a, b, c) + 32) * 1024);
    const opacity = Math.round(65_535 * Math.min(1, opacities[index]!));
    rows[at + 3] = opacity | Math.min(65_535, Math.max(0, largest)) << 16;

    const w = rotations[r]!;
    const x = rotations[r + 1]!;
    const y = rotations[r + 2]!;
    const z = rotations[r + 3]!;
    const norm = 32_767 / Math.sqrt(w * w + x * x + y * y + z * z);
    rows[at + 4] = Math.round(w * norm) & 0xffff | Math.round(x * norm) << 16;
    rows[at + 5] = Math.round(y * norm) & 0xffff | Math.round(z * norm) << 16;
    const middle = scaleCode(b);
    rows[at + 6] = scaleCode(a) | middle << 21;
    rows[at + 7] = middle >>> 11 | scaleCode(c) << 10;
  }
}

/** The logarithm of a scale in 21 bits; a scale of 0 becomes 2^-32. */
function scaleCode(log: number): number {
  return Math.min(2 ** 21 - 1, Math.max(0, Math.round((log + 32) * 32_768)));
}

/** The other planes: the three constant coefficients, then the higher ones. */
function packColors(
  { splats, indices, rows, stride }: Group,
  { sh, first }: { sh: Float16Array; first: number },
): void {
  const { colors } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const from = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  const into = new Uint16Array(rows.buffer);
  const constant = new Float16Array(rows.buffer);
  for (let k = 0; k < indices.length; k++) {
    const index = indices[k]!;
    const at = 2 * (stride * k + 8);
    for (let c = 0; c < 3; c++) {
      const value = colors[3 * index + c]!;
      constant[at + c] = Math.min(HALF_MAX, Math.max(-HALF_MAX, value));
    }
    const source = rest * (index - first);
    for (let i = 0; i < rest; i++) into[at + 3 + i] = from[source + i]!;
  }
}

/**
 * Splats -> what the device holds of them: 20 bytes of place and order, 16 of
 * shape, up to 64 of colour a splat, in Morton order, in one or several chunks.
 * The layout is stated in `shaders/chunk.wgsl`. Splats are packed in the order
 * of the file, which reads memory and file from front to back; the device
 * brings them to their places, and shortens their higher SH coefficients.
 *
 * @module
 */

import type { ShReader } from "../../scene/file_sh.ts";
import type { SplatSlice } from "../../scene/splat_slice.ts";
import { SH_REST_COEFFICIENTS, type Splats } from "../../scene/splats.ts";
import type { SceneOrder } from "./scene_order.ts";

/** Largest half float. */
const HALF_MAX = 65504;

/** Splats that are packed at once: a megabyte. */
export const BLOCK_SPLATS = 8_192;

/** Half of a row at which the higher SH coefficients start, behind two planes and two of the constant ones. */
const FIRST_SH = 18;

/** Half of a row that holds the third constant coefficient. */
const BLUE = 11;

/** Steps from 0 to the square root of 1/2, which no part of a quaternion but its largest exceeds. */
const PART_STEPS = 16_383;

/** How chunks of a scene are laid out. */
export interface ChunkLayout {
  /** SH coefficients beyond the constant one. */
  readonly shCount: number;
  /** Words of a row: a splat before it is brought to its place. */
  readonly rowWords: number;
  /** Plane at which the file order starts. */
  readonly fileOrderPlane: number;
  readonly hasObjectIds: boolean;
  /** Bytes a splat, rounding of the last four splats aside. */
  readonly bytesPerSplat: number;
}

/** Layout of the chunks of `splats`. */
export function chunkLayout(
  { shDegree, objectIds }: Pick<Splats, "shDegree" | "objectIds">,
): ChunkLayout {
  const shCount = SH_REST_COEFFICIENTS[shDegree];
  const hasObjectIds = objectIds !== undefined;
  const fileOrderPlane = 2 + Math.ceil((1 + shCount) / 4);
  return {
    shCount,
    rowWords: Math.ceil((FIRST_SH + 3 * shCount) / 2),
    fileOrderPlane,
    hasObjectIds,
    bytesPerSplat: 16 * fileOrderPlane + (hasObjectIds ? 8 : 4),
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
  /** {@linkcode ChunkLayout.rowWords} a splat, as `shaders/place.wgsl` reads them. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Morton place of each, as in {@linkcode SceneOrder.places}. */
  readonly places: Uint32Array<ArrayBuffer>;
}

/** Packs the splats of `scene`; `fileSh` reads those SH coefficients that lie in a file. */
export function* packBlocks(
  { splats, places, origin }: SceneOrder,
  { rowWords: stride }: ChunkLayout,
  fileSh?: ShReader,
): Generator<PackedBlock> {
  const rows = new Uint32Array(stride * BLOCK_SPLATS);
  for (let first = 0; first < splats.count; first += BLOCK_SPLATS) {
    const count = Math.min(BLOCK_SPLATS, splats.count - first);
    const block: Block = { splats, first, count, rows, stride };
    packGeometry(block, origin);
    packColors(block);
    const target = {
      into: new Float16Array(rows.buffer),
      offset: FIRST_SH,
      stride: 2 * stride,
    };
    if (fileSh) fileSh.read(block, target);
    else packSh(block);
    yield {
      rows: rows.subarray(0, stride * count),
      places: places.subarray(first, first + count),
    };
  }
}

/** Splats that are packed at once. */
interface Block extends SplatSlice {
  readonly splats: Splats;
  /** Where they go. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Words a row. */
  readonly stride: number;
}

/** Planes 0 and 1: place, opacity, rotation and scales. */
function packGeometry(
  { splats, first, count, rows, stride }: Block,
  [x0, y0, z0]: readonly [number, number, number],
): void {
  const { positions, scales, rotations, opacities } = splats;
  const floats = new Float32Array(rows.buffer);
  for (let k = 0; k < count; k++) {
    const index = first + k;
    const [at, p] = [stride * k, 3 * index];
    floats[at] = positions[p]! - x0;
    floats[at + 1] = positions[p + 1]! - y0;
    floats[at + 2] = positions[p + 2]! - z0;
    // A scale of 0 has the logarithm -Infinity, which ends at the least code.
    const a = Math.log2(Math.abs(scales[p]!));
    const b = Math.log2(Math.abs(scales[p + 1]!));
    const c = Math.log2(Math.abs(scales[p + 2]!));
    // Rounded up, so that nothing is culled that reaches into the picture.
    const largest = Math.ceil((Math.max(a, b, c) + 32) * 16);
    const opacity = Math.round(65_535 * Math.min(1, opacities[index]!));
    rows[at + 3] = opacity | Math.min(1023, Math.max(0, largest)) << 16;

    packRotation(rotations, 4 * index, rows, at + 4);
    const middle = scaleCode(b);
    rows[at + 6] = scaleCode(a) | middle << 21;
    rows[at + 7] = middle >>> 11 | scaleCode(c) << 10;
  }
}

/** The three smaller parts of the quaternion at `from`, of the sign that makes the largest positive. */
function packRotation(
  rotations: Float32Array,
  from: number,
  rows: Uint32Array,
  at: number,
): void {
  const w = rotations[from]!;
  const x = rotations[from + 1]!;
  const y = rotations[from + 2]!;
  const z = rotations[from + 3]!;
  const [ww, xx, yy, zz] = [w * w, x * x, y * y, z * z];
  const most = Math.max(ww, xx, yy, zz);
  const largest = most === ww ? 0 : most === xx ? 1 : most === yy ? 2 : 3;
  const norm = PART_STEPS * Math.SQRT2 / Math.sqrt(ww + xx + yy + zz);
  const factor = rotations[from + largest]! < 0 ? -norm : norm;
  const a = Math.round(factor * (largest === 0 ? x : w)) + 16_384;
  const b = Math.round(factor * (largest <= 1 ? y : x)) + 16_384;
  const c = Math.round(factor * (largest <= 2 ? z : y)) + 16_384;
  rows[at] = largest | a << 2 | b << 17;
  rows[at + 1] = c;
}

/** The logarithm of a scale in 21 bits; a scale of 0 becomes 2^-32. */
function scaleCode(log: number): number {
  return Math.min(2 ** 21 - 1, Math.max(0, Math.round((log + 32) * 32_768)));
}

/** The three constant coefficients: blue's in plane 1, the others behind it. */
function packColors(
  { splats: { colors }, first, count, rows, stride }: Block,
): void {
  const halves = new Float16Array(rows.buffer);
  const half = (index: number): number =>
    Math.min(HALF_MAX, Math.max(-HALF_MAX, colors[index]!));
  for (let k = 0; k < count; k++) {
    const [at, from] = [2 * stride * k, 3 * (first + k)];
    halves[at + FIRST_SH - 2] = half(from);
    halves[at + FIRST_SH - 1] = half(from + 1);
    halves[at + BLUE] = half(from + 2);
  }
}

/** The higher coefficients, to the end of the row. */
function packSh(
  { splats: { sh, shDegree }, first, count, rows, stride }: Block,
): void {
  const rest = 3 * SH_REST_COEFFICIENTS[shDegree];
  const from = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  const into = new Uint16Array(rows.buffer);
  for (let k = 0; k < count; k++) {
    const source = rest * (first + k);
    const at = 2 * stride * k + FIRST_SH;
    for (let i = 0; i < rest; i++) into[at + i] = from[source + i]!;
  }
}

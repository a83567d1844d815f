/**
 * Splats -> what the device holds of them: 20 bytes of place and order, 16 of
 * shape, up to 96 of colour a splat, in Morton order, in one or several chunks.
 * The layout is stated in `shaders/chunk.wgsl`.
 *
 * @module
 */

import {
  SH_REST_COEFFICIENTS,
  type ShDegree,
  type Splats,
} from "../../scene/splats.ts";
import { mortonOrder } from "./morton.ts";

/** Opacity below which alpha never reaches 1/255. */
const MIN_OPACITY = 1 / 255;

/** File units: squares of what is larger leave the range of f32. */
const MAX_COORDINATE = 1e15;

/** log2 of a scale is kept from -32 to below 32; a larger splat is left out. */
const MAX_SCALE = 2 ** 32;

/** Largest half float. */
const HALF_MAX = 65504;

/** Splats that are packed at once. */
const PIECE = 65_536;

/** Which splats the device gets, and in which order. */
export interface SceneOrder {
  readonly splats: Splats;
  /** Indices of the splats that can leave a trace, ascending. */
  readonly kept: Uint32Array;
  /** Rank in {@linkcode kept} of each splat in Morton order. */
  readonly slots: Uint32Array;
  /** Near the middle of the scene; positions on the device are relative to it. File units. */
  readonly origin: readonly [number, number, number];
  /** Box of the kept positions relative to {@linkcode origin}. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

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

/** Takes a piece of a chunk: `words` belong at byte `offset`. */
export type WritePiece = (
  offset: number,
  words: Uint32Array<ArrayBuffer>,
) => void;

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

/** Leaves out what leaves no trace: values that are not finite, faint and immense splats. */
export function orderScene(splats: Splats): SceneOrder {
  const kept = keepVisible(splats);
  const { positions } = splats;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const index of kept) {
    for (let axis = 0; axis < 3; axis++) {
      const value = positions[3 * index + axis]!;
      if (value < low[axis]!) low[axis] = value;
      if (value > high[axis]!) high[axis] = value;
    }
  }
  const inMorton = mortonOrder(positions, kept);
  const rank = new Uint32Array(splats.count);
  kept.forEach((index, order) => rank[index] = order);
  const origin = middle(positions, kept);
  return {
    splats,
    kept,
    slots: inMorton.map((index) => rank[index]!),
    origin,
    low: low.map((value, axis) => value - origin[axis]!),
    high: high.map((value, axis) => value - origin[axis]!),
  };
}

/** Packs the splats of Morton places `first` to `first + count`; `write` gets reused memory. */
export function packChunk(
  scene: SceneOrder,
  layout: ChunkLayout,
  { first, count, write }: { first: number; count: number; write: WritePiece },
): void {
  const piece = Math.min(PIECE, count);
  const planes = Array.from(
    { length: layout.fileOrderPlane },
    () => new Uint32Array(4 * piece),
  );
  const order = new Uint32Array(piece);
  const ids = new Uint32Array(piece);
  const orderOffset = 16 * layout.fileOrderPlane * count;
  const idsOffset = orderOffset + 16 * Math.ceil(count / 4);
  for (let start = 0; start < count; start += piece) {
    const length = Math.min(piece, count - start);
    for (let k = 0; k < length; k++) {
      order[k] = scene.slots[first + start + k]!;
      const index = scene.kept[order[k]!]!;
      ids[k] = scene.splats.objectIds?.[index] ?? 0;
      packPlace(scene, index, planes[0]!, 4 * k);
      packShape(scene.splats, index, planes[1]!, 4 * k);
    }
    packColors(scene, order.subarray(0, length), planes.slice(2));
    planes.forEach((plane, p) =>
      write(16 * (p * count + start), plane.subarray(0, 4 * length))
    );
    write(orderOffset + 4 * start, order.subarray(0, length));
    if (layout.hasObjectIds) {
      write(idsOffset + 4 * start, ids.subarray(0, length));
    }
  }
}

function keepVisible(splats: Splats): Uint32Array {
  const { count, positions, scales, rotations, opacities, colors } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(
    splats.sh.buffer,
    splats.sh.byteOffset,
    splats.sh.length,
  );
  const kept = new Uint32Array(count);
  let length = 0;
  const within = (
    values: Float32Array,
    first: number,
    limit: number,
  ): boolean =>
    Math.abs(values[first]!) <= limit &&
    Math.abs(values[first + 1]!) <= limit &&
    Math.abs(values[first + 2]!) <= limit;
  splat: for (let i = 0; i < count; i++) {
    // Comparisons with NaN are false.
    if (
      !(opacities[i]! >= MIN_OPACITY && opacities[i]! < Infinity) ||
      !within(positions, 3 * i, MAX_COORDINATE) ||
      !within(scales, 3 * i, MAX_SCALE) ||
      !within(colors, 3 * i, Number.MAX_VALUE)
    ) continue;
    const square = rotations[4 * i]! ** 2 + rotations[4 * i + 1]! ** 2 +
      rotations[4 * i + 2]! ** 2 + rotations[4 * i + 3]! ** 2;
    if (!(square > 0 && square < Infinity)) continue;
    for (let c = i * rest; c < (i + 1) * rest; c++) {
      // Exponent bits all set: infinite or not a number.
      if ((halves[c]! & 0x7c00) === 0x7c00) continue splat;
    }
    kept[length++] = i;
  }
  return kept.slice(0, length);
}

/** Median of a sample, in whole units so that differences to it stay exact. */
function middle(
  positions: Float32Array,
  kept: Uint32Array,
): [number, number, number] {
  const step = Math.max(1, Math.floor(kept.length / 1024));
  const at = (axis: number): number => {
    const sample: number[] = [];
    for (let k = 0; k < kept.length; k += step) {
      sample.push(positions[3 * kept[k]! + axis]!);
    }
    sample.sort((a, b) => a - b);
    return Math.fround(Math.round(sample[sample.length >> 1] ?? 0));
  };
  return [at(0), at(1), at(2)];
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

function bitsOf(value: number): number {
  float[0] = value;
  return floatBits[0]!;
}

function packPlace(
  { splats, origin }: SceneOrder,
  index: number,
  plane: Uint32Array,
  at: number,
): void {
  const { positions, scales, opacities } = splats;
  const p = 3 * index;
  for (let axis = 0; axis < 3; axis++) {
    plane[at + axis] = bitsOf(positions[p + axis]! - origin[axis as 0]!);
  }
  const largest = Math.max(
    Math.abs(scales[p]!),
    Math.abs(scales[p + 1]!),
    Math.abs(scales[p + 2]!),
  );
  // Rounded up, so that nothing is culled that reaches into the picture.
  const scale = Math.ceil((Math.log2(largest) + 32) * 1024);
  const opacity = Math.round(65_535 * Math.min(1, opacities[index]!));
  plane[at + 3] = opacity | Math.min(65_535, Math.max(0, scale)) << 16;
}

function packShape(
  { scales, rotations }: Splats,
  index: number,
  plane: Uint32Array,
  at: number,
): void {
  const r = 4 * index;
  const [w, x, y, z] = [
    rotations[r]!,
    rotations[r + 1]!,
    rotations[r + 2]!,
    rotations[r + 3]!,
  ];
  const norm = 32_767 / Math.sqrt(w * w + x * x + y * y + z * z);
  const snorm = (value: number): number => Math.round(value * norm) & 0xffff;
  plane[at] = snorm(w) | snorm(x) << 16;
  plane[at + 1] = snorm(y) | snorm(z) << 16;
  const s = 3 * index;
  const a = scaleCode(Math.abs(scales[s]!));
  const b = scaleCode(Math.abs(scales[s + 1]!));
  const c = scaleCode(Math.abs(scales[s + 2]!));
  plane[at + 2] = a | b << 21;
  plane[at + 3] = b >>> 11 | c << 10;
}

/** log2 of a scale in 21 bits; a scale of 0 becomes 2^-32. */
function scaleCode(scale: number): number {
  const code = Math.round((Math.log2(scale) + 32) * 32_768);
  return Math.min(2 ** 21 - 1, Math.max(0, code));
}

function packColors(
  { splats, kept }: SceneOrder,
  order: Uint32Array,
  planes: readonly Uint32Array[],
): void {
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const from = new Uint16Array(
    splats.sh.buffer,
    splats.sh.byteOffset,
    splats.sh.length,
  );
  const constant = new Float16Array(planes[0]!.buffer);
  const halves = planes.map((plane) => new Uint16Array(plane.buffer));
  for (let k = 0; k < order.length; k++) {
    const index = kept[order[k]!]!;
    for (let c = 0; c < 3; c++) {
      const value = splats.colors[3 * index + c]!;
      constant[8 * k + c] = Math.min(HALF_MAX, Math.max(-HALF_MAX, value));
    }
    const start = index * rest - 3;
    for (let half = 3; half < rest + 3; half++) {
      halves[half >> 3]![8 * k + (half & 7)] = from[start + half]!;
    }
  }
}

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

/** Splats that are fetched from memory at once: what the processor's cache holds. */
const GROUP = 512;

/** Bytes of a cache line. */
const LINE = 64;

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
  const orderOffset = 16 * layout.fileOrderPlane * count;
  const idsOffset = orderOffset + 16 * Math.ceil(count / 4);
  for (let start = 0; start < count; start += piece) {
    const length = Math.min(piece, count - start);
    const order = scene.slots.slice(first + start, first + start + length);
    for (let done = 0; done < length; done += GROUP) {
      const group = order.subarray(done, done + GROUP);
      const target = planes.map((plane) => plane.subarray(4 * done));
      fetchGroup(scene, group);
      packGeometry(scene, group, [target[0]!, target[1]!]);
      packColors(scene, group, target.slice(2));
    }
    planes.forEach((plane, p) =>
      write(16 * (p * count + start), plane.subarray(0, 4 * length))
    );
    write(orderOffset + 4 * start, order);
    if (scene.splats.objectIds) {
      const { objectIds } = scene.splats;
      const ids = order.map((rank) => objectIds[scene.kept[rank]!]!);
      write(idsOffset + 4 * start, ids);
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
  const mayBreak = hasInfinite(splats.sh);
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
    for (let c = i * rest; mayBreak && c < (i + 1) * rest; c++) {
      // Exponent bits all set: infinite or not a number.
      if ((halves[c]! & 0x7c00) === 0x7c00) continue splat;
    }
    kept[length++] = i;
  }
  return length === count ? kept : kept.slice(0, length);
}

/** Whether any of `values` is infinite or not a number: two at a time, as they hardly ever are. */
function hasInfinite(values: Float16Array): boolean {
  const { buffer, byteOffset, length } = values;
  if (byteOffset % 4 !== 0) return true; // Unknown: each splat is looked at.
  const words = new Uint32Array(buffer, byteOffset, length >> 1);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (
      (word & 0x7c00) === 0x7c00 || (word & 0x7c000000) === 0x7c000000
    ) return true;
  }
  return length % 2 === 1 && !Number.isFinite(values[length - 1]!);
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

/** What was fetched; written so that fetching is no dead code. */
const fetched = new Int32Array(1);

/**
 * Reads a word of each cache line of the splats of `order`, which lie all over
 * memory. In a loop that does nothing else the processor waits for a dozen of
 * them at a time; the packing that follows finds them in its cache, and takes
 * a third of the time that it took without.
 */
function fetchGroup({ splats, kept }: SceneOrder, order: Uint32Array): void {
  const { positions, scales, rotations, opacities, colors, sh } = splats;
  const bytes = 6 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  let sum = 0;
  for (let k = 0; k < order.length; k++) {
    const index = kept[order[k]!]!;
    sum += positions[3 * index]! + scales[3 * index]! + colors[3 * index]! +
      rotations[4 * index]! + opacities[index]!;
    for (let at = 0; at < bytes; at += LINE) {
      sum += halves[(index * bytes + at) >> 1]!;
    }
  }
  fetched[0] = sum;
}

/** Planes 0 and 1: place, opacity, rotation and scales. */
function packGeometry(
  { splats, kept, origin }: SceneOrder,
  order: Uint32Array,
  [places, shapes]: readonly [Uint32Array, Uint32Array],
): void {
  const { positions, scales, rotations, opacities } = splats;
  const [x0, y0, z0] = origin;
  const floats = new Float32Array(places.buffer, places.byteOffset);
  for (let k = 0; k < order.length; k++) {
    const index = kept[order[k]!]!;
    const [at, p, r] = [4 * k, 3 * index, 4 * index];
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
    places[at + 3] = opacity | Math.min(65_535, Math.max(0, largest)) << 16;

    const w = rotations[r]!;
    const x = rotations[r + 1]!;
    const y = rotations[r + 2]!;
    const z = rotations[r + 3]!;
    const norm = 32_767 / Math.sqrt(w * w + x * x + y * y + z * z);
    shapes[at] = Math.round(w * norm) & 0xffff | Math.round(x * norm) << 16;
    shapes[at + 1] = Math.round(y * norm) & 0xffff | Math.round(z * norm) << 16;
    const middle = scaleCode(b);
    shapes[at + 2] = scaleCode(a) | middle << 21;
    shapes[at + 3] = middle >>> 11 | scaleCode(c) << 10;
  }
}

/** The logarithm of a scale in 21 bits; a scale of 0 becomes 2^-32. */
function scaleCode(log: number): number {
  return Math.min(2 ** 21 - 1, Math.max(0, Math.round((log + 32) * 32_768)));
}

/** The other planes: the three constant coefficients, then the higher ones. */
function packColors(
  { splats, kept }: SceneOrder,
  order: Uint32Array,
  planes: readonly Uint32Array[],
): void {
  const { colors, sh } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const from = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  const halves = planes.map(({ buffer, byteOffset }) =>
    new Uint16Array(buffer, byteOffset)
  );
  const constant = new Float16Array(halves[0]!.buffer, halves[0]!.byteOffset);
  for (let k = 0; k < order.length; k++) {
    const index = kept[order[k]!]!;
    for (let c = 0; c < 3; c++) {
      const value = colors[3 * index + c]!;
      constant[8 * k + c] = Math.min(HALF_MAX, Math.max(-HALF_MAX, value));
    }
    let source = index * rest;
    const end = source + rest;
    let first = 3; // The constant ones come before.
    for (let plane = 0; source < end; plane++) {
      const into = halves[plane]!;
      for (let half = first; half < 8 && source < end; half++) {
        into[8 * k + half] = from[source++]!;
      }
      first = 0;
    }
  }
}

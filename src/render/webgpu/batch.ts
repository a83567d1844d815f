/**
 * The uniforms of a submission, as `Batch` and `View` of `shaders/batch.wgsl`.
 * The tables below are the host's half; a test reads every field back on the device.
 *
 * @module
 */

import type { Camera } from "../camera.ts";

/** Views at most in a submission: bits that a splat has for them. */
export const MAX_VIEWS = 8;

/** Pixels along the side of a tile. */
export const TILE_SIZE = 16;

type FieldType = "u32" | "f32" | "vec2f" | "vec3f";

/** Fields of `View`, in order. */
export const VIEW_FIELDS = [
  ["right", "vec3f"],
  ["focal_x", "f32"],
  ["down", "vec3f"],
  ["focal_y", "f32"],
  ["forward", "vec3f"],
  ["near", "f32"],
  ["position", "vec3f"],
  ["metres_per_unit", "f32"],
  ["principal", "vec2f"],
  ["tangent_min", "vec2f"],
  ["tangent_max", "vec2f"],
  ["stretch", "f32"],
  ["near_bits", "u32"],
] as const satisfies readonly (readonly [string, FieldType])[];

/** Fields of `Batch` before its views, in order. */
export const BATCH_FIELDS = [
  ["width", "u32"],
  ["height", "u32"],
  ["tiles_x", "u32"],
  ["tiles_y", "u32"],
  ["view_count", "u32"],
  ["orthographic", "u32"],
  ["with_object_ids", "u32"],
  ["antialiased", "u32"],
  ["word_count", "u32"],
  ["record_stride", "u32"],
  ["pair_stride", "u32"],
  ["prefix_block_stride", "u32"],
  ["sort_block_stride", "u32"],
] as const satisfies readonly (readonly [string, FieldType])[];

type ViewValues = Record<typeof VIEW_FIELDS[number][0], number | number[]>;

/** Values of `Batch` but for its views. */
export type BatchValues = Record<typeof BATCH_FIELDS[number][0], number>;

const SIZES: Readonly<
  Record<FieldType, readonly [align: number, size: number]>
> = { u32: [4, 4], f32: [4, 4], vec2f: [8, 8], vec3f: [16, 12] };

/** Bytes of a `View`. */
export const VIEW_BYTES = 96;

/** Bytes of `Batch` before its views. */
export const VIEWS_OFFSET = 64;

/** Bytes of `Batch`. */
export const BATCH_BYTES = VIEWS_OFFSET + MAX_VIEWS * VIEW_BYTES;

/** Depth keys start this many representable numbers below `near`, for compilers that round differently. */
const NEAR_SLACK = 1024;

/** File units: nothing is seen from here, and squares of it stay in the range of f32. */
const FAR = 1e15;

/** The uniforms of `cameras`, at most {@linkcode MAX_VIEWS} of one projection, as bytes. */
export function writeBatch(
  values: BatchValues,
  cameras: readonly Camera[],
  origin: readonly number[],
): ArrayBuffer {
  const bytes = new ArrayBuffer(BATCH_BYTES);
  writeFields(new DataView(bytes), BATCH_FIELDS, values);
  cameras.forEach((camera, v) =>
    writeFields(
      new DataView(bytes, VIEWS_OFFSET + v * VIEW_BYTES, VIEW_BYTES),
      VIEW_FIELDS,
      viewValues(camera, origin),
    )
  );
  return bytes;
}

/** The depth key's zero: bits of `near` as f32, less a little. */
export function nearBits(near: number): number {
  return Math.max(0, floatBits(near) - NEAR_SLACK);
}

/** Bits of `value` as f32. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** Byte offset of each field by WGSL's rules of alignment. */
export function fieldOffsets(
  fields: readonly (readonly [string, FieldType])[],
): Map<string, number> {
  const offsets = new Map<string, number>();
  let end = 0;
  for (const [name, type] of fields) {
    const [align, size] = SIZES[type];
    const offset = Math.ceil(end / align) * align;
    offsets.set(name, offset);
    end = offset + size;
  }
  return offsets;
}

function writeFields(
  data: DataView,
  fields: readonly (readonly [string, FieldType])[],
  values: Record<string, number | number[]>,
): void {
  const offsets = fieldOffsets(fields);
  for (const [name, type] of fields) {
    const numbers = [values[name]!].flat();
    numbers.forEach((value, i) => {
      const at = offsets.get(name)! + 4 * i;
      if (type === "u32") data.setUint32(at, value, true);
      else data.setFloat32(at, value, true);
    });
  }
}

function viewValues(camera: Camera, origin: readonly number[]): ViewValues {
  const { width, height, fx, fy, cx, cy, near, rotation } = camera;
  // As gsplat: the image's border plus 0.3 of half the field of view.
  const marginX = 0.3 * width / (2 * fx);
  const marginY = 0.3 * height / (2 * fy);
  const tangentMin = [-cx / fx - marginX, -cy / fy - marginY];
  const tangentMax = [
    (width - cx) / fx + marginX,
    (height - cy) / fy + marginY,
  ];
  const slope = camera.projection === "orthographic" ? 0 : Math.hypot(
    Math.max(-tangentMin[0]!, tangentMax[0]!),
    Math.max(-tangentMin[1]!, tangentMax[1]!),
  );
  return {
    right: [...rotation.subarray(0, 3)],
    focal_x: fx,
    down: [...rotation.subarray(3, 6)],
    focal_y: fy,
    forward: [...rotation.subarray(6, 9)],
    near,
    position: [...camera.position].map((value, axis) =>
      Math.min(FAR, Math.max(-FAR, value - origin[axis]!))
    ),
    metres_per_unit: camera.metresPerUnit,
    principal: [cx, cy],
    tangent_min: tangentMin,
    tangent_max: tangentMax,
    stretch: Math.max(fx, fy) * Math.hypot(1, slope),
    near_bits: nearBits(near),
  };
}

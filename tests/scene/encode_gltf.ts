/**
 * Small encoders of glTF for tests and benches, written apart from the readers.
 *
 * @module
 */

import { concat } from "./encode_spz.ts";

/** Numbers of an attribute. */
export type AttributeArray =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array;

/** An attribute: its numbers, one element after another. */
export interface Attribute {
  array: AttributeArray;
  width: number;
  normalized?: boolean;
}

/** Options of {@linkcode encodeGltf}. */
export interface EncodeGltfOptions {
  /** Attributes by name, a map for each primitive of the one mesh. */
  primitives: readonly Readonly<Record<string, Attribute>>[];
  /** @default {one node with the mesh} */
  nodes?: readonly Record<string, unknown>[];
  /** Keys of KHR_gaussian_splatting; undefined leaves the extension out. @default {ellipse, sRGB} */
  extension?: Record<string, unknown> | undefined;
  /** Puts the attributes of a splat side by side. @default {false} */
  interleaved?: boolean;
  /** Replaces top-level keys. */
  json?: Record<string, unknown>;
}

/** JSON and buffer of a glTF. */
export interface EncodedGltf {
  json: Record<string, unknown>;
  buffer: Uint8Array;
}

const COMPONENT_TYPES = new Map<unknown, number>([
  [Int8Array, 5120],
  [Uint8Array, 5121],
  [Int16Array, 5122],
  [Uint16Array, 5123],
  [Float32Array, 5126],
]);

/** A glTF with one buffer. */
export function encodeGltf({
  primitives,
  nodes = [{ mesh: 0 }],
  extension = { kernel: "ellipse", colorSpace: "srgb_rec709_display" },
  interleaved = false,
  json = {},
}: EncodeGltfOptions): EncodedGltf {
  const bufferViews: Record<string, unknown>[] = [];
  const accessors: Record<string, unknown>[] = [];
  const parts: Uint8Array[] = [];
  let length = 0;
  const append = (bytes: Uint8Array): number => {
    const padding = (4 - length % 4) % 4;
    parts.push(new Uint8Array(padding), bytes);
    const offset = length + padding;
    length = offset + bytes.length;
    return offset;
  };
  const meshPrimitives = primitives.map((attributes) => {
    const entries = Object.entries(attributes);
    const layout = interleaved ? interleave(entries) : undefined;
    if (layout) {
      bufferViews.push({
        buffer: 0,
        byteOffset: append(layout.bytes),
        byteLength: layout.bytes.length,
        byteStride: layout.stride,
      });
    }
    const indices = entries.map(([name, attribute]) => {
      const { array, width, normalized } = attribute;
      if (!layout) {
        const bytes = bytesOf(array);
        bufferViews.push({
          buffer: 0,
          byteOffset: append(bytes),
          byteLength: bytes.length,
        });
      }
      accessors.push({
        bufferView: bufferViews.length - 1,
        componentType: COMPONENT_TYPES.get(array.constructor),
        count: array.length / width,
        type: width === 1 ? "SCALAR" : `VEC${width}`,
        ...(layout ? { byteOffset: layout.offsets.get(name) } : {}),
        ...(normalized ? { normalized } : {}),
      });
      return [name, accessors.length - 1];
    });
    return {
      attributes: Object.fromEntries(indices),
      mode: 0,
      ...(extension
        ? { extensions: { KHR_gaussian_splatting: extension } }
        : {}),
    };
  });
  const buffer = concat(parts);
  return {
    buffer,
    json: {
      asset: { version: "2.0" },
      extensionsUsed: ["KHR_gaussian_splatting"],
      scene: 0,
      scenes: [{ nodes: rootsOf(nodes) }],
      nodes,
      meshes: [{ primitives: meshPrimitives }],
      accessors,
      bufferViews,
      buffers: [{ byteLength: buffer.length }],
      ...json,
    },
  };
}

/** A .glb of `json` and its one buffer. */
export function encodeGlb({ json, buffer }: EncodedGltf): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const padded = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(0x20);
  padded.set(text);
  const binary = new Uint8Array(Math.ceil(buffer.length / 4) * 4);
  binary.set(buffer);
  const total = 12 + 8 + padded.length + 8 + binary.length;
  return concat([
    words(0x46546c67, 2, total, padded.length, 0x4e4f534a),
    padded,
    words(binary.length, 0x004e4942),
    binary,
  ]);
}

/** Attributes of `count` splats with numbers that look like a scan's. */
export function randomSplats(
  count: number,
  shDegree: number,
): Record<string, Attribute> {
  let state = 123456789;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const floats = (
    width: number,
    value: () => number,
  ): Attribute => ({
    array: Float32Array.from({ length: count * width }, value),
    width,
  });
  const name = (key: string): string => `KHR_gaussian_splatting:${key}`;
  const attributes: Record<string, Attribute> = {
    POSITION: floats(3, () => 10 * next() - 5),
    [name("ROTATION")]: floats(4, () => next() - 0.5),
    [name("SCALE")]: floats(3, () => 0.001 + 0.05 * next()),
    [name("OPACITY")]: floats(1, next),
    [name("SH_DEGREE_0_COEF_0")]: floats(3, () => 4 * next() - 2),
  };
  for (let degree = 1; degree <= shDegree; degree++) {
    for (let n = 0; n < 2 * degree + 1; n++) {
      attributes[name(`SH_DEGREE_${degree}_COEF_${n}`)] = floats(
        3,
        () => 0.4 * next() - 0.2,
      );
    }
  }
  return attributes;
}

function interleave(
  entries: readonly (readonly [string, Attribute])[],
): { bytes: Uint8Array; stride: number; offsets: Map<string, number> } {
  const offsets = new Map<string, number>();
  let stride = 0;
  for (const [name, { array, width }] of entries) {
    offsets.set(name, stride);
    stride += Math.ceil(array.BYTES_PER_ELEMENT * width / 4) * 4;
  }
  const count = entries[0]![1].array.length / entries[0]![1].width;
  const bytes = new Uint8Array(stride * count);
  for (const [name, { array, width }] of entries) {
    const size = array.BYTES_PER_ELEMENT * width;
    for (let i = 0; i < count; i++) {
      bytes.set(
        bytesOf(array).subarray(size * i, size * (i + 1)),
        stride * i + offsets.get(name)!,
      );
    }
  }
  return { bytes, stride, offsets };
}

function rootsOf(nodes: readonly Record<string, unknown>[]): number[] {
  const children = new Set(
    nodes.flatMap(({ children }) => (children ?? []) as number[]),
  );
  return nodes.keys().filter((index) => !children.has(index)).toArray();
}

function bytesOf(array: AttributeArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(new Uint32Array(values).buffer);
}

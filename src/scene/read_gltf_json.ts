/**
 * glTF 2.0, the part of its JSON that splats need.
 * https://github.com/KhronosGroup/glTF/tree/main/specification/2.0
 *
 * @module
 */

import { z } from "zod";

const index = z.int().min(0);
const bytes = z.int().min(0);
const extensions = z.record(z.string(), z.unknown()).optional();
const numbers = (length: number) => z.array(z.number()).length(length);

const primitive = z.object({
  attributes: z.record(z.string(), index),
  extensions,
});

const node = z.object({
  children: z.array(index).optional(),
  mesh: index.optional(),
  matrix: numbers(16).optional(),
  translation: numbers(3).optional(),
  rotation: numbers(4).optional(),
  scale: numbers(3).optional(),
});

const accessor = z.object({
  bufferView: index.optional(),
  byteOffset: bytes.default(0),
  componentType: z.int(),
  count: z.int().min(1),
  type: z.string(),
  normalized: z.boolean().default(false),
  sparse: z.unknown().optional(),
});

const bufferView = z.object({
  buffer: index,
  byteOffset: bytes.default(0),
  byteLength: bytes,
  byteStride: z.int().min(4).max(252).optional(),
  extensions,
});

/** Schema of a glTF's JSON; keys that splats do not need are left out. */
export const gltfSchema = z.object({
  asset: z.object({ version: z.string() }),
  scene: index.optional(),
  scenes: z.array(z.object({ nodes: z.array(index).default([]) })).default([]),
  nodes: z.array(node).default([]),
  meshes: z.array(z.object({ primitives: z.array(primitive) })).default([]),
  accessors: z.array(accessor).default([]),
  bufferViews: z.array(bufferView).default([]),
  buffers: z.array(
    z.object({ uri: z.string().optional(), byteLength: bytes }),
  ).default([]),
});

/** JSON of a glTF. */
export type Gltf = z.output<typeof gltfSchema>;
/** A node: a place for a mesh, and for further nodes. */
export type GltfNode = z.output<typeof node>;
/** A part of a mesh: attributes by name. */
export type GltfPrimitive = z.output<typeof primitive>;

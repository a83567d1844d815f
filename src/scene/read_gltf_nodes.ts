/**
 * glTF, the tree of nodes: which mesh stands where.
 *
 * @module
 */

import type { Gltf, GltfNode } from "./read_gltf_json.ts";
import type { Affine } from "./transform_splats.ts";

/** A mesh of the scene and its place. */
export interface MeshInstance {
  readonly mesh: number;
  /** Mesh -> scene. */
  readonly placement: Affine;
}

/** No move, no turn, no stretch. */
export const IDENTITY: Affine = {
  linear: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  translation: [0, 0, 0],
};

/**
 * The meshes of the default scene; of the first one if none is the default, of
 * all nodes if there is no scene, all meshes if there is no node.
 *
 * @throws {SyntaxError} If a node is missing, hangs in the tree twice, or stretches beyond float32.
 */
export function meshInstances(gltf: Gltf): MeshInstance[] {
  const { meshes, nodes, scenes, scene = 0 } = gltf;
  if (nodes.length === 0) {
    return meshes.map((_, mesh) => ({ mesh, placement: IDENTITY }));
  }
  const children = new Set(nodes.flatMap(({ children = [] }) => children));
  const roots = scenes[scene]?.nodes ??
    nodes.keys().filter((index) => !children.has(index)).toArray();
  const instances: MeshInstance[] = [];
  const visited = new Set<number>();
  // A list, not recursion: a chain of nodes may be as long as the file allows.
  const open = roots.map((node) => ({ node, parent: IDENTITY })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const node = nodes[next.node];
    if (!node || visited.has(next.node)) {
      throw new SyntaxError(
        `expected each node once in a tree of ${nodes.length} nodes, found node ${next.node} ${
          node ? "twice" : "in it"
        }`,
      );
    }
    visited.add(next.node);
    const placement = compose(next.parent, affineOf(node));
    const { linear, translation } = placement;
    if (![...linear, ...translation].every(isFloat32)) {
      throw new SyntaxError(
        `expected a matrix of finite 32-bit floats, found others at node ${next.node}`,
      );
    }
    if (node.mesh !== undefined) instances.push({ mesh: node.mesh, placement });
    for (const child of (node.children ?? []).toReversed()) {
      open.push({ node: child, parent: placement });
    }
  }
  return instances;
}

function isFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** Whether `affine` leaves everything where it is. */
export function isIdentity({ linear, translation }: Affine): boolean {
  return linear.every((value, at) => value === IDENTITY.linear[at]) &&
    translation.every((value) => value === 0);
}

/** A node's own matrix (columns in the file), or translation * rotation * scale. */
function affineOf(node: GltfNode): Affine {
  const { matrix: m } = node;
  if (m) {
    return {
      linear: [0, 4, 8, 1, 5, 9, 2, 6, 10].map((at) => m[at]!),
      translation: [m[12]!, m[13]!, m[14]!],
    };
  }
  const { translation = [0, 0, 0], rotation = [0, 0, 0, 1] } = node;
  const scale = node.scale ?? [1, 1, 1];
  const norm = Math.hypot(...rotation) || 1;
  const [x, y, z, w] = rotation.map((value) => value / norm) as [
    ...[number, number],
    ...[number, number],
  ];
  const turn = [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
  return {
    linear: turn.map((value, at) => value * scale[at % 3]!),
    translation,
  };
}

/** First `inner`, then `outer`. */
function compose(outer: Affine, inner: Affine): Affine {
  const { linear: a, translation } = outer;
  const { linear: b, translation: [x, y, z] } = inner;
  return {
    linear: b.map((_, at) => {
      const row = at - at % 3;
      return a[row]! * b[at % 3]! + a[row + 1]! * b[at % 3 + 3]! +
        a[row + 2]! * b[at % 3 + 6]!;
    }),
    translation: translation.map((value, axis) =>
      a[3 * axis]! * x! + a[3 * axis + 1]! * y! + a[3 * axis + 2]! * z! + value
    ),
  };
}

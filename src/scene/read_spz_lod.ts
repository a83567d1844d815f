/**
 * .spz, levels of detail as Spark stores them in versions 1 to 3 (flag 0x80):
 * a tree of splats, of which each stands for its children. Behind the SH lie
 * the number of children of each splat (u16), then their first (u32); opacities
 * go to 2, as a splat that stands for others may cover more than one can.
 *
 * @module
 */

import { firstSplats, SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** Bytes a splat of the tree. */
export const SPZ_TREE_BYTES = 6;

/** What a stored opacity is multiplied by. */
const OPACITY_FACTOR = 2;

/** Keeps the splats without children, in place and in order: the finest level. */
export function keepLeaves(splats: Splats, tree: Uint8Array): Splats {
  const { count, positions, scales, rotations, opacities, colors, sh } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const halves = new Uint16Array(sh.buffer, sh.byteOffset, sh.length);
  const columns: [Float32Array | Uint16Array, number][] = [
    [positions, 3],
    [scales, 3],
    [rotations, 4],
    [colors, 3],
    [halves, rest],
  ];
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if (tree[2 * i] !== 0 || tree[2 * i + 1] !== 0) continue;
    for (const [values, width] of columns) {
      values.copyWithin(width * kept, width * i, width * (i + 1));
    }
    opacities[kept] = Math.min(1, OPACITY_FACTOR * opacities[i]!);
    kept++;
  }
  return firstSplats(splats, kept);
}

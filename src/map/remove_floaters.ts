/**
 * Removes what floats alone in the air: specks that training leaves.
 *
 * @module
 */

import type { Sliced } from "./in_slices.ts";
import type { Occupancy } from "./occupancy.ts";

/** Connected voxels of fewer than this are specks: the faces of a chair have more. */
const FEWEST_VOXELS = 24;
/** Voxels between two looks at the clock. */
const BLOCK = 4096;

/** Empties all groups of touching voxels that have fewer than {@linkcode FEWEST_VOXELS}. */
export function* removeFloaters(
  { grid: { columns, rows }, layers, filled }: Occupancy,
): Sliced<void> {
  const seen = new Uint8Array(filled.length);
  const group: number[] = [];
  let looked = 0;
  for (let seed = 0; seed < filled.length; seed++) {
    if (filled[seed] === 0 || seen[seed] === 1) continue;
    group.length = 0;
    group.push(seed);
    seen[seed] = 1;
    for (let next = 0; next < group.length; next++) {
      if (++looked % BLOCK === 0) yield;
      const index = group[next]!;
      const layer = index % layers;
      const cell = (index - layer) / layers;
      const column = cell % columns;
      const row = (cell - column) / columns;
      const top = Math.min(layers - 1, layer + 1);
      for (let y = Math.max(0, row - 1); y <= row + 1 && y < rows; y++) {
        for (
          let x = Math.max(0, column - 1);
          x <= column + 1 && x < columns;
          x++
        ) {
          const base = (y * columns + x) * layers;
          for (let z = Math.max(0, layer - 1); z <= top; z++) {
            if (filled[base + z] === 0 || seen[base + z] === 1) continue;
            seen[base + z] = 1;
            group.push(base + z);
          }
        }
      }
    }
    if (group.length < FEWEST_VOXELS) {
      for (const index of group) filled[index] = 0;
    }
  }
}

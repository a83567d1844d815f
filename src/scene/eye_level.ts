/**
 * Where the floor of a place is, and what stands in the way at the height of
 * an eye above it. Upright axes, file units.
 *
 * @module
 */

import { cellAt, cellCentre, type CoarseGrid, median } from "./coarse_grid.ts";

/** Eye height as a share of the height from floor to top, where metres are unknown: 1.5 m of a room's 2.5 m. */
export const EYE_SHARE = 0.6;

/** A slab covers this share of the columns that have any floor, */
const SLAB_SHARE = 0.35;

/** has so much air below it, and ends below so much, as shares of the place's height: else it is the roof. */
const SLAB_AIR = 0.15;
const SLAB_TOP = 0.75;

/** Floors around a column while their median is sought. */
const AROUND = new Float64Array(25);

/** What there is at eye level, a number a column of the grid; x runs fastest. */
export interface EyeLevel {
  /** Lowest filled cell, -1 where there is none. */
  readonly floors: Float64Array;
  /** Height of the eye. */
  readonly eyes: Float64Array;
  /** 1 where anything from knee to a hand above the eye is in the way. */
  readonly blocked: Uint8Array;
}

/** Options of {@linkcode findEyeLevel}. */
export interface EyeLevelOptions {
  /** Height of the place's top. */
  top: number;
  /** Of the eye above the floor; {@linkcode EYE_SHARE} of the height if absent or too much for the place. */
  eyeHeight: number | undefined;
}

/** Finds the floor of each column and looks what is at eye level above it. */
export function findEyeLevel(
  grid: CoarseGrid,
  { top, eyeHeight }: EyeLevelOptions,
): EyeLevel {
  const floors = floorMap(grid);
  const [width, depth, height] = grid.size;
  const lowest = storeyTop(grid, floors, top);
  const fallback = median(floors.filter((floor) => floor >= 0));
  const eyes = new Float64Array(width * depth);
  const blocked = new Uint8Array(width * depth);
  for (let y = 0; y < depth; y++) {
    for (let x = 0; x < width; x++) {
      const column = x + width * y;
      const floor = cellCentre(
        grid,
        2,
        smoothFloor(floors, { x, y, width, depth, fallback }),
      );
      const room = lowest - floor;
      const rise = eyeHeight !== undefined && eyeHeight < 0.9 * room
        ? eyeHeight
        : EYE_SHARE * room;
      eyes[column] = floor + rise;
      const from = Math.max(cellAt(grid, 2, floor + 0.5 * rise), 0);
      const to = Math.min(cellAt(grid, 2, floor + 1.15 * rise), height - 1);
      for (let z = from; z <= to && !blocked[column]; z++) {
        blocked[column] = grid.filled[column + width * depth * z]!;
      }
    }
  }
  return { floors, eyes, blocked };
}

/** Height of the lowest storey's ceiling where there are several, else `top`. */
function storeyTop(
  grid: CoarseGrid,
  floors: Float64Array,
  top: number,
): number {
  const [width, depth, height] = grid.size;
  const columns = width * depth;
  const known = floors.filter((floor) => floor >= 0);
  if (known.length === 0) return top;
  const bottom = median(known);
  const last = cellAt(grid, 2, top);
  const air = Math.max(2, SLAB_AIR * (last - bottom));
  const ceilings = new Float64Array(height + 1);
  for (let column = 0; column < columns; column++) {
    let below = floors[column]!;
    for (let z = below + 1; below >= 0 && z < height; z++) {
      if (!grid.filled[column + columns * z]) continue;
      if (z - below > air) {
        ceilings[z]!++;
        break;
      }
      below = z;
    }
  }
  for (let z = 1; z < height && z < bottom + SLAB_TOP * (last - bottom); z++) {
    // A ceiling on the border of two layers is in both.
    const share = (ceilings[z - 1]! + ceilings[z]! + ceilings[z + 1]!) /
      known.length;
    if (share >= SLAB_SHARE) return cellCentre(grid, 2, z);
  }
  return top;
}

/** Lowest filled cell of each column, -1 where there is none. */
function floorMap(grid: CoarseGrid): Float64Array {
  const [width, depth, height] = grid.size;
  const floors = new Float64Array(width * depth).fill(-1);
  for (let z = height - 1; z >= 0; z--) {
    const layer = z * width * depth;
    for (let column = 0; column < width * depth; column++) {
      if (grid.filled[layer + column]) floors[column] = z;
    }
  }
  return floors;
}

/** Median floor around a column. */
function smoothFloor(
  floors: Float64Array,
  { x, y, width, depth, fallback }: {
    x: number;
    y: number;
    width: number;
    depth: number;
    fallback: number;
  },
): number {
  let count = 0;
  for (let v = Math.max(0, y - 2); v <= Math.min(depth - 1, y + 2); v++) {
    for (let u = Math.max(0, x - 2); u <= Math.min(width - 1, x + 2); u++) {
      const floor = floors[u + width * v]!;
      if (floor < 0) continue;
      // Sorted as they come: there are 25 at most.
      let at = count++;
      for (; at > 0 && AROUND[at - 1]! > floor; at--) {
        AROUND[at] = AROUND[at - 1]!;
      }
      AROUND[at] = floor;
    }
  }
  return count > 0 ? AROUND[count >> 1]! : fallback;
}

/**
 * A coarse grid of where the splats of a place are, to find where one can
 * stand. Upright axes, file units.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { PlaceSample } from "./place_sample.ts";

/** Cells along the longer horizontal side, at most. */
const MAX_CELLS = 128;

/** Cells upwards, at most. */
const MAX_LAYERS = 96;

/** Surfaces fill about twelve times the square of the cells a side; two samples a surface cell leave no holes. */
const SAMPLES_PER_SQUARE_CELL = 24;

/** A cell is filled by this share of the mass of a typical cell that has any. */
const FILLED_SHARE = 0.3;

/** Cells around the box, so that nothing is at the edge. */
const MARGIN = 2;

/** Cubic cells, each filled or empty. */
export interface CoarseGrid {
  /** Edge of a cell. */
  readonly cell: number;
  /** Cells along x, y and z. */
  readonly size: readonly [number, number, number];
  /** Corner of cell (0, 0, 0). */
  readonly corner: readonly [number, number, number];
  /** 1 where filled; x runs fastest, then y. */
  readonly filled: Uint8Array;
  /** Weight of the splats in each cell as a multiple of a typical filled one's. */
  readonly density: Float32Array;
}

/** Index of the cell of `grid` at `value` along `axis`; may be outside. */
export function cellAt(
  grid: CoarseGrid,
  axis: 0 | 1 | 2,
  value: number,
): number {
  return Math.floor((value - grid.corner[axis]) / grid.cell);
}

/** Centre of cell `index` along `axis`. */
export function cellCentre(
  grid: CoarseGrid,
  axis: 0 | 1 | 2,
  index: number,
): number {
  return grid.corner[axis] + (index + 0.5) * grid.cell;
}

/** Sorts `sample` into cells over `box`. */
export function makeCoarseGrid(sample: PlaceSample, box: Bounds): CoarseGrid {
  const extent = ([0, 1, 2] as const).map((a) => box.max[a] - box.min[a]);
  const cells = Math.min(
    MAX_CELLS,
    Math.max(8, Math.sqrt(sample.count / SAMPLES_PER_SQUARE_CELL)),
  );
  const cell = Math.max(
    extent[0]! / cells,
    extent[1]! / cells,
    extent[2]! / Math.min(cells, MAX_LAYERS),
  );
  const size = extent.map((e) => Math.ceil(e / cell) + 2 * MARGIN) as [
    number,
    number,
    number,
  ];
  const corner = ([0, 1, 2] as const).map((axis) =>
    (box.min[axis] + box.max[axis] - size[axis] * cell) / 2
  ) as [number, number, number];
  const mass = new Float32Array(size[0] * size[1] * size[2]);
  for (let i = 0; i < sample.count; i++) {
    const x = Math.floor((sample.x[i]! - corner[0]) / cell);
    const y = Math.floor((sample.y[i]! - corner[1]) / cell);
    const z = Math.floor((sample.z[i]! - corner[2]) / cell);
    if (
      x >= 0 && y >= 0 && z >= 0 && x < size[0] && y < size[1] && z < size[2]
    ) {
      mass[x + size[0] * (y + size[1] * z)]! += sample.weight[i]!;
    }
  }
  const typical = typicalMass(mass);
  const filled = new Uint8Array(mass.length);
  const density = new Float32Array(mass.length);
  for (let i = 0; i < mass.length; i++) {
    const value = mass[i]!;
    if (!(value > 0)) continue;
    density[i] = value / typical;
    if (value >= FILLED_SHARE * typical) filled[i] = 1;
  }
  return { cell, size, corner, filled, density };
}

/** The median of the cells that have any mass, 0 if none has. */
function typicalMass(mass: Float32Array): number {
  const some = new Float32Array(mass.length);
  let count = 0;
  for (let i = 0; i < mass.length; i++) {
    if (mass[i]! > 0) some[count++] = mass[i]!;
  }
  return median(some.subarray(0, count));
}

/** The middle value, 0 of none. */
export function median(values: Float32Array | Float64Array): number {
  return values.length === 0 ? 0 : values.toSorted()[values.length >> 1]!;
}

/**
 * Squared distance in cells from each cell of a map to the nearest one that is
 * blocked (Felzenszwalb and Huttenlocher 2012); the border counts as free.
 */
export function distanceMap(
  blocked: Uint8Array,
  width: number,
  height: number,
): Float64Array {
  const far = 2 * (width + height) ** 2;
  const distance = Float64Array.from(blocked, (b) => b ? 0 : far);
  const line = new Float64Array(Math.max(width, height));
  const pass = (start: number, step: number, length: number): void => {
    for (let i = 0; i < length; i++) line[i] = distance[start + i * step]!;
    for (let i = 0; i < length; i++) {
      let best = line[i]!;
      for (let j = 0; j < length; j++) {
        const value = (i - j) ** 2 + line[j]!;
        if (value < best) best = value;
      }
      distance[start + i * step] = best;
    }
  };
  for (let y = 0; y < height; y++) pass(y * width, 1, width);
  for (let x = 0; x < width; x++) pass(x, width, height);
  return distance;
}

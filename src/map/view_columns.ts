/**
 * A depth picture, column by column: each is a fan of rays over one straight
 * line on the ground.
 *
 * @module
 */

import type { CellGrid } from "./cell_grid.ts";
import type { DepthView } from "./explored_map.ts";

/** Samples of a picture along each side. */
const SAMPLES = 128;
/** Farther depth says little about what is free, metres. */
export const FARTHEST = 8;

/** The rays of one column, from the upper to the lower; one number each. */
export interface Column {
  /** Where the rays begin, world metres. */
  readonly x: number;
  readonly y: number;
  /** Direction of the line on the ground, a unit vector. */
  readonly dx: number;
  readonly dy: number;
  /** Metres on the ground a metre of depth. */
  readonly stretch: number;
  /** Metres down a metre of depth. */
  readonly slope: Float64Array;
  /** Depth, metres; 0 where nothing is. */
  readonly depth: Float64Array;
  /** Metres on the ground to where the ray ends. */
  readonly ground: Float64Array;
  /** Cell in which it ends; -1 outside the grid or too far to count. */
  readonly cell: Int32Array;
}

/** The columns of `view` over `grid`; each is good until the next one. */
export function* viewColumns(
  { width, height, depth: picture, fov, pose }: DepthView,
  grid: CellGrid,
): Generator<Column, void> {
  const { x, y, yaw } = pose;
  const { x0, y0, cell: side, columns, rows } = grid;
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const radians = yaw * Math.PI / 180;
  const [cosine, sine] = [Math.cos(radians), Math.sin(radians)];
  const columnStep = Math.max(1, Math.floor(width / SAMPLES));
  const rowStep = Math.max(1, Math.floor(height / SAMPLES));
  const first = rowStep >> 1;
  const count = Math.ceil((height - first) / rowStep);
  const slope = Float64Array.from(
    { length: count },
    (_, i) => (first + i * rowStep + 0.5 - height / 2) / focal,
  );
  const depth = new Float64Array(count);
  const ground = new Float64Array(count);
  const cell = new Int32Array(count);
  for (let column = columnStep >> 1; column < width; column += columnStep) {
    const aside = (column + 0.5 - width / 2) / focal;
    const stretch = Math.hypot(1, aside);
    const dx = (cosine + aside * sine) / stretch;
    const dy = (sine - aside * cosine) / stretch;
    for (let i = 0; i < count; i++) {
      const z = picture[(first + i * rowStep) * width + column]!;
      const away = z * stretch;
      depth[i] = z > 0 ? z : 0;
      ground[i] = away;
      const across = Math.floor((x + dx * away - x0) / side);
      const along = Math.floor((y + dy * away - y0) / side);
      cell[i] = away < FARTHEST && across >= 0 && along >= 0 &&
          across < columns && along < rows
        ? along * columns + across
        : -1;
    }
    yield { x, y, dx, dy, stretch, slope, depth, ground, cell };
  }
}

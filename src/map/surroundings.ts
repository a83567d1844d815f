/**
 * What kind of place it is in which nobody can walk, in words: an object,
 * something outdoors, or a handful of splats.
 *
 * @module
 */

import type { Position } from "./free_space.ts";
import type { Occupancy } from "./occupancy.ts";

/** Fewer solid voxels are no place: a cupboard's faces have as many. */
const FEWEST_VOXELS = 300;
/** Directions looked along. */
const AZIMUTHS = 72;
/** Whoever is within a place sees something solid in this share of directions. */
const ENCLOSED = 0.5;
/** What is so far below and above the eye is in sight of a level look, in units. */
const BELOW_EYE = 0.7;
const ABOVE_EYE = 0.5;
/** A place so much wider than high, both ways, is no single object. */
const WIDE = 2.5;
/** Share of a place's solid voxels left out at each of its ends. */
const OUTSIDE = 0.05;
/** A ceiling covers this share of the columns so near the start, in units. */
const COVERED = 0.4;
const NEAR = 2;

/** `lack` (why nobody can walk there), and what kind of place that is. */
export function whyNoGround(
  occupancy: Occupancy,
  start: Position,
  lack: string,
): string {
  const extents = extentsOf(occupancy);
  if (extents === undefined) {
    return `${lack}: there are too few splats to tell a floor from walls`;
  }
  if (enclosure(occupancy, start) < ENCLOSED) {
    const [across, along, up] = extents;
    return Math.min(across, along) > WIDE * up
      ? `${lack}: it is an open, outdoor place, seen from outside`
      : `${lack}: it is a single object, seen from outside`;
  }
  return coverOver(occupancy, start) < COVERED
    ? `${lack}: it is an outdoor place, open to the sky`
    : lack;
}

/** Voxels that the solid part of a place is long along x, y and z; `undefined` of too few. */
function extentsOf(
  { grid, layers, filled }: Occupancy,
): [number, number, number] | undefined {
  const counts = [grid.columns, grid.rows, layers].map((length) =>
    new Float64Array(length)
  );
  let total = 0;
  for (let index = 0; index < filled.length; index++) {
    if (filled[index] === 0) continue;
    const layer = index % layers;
    const cell = (index - layer) / layers;
    counts[0]![cell % grid.columns]!++;
    counts[1]![Math.floor(cell / grid.columns)]!++;
    counts[2]![layer]!++;
    total++;
  }
  if (total < FEWEST_VOXELS) return undefined;
  return counts.map((line) => {
    const at = (share: number): number => {
      let sum = 0;
      return line.findIndex((count) => (sum += count) >= share * total);
    };
    return at(1 - OUTSIDE) - at(OUTSIDE) + 1;
  }) as [number, number, number];
}

/** Share of directions in which a level look from `start` meets something solid. */
function enclosure(
  { grid, layers, z0, filled, unit }: Occupancy,
  { x, y, z }: Position,
): number {
  const bottom = Math.max(
    0,
    Math.floor((z - BELOW_EYE * unit - z0) / grid.cell),
  );
  const top = Math.min(
    layers - 1,
    Math.floor((z + ABOVE_EYE * unit - z0) / grid.cell),
  );
  let met = 0;
  for (let i = 0; i < AZIMUTHS; i++) {
    const azimuth = 2 * Math.PI * i / AZIMUTHS;
    const dx = Math.cos(azimuth) * grid.cell;
    const dy = Math.sin(azimuth) * grid.cell;
    let isMet = false;
    for (let step = 1; !isMet; step++) {
      const cell = grid.at(x + step * dx, y + step * dy);
      if (cell < 0) break;
      for (let layer = bottom; layer <= top && !isMet; layer++) {
        isMet = filled[cell * layers + layer] === 1;
      }
    }
    if (isMet) met++;
  }
  return met / AZIMUTHS;
}

/** Share of the columns near `start` with something solid high above its eye. */
function coverOver(
  { grid, layers, z0, filled, unit }: Occupancy,
  { x, y, z }: Position,
): number {
  const from = Math.max(
    0,
    Math.ceil((z + ABOVE_EYE * unit - z0) / grid.cell),
  );
  const home = grid.at(x, y);
  let covered = 0;
  let columns = 0;
  for (const { dx, dy } of grid.disc(NEAR * unit)) {
    const cell = home < 0 ? -1 : grid.beside(home, dx, dy);
    if (cell < 0) continue;
    columns++;
    let layer = from;
    while (layer < layers && filled[cell * layers + layer] === 0) layer++;
    if (layer < layers) covered++;
  }
  return columns === 0 ? 0 : covered / columns;
}

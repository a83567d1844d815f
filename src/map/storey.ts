/**
 * The storey on which somebody stands: its floor, what stands on it, and how
 * high one may rise above it. Found by walking over the voxels from the start.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { Sliced } from "./in_slices.ts";
import type { Occupancy } from "./occupancy.ts";

/** What a column is to somebody who stands on the storey. */
export const NOWHERE = 0;
export const OPEN = 1;
export const BLOCKED = 2;

/** Columns as seen from a start; one number a cell of the grid. */
export interface Storey {
  /** {@linkcode NOWHERE} (no floor, or never reached), {@linkcode OPEN} or {@linkcode BLOCKED}. */
  readonly state: Uint8Array;
  /** World z of the floor, metres; meaningless where nowhere. */
  readonly floor: Float32Array;
  /** World z of what hangs above the body, metres; infinite where nothing does. */
  readonly roof: Float32Array;
  /** World z of the floor under the start, metres. */
  readonly level: number;
  /** World z of further floors far above or below, metres. */
  readonly others: readonly number[];
  /** Share of the open columns that have floor of their own; holes do not. */
  readonly support: number;
}

/** How an agent stands. */
export interface Stance {
  /** World metres; at camera height or anywhere above the floor. */
  readonly start: Pick<Pose, "x" | "y" | "z">;
  /** Of the camera above the floor, metres; absent for that of the start. */
  readonly cameraHeight: number | undefined;
}

/** Lower things are walked over: rugs, thresholds, noise. In units. */
const STEP = 0.2;
/** Steepest floor that is one: streets are less steep, what hangs from beds is more. */
const SLOPE = 0.25;
/** Layers by which a slope's next cell may differ. */
const RIPPLE = 1.3;
/** Air above the camera, in units. */
const HEADROOM = 0.1;
/** Holes in the floor are crossed up to this, in units. */
const HOLE = 0.6;
/** The start may stand so far from the nearest floor, in units. */
const START_REACH = 1;
/** Of the height between start and floor, this share above the floor is free: tables are no floors. */
const FREE_SHARE = 0.8;
/** The start is at least so high above the floor, and floors differ at least by so much, in units. */
const LEAST_HEIGHT = 0.3;
const LEAST_STOREY = 2;
/** Columns between two looks at the clock. */
const BLOCK = 4096;
/** Share of the start's floor that a further floor has at least. */
const FURTHER_FLOOR = 0.4;

/** Walks from the start; `undefined` if there is no floor under it. */
export function* findStorey(
  occupancy: Occupancy,
  stance: Stance,
): Sliced<Storey | undefined> {
  const { layers, z0, unit } = occupancy;
  const { cell } = occupancy.grid;
  const found = yield* findFloors(occupancy, stance);
  if (found === undefined) return undefined;
  const { level, others } = found;
  // The middle of the uppermost voxel: a level floor fills one or two layers.
  const zOf = (layer: number): number => z0 + (layer + 0.5) * cell;
  const height = stance.cameraHeight ?? stance.start.z - zOf(level);
  const walk = new Flood(occupancy, {
    step: Math.max(1, Math.round(STEP * unit / cell)),
    head: Math.ceil((height + HEADROOM * unit) / cell),
    hole: Math.ceil(HOLE * unit / cell),
  });
  walk.seed(stance.start, level, START_REACH * unit);
  yield* walk.run();
  const floor = Float32Array.from(walk.floor, zOf);
  const roof = Float32Array.from(
    walk.roof,
    (layer) => layer >= layers ? Infinity : z0 + layer * cell,
  );
  return {
    state: walk.state,
    floor,
    roof,
    level: zOf(level),
    others: others.map(zOf),
    support: walk.open === 0 ? 0 : 1 - walk.holes / walk.open,
  };
}

/**
 * The layer that most columns have as floor under the height `z`, and those of
 * other storeys. A floor is a filled voxel with air above it; the more room the
 * higher the eye: so a table is none, nor what floats below a floor.
 */
function* findFloors(
  { grid, layers, z0, filled, unit }: Occupancy,
  { start: { z }, cameraHeight = Infinity }: Stance,
): Sliced<{ level: number; others: number[] } | undefined> {
  const { cell } = grid;
  const eye = (z - z0) / cell;
  const least = Math.min(LEAST_HEIGHT * unit, cameraHeight / 2) / cell;
  const count = new Float64Array(layers);
  const storey = Math.round(LEAST_STOREY * unit / cell);
  for (let column = 0; column < grid.size; column++) {
    if (column % BLOCK === 0) yield;
    const base = column * layers;
    let ceiling = layers;
    for (let layer = layers - 1; layer >= 0; layer--) {
      if (filled[base + layer] === 0) continue;
      const room = ceiling - layer - 1;
      const isUnder = layer + 1 <= eye - least;
      const wanted = isUnder ? FREE_SHARE * (eye - layer) : 0.9 * storey;
      if (room >= wanted) count[layer]!++;
      ceiling = layer;
    }
  }
  // Noise spreads a floor over neighbouring layers.
  const smooth = count.map((value, layer) =>
    value + (count[layer - 1] ?? 0) + (count[layer + 1] ?? 0)
  );
  let level = -1;
  for (let layer = 0; layer + 1 <= eye - least; layer++) {
    const isMore = level < 0 || smooth[layer]! > smooth[level]! ||
      (smooth[layer] === smooth[level] && count[layer]! > count[level]!);
    if (smooth[layer]! > 0 && isMore) level = layer;
  }
  if (level < 0) return undefined;
  const others: number[] = [];
  for (let layer = 0; layer < layers - storey / 2; layer++) {
    const isPeak = smooth[layer]! >= (smooth[layer - 1] ?? 0) &&
      smooth[layer]! > (smooth[layer + 1] ?? 0);
    const isFar = [level, ...others].every((other) =>
      Math.abs(layer - other) >= storey
    );
    if (isPeak && isFar && smooth[layer]! >= FURTHER_FLOOR * smooth[level]!) {
      others.push(layer);
    }
  }
  return { level, others };
}

/** Spreads over the columns, floor to neighbouring floor. */
class Flood {
  readonly state: Uint8Array;
  /** Layer of the floor's uppermost voxel. */
  readonly floor: Int16Array;
  /** The same without what lies on the floor: follows slopes, not steps. */
  readonly #level: Float32Array;
  /** First filled layer above the body. */
  readonly roof: Int16Array;
  /** Open columns, and those of them without floor of their own. */
  open = 0;
  holes = 0;
  readonly #occupancy: Occupancy;
  readonly #step: number;
  readonly #head: number;
  readonly #hole: number;
  /** Columns to go on from, by the cells since there was floor. */
  readonly #waiting: number[][];

  /** @param options all in layers or cells */
  constructor(
    occupancy: Occupancy,
    { step, head, hole }: { step: number; head: number; hole: number },
  ) {
    const { size } = occupancy.grid;
    this.#occupancy = occupancy;
    this.#step = step;
    this.#head = head;
    this.#hole = hole;
    this.state = new Uint8Array(size);
    this.floor = new Int16Array(size);
    this.#level = new Float32Array(size);
    this.roof = new Int16Array(size).fill(occupancy.layers);
    this.#waiting = Array.from({ length: hole + 1 }, () => []);
  }

  /** Starts at the floored columns next to `start`. */
  seed(
    { x, y }: { x: number; y: number },
    level: number,
    reach: number,
  ): void {
    const { grid } = this.#occupancy;
    const cells = Math.ceil(reach / grid.cell);
    for (let ring = 0; ring <= cells && this.open === 0; ring++) {
      for (let dy = -ring; dy <= ring; dy++) {
        for (let dx = -ring; dx <= ring; dx++) {
          if (Math.max(Math.abs(dx), Math.abs(dy)) !== ring) continue;
          const cell = grid.at(x + dx * grid.cell, y + dy * grid.cell);
          if (cell < 0 || this.state[cell] !== NOWHERE) continue;
          const floor = this.#floorNear(cell, level);
          if (floor !== undefined) this.#enter(cell, { floor, level, gap: 0 });
        }
      }
    }
  }

  *run(): Sliced<void> {
    const { columns, rows } = this.#occupancy.grid;
    let visited = 0;
    for (
      let gap = 0;
      gap <= this.#hole;
      gap = this.#waiting[0]!.length > 0 ? 0 : gap + 1
    ) {
      const waiting = this.#waiting[gap]!;
      while (waiting.length > 0) {
        const cell = waiting.pop()!;
        if (++visited % BLOCK === 0) yield;
        const column = cell % columns;
        const row = (cell - column) / columns;
        if (column > 0) this.#visit(cell, cell - 1, gap);
        if (column < columns - 1) this.#visit(cell, cell + 1, gap);
        if (row > 0) this.#visit(cell, cell - columns, gap);
        if (row < rows - 1) this.#visit(cell, cell + columns, gap);
      }
    }
  }

  #visit(from: number, cell: number, gap: number): void {
    if (this.state[cell] !== NOWHERE) return;
    const level = this.#level[from]!;
    const floor = this.#floorNear(cell, Math.round(level));
    if (floor !== undefined) {
      // What is higher or lower lies on the floor or in it, and is no slope.
      const rise = Math.abs(floor - level) > RIPPLE
        ? 0
        : Math.max(-SLOPE, Math.min(floor - level, SLOPE));
      this.#enter(cell, { floor, level: level + rise, gap: 0 });
    } else if (gap < this.#hole) {
      this.#enter(cell, { floor: Math.round(level), level, gap: gap + 1 });
    }
  }

  /** The uppermost voxel of the floor at `cell`, a step above or below `level` at most. */
  #floorNear(cell: number, level: number): number | undefined {
    const { layers, filled } = this.#occupancy;
    const top = Math.min(layers - 1, level + this.#step);
    const bottom = Math.max(0, level - this.#step);
    for (let layer = top; layer >= bottom; layer--) {
      if (filled[cell * layers + layer] === 1) return layer;
    }
    return undefined;
  }

  #enter(
    cell: number,
    { floor, level, gap }: { floor: number; level: number; gap: number },
  ): void {
    const { layers, filled } = this.#occupancy;
    const base = cell * layers;
    this.floor[cell] = floor;
    this.#level[cell] = level;
    const top = Math.min(layers, floor + 1 + this.#head);
    for (let layer = floor + 1; layer < top; layer++) {
      if (filled[base + layer] === 1) {
        this.state[cell] = BLOCKED;
        return;
      }
    }
    let roof = top;
    while (roof < layers && filled[base + roof] === 0) roof++;
    this.roof[cell] = roof;
    this.state[cell] = OPEN;
    this.open++;
    if (gap > 0) this.holes++;
    this.#waiting[gap]!.push(cell);
  }
}

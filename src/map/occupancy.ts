/**
 * Where a place is solid: a grid of voxels that splats fill by their opacity
 * and area. What floats alone in the air is left out.
 *
 * @module
 */

import type { Vector3 } from "../geometry/vector.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { Splats } from "../scene/splats.ts";
import { CellGrid } from "./cell_grid.ts";
import { inSlices, type Sliced } from "./in_slices.ts";
import { removeFloaters } from "./remove_floaters.ts";

/** Voxels over a place; world axes, metres. */
export interface Occupancy {
  /** The columns, seen from above; a voxel is a cube of its cell's side. */
  readonly grid: CellGrid;
  /** Voxels a column. */
  readonly layers: number;
  /** World z of the lowest layer's lower side. */
  readonly z0: number;
  /** 1 where solid; `index of the cell * layers + layer`. */
  readonly filled: Uint8Array;
  /** What stands for a metre where the scene's scale is a guess; else 1. */
  readonly unit: number;
}

/** Options for {@linkcode makeOccupancy}. */
export interface OccupancyOptions {
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Side of a voxel and room around the bounds, in units. */
const CELL = 0.1;
const MARGIN = 0.5;
/** Most columns along a side, and most voxels: larger places get larger voxels. */
const MOST_CELLS = 512;
const MOST_VOXELS = 8_000_000;
/** Most splats that are looked at; of more, every n-th stands for n. */
const MOST_SPLATS = 2_000_000;
/** Fainter splats are fog. */
const LEAST_OPACITY = 0.06;
/** How far a splat reaches, standard deviations: the part in which it is opaque. */
const REACH = 1.5;
/** Most samples along an axis of a splat that is larger than a voxel. */
const MOST_SAMPLES = 48;
/**
 * Opacity times covered share of a voxel's side from which it is solid: this
 * share of what the place's surfaces have in the middle (1 to 2 where they are
 * scanned densely), within limits.
 */
const SOLID_SHARE = 0.5;
const LEAST_SOLID = 0.3;
const MOST_SOLID = 0.6;
/** Most that one splat adds to a voxel: what is solid has several, a floater is alone. */
const LONE = 0.25;
/** Parts of the range of masses in which their middle is looked for. */
const BINS = 64;
/** Splats between two looks at the clock. */
const BLOCK = 4096;
/** Height of the eye above the floor by which a guessed scale is told, metres. */
const EYE_HEIGHT = 1.5;

/**
 * Fills the voxels over `frame`'s bounds from `splats`, in short slices.
 *
 * @throws The signal's reason if aborted.
 */
export async function makeOccupancy(
  splats: Splats,
  frame: SceneFrame,
  { signal }: OccupancyOptions = {},
): Promise<Occupancy> {
  return await inSlices(fill(splats, frame), signal);
}

/** Metres that stand for one where the scale is a guess: by the height of the start. */
export function unitOf(
  { guessed, start, bounds, eyeHeight = EYE_HEIGHT }: SceneFrame,
): number {
  const height = start.z - bounds.min[2];
  return guessed.includes("scale") && height > 0 ? height / eyeHeight : 1;
}

/** Voxels of the right number, all empty. */
export function emptyOccupancy(frame: SceneFrame): Occupancy {
  const { bounds } = frame;
  const unit = unitOf(frame);
  const margin = MARGIN * unit;
  let cell = CELL * unit;
  while (true) {
    const grid = new CellGrid(bounds, { cell, margin, most: MOST_CELLS });
    const layers = Math.max(
      1,
      Math.ceil((bounds.max[2] - bounds.min[2] + 2 * margin) / grid.cell),
    );
    if (grid.size * layers <= MOST_VOXELS) {
      const filled = new Uint8Array(grid.size * layers);
      return { grid, layers, z0: bounds.min[2] - margin, filled, unit };
    }
    cell = 1.1 * grid.cell;
  }
}

function* fill(splats: Splats, frame: SceneFrame): Sliced<Occupancy> {
  const occupancy = emptyOccupancy(frame);
  const mass = new Float32Array(occupancy.filled.length);
  const step = Math.max(1, Math.ceil(splats.count / MOST_SPLATS));
  const brush = new Brush(occupancy, mass, { splats, frame, weight: step });
  for (let from = 0; from < splats.count; from += BLOCK * step) {
    const to = Math.min(splats.count, from + BLOCK * step);
    for (let splat = from; splat < to; splat += step) brush.add(splat);
    yield;
  }
  const { filled } = occupancy;
  const solid = yield* solidMass(mass);
  for (let from = 0; from < mass.length; from += 64 * BLOCK) {
    const to = Math.min(mass.length, from + 64 * BLOCK);
    for (let i = from; i < to; i++) filled[i] = mass[i]! >= solid ? 1 : 0;
    yield;
  }
  yield* removeFloaters(occupancy);
  return occupancy;
}

/** The mass from which a voxel is solid. */
function* solidMass(mass: Float32Array): Sliced<number> {
  const most = MOST_SOLID / SOLID_SHARE;
  const counts = new Uint32Array(BINS);
  let total = 0;
  for (let from = 0; from < mass.length; from += 64 * BLOCK) {
    const to = Math.min(mass.length, from + 64 * BLOCK);
    for (let i = from; i < to; i++) {
      // One splat's mass is no surface.
      if (mass[i]! <= LONE) continue;
      counts[Math.min(BINS - 1, Math.floor(mass[i]! / most * BINS))]!++;
      total++;
    }
    yield;
  }
  let below = 0;
  const middle = counts.findIndex((count) => (below += count) >= total / 2);
  const typical = (middle + 0.5) / BINS * most;
  return Math.min(MOST_SOLID, Math.max(LEAST_SOLID, SOLID_SHARE * typical));
}

/** Adds the mass of one splat after the other. */
class Brush {
  readonly #occupancy: Occupancy;
  readonly #mass: Float32Array;
  readonly #splats: Splats;
  /** World from file: nine numbers by rows, and the offset. */
  readonly #turn: Float64Array;
  readonly #offset: Vector3;
  readonly #scale: number;
  /** Splats that each stands for. */
  readonly #weight: number;
  /** Directions of the splat's two long axes in the world. */
  readonly #first = new Float64Array(3);
  readonly #second = new Float64Array(3);

  constructor(
    occupancy: Occupancy,
    mass: Float32Array,
    { splats, frame, weight }: {
      splats: Splats;
      frame: Pick<SceneFrame, "axes" | "origin" | "metresPerUnit">;
      weight: number;
    },
  ) {
    this.#occupancy = occupancy;
    this.#mass = mass;
    this.#splats = splats;
    this.#weight = weight;
    const { axes, origin, metresPerUnit } = frame;
    this.#scale = metresPerUnit;
    this.#turn = Float64Array.from(axes.flat());
    this.#offset = axes.map((axis) =>
      -metresPerUnit *
      (axis[0] * origin[0] + axis[1] * origin[1] + axis[2] * origin[2])
    ) as unknown as Vector3;
  }

  add(splat: number): void {
    const { positions, scales, opacities } = this.#splats;
    const opacity = opacities[splat]!;
    if (!(opacity >= LEAST_OPACITY)) return;
    const at = 3 * splat;
    const [px, py, pz] = [
      positions[at]!,
      positions[at + 1]!,
      positions[at + 2]!,
    ];
    const turn = this.#turn;
    const scale = this.#scale;
    const offset = this.#offset;
    const x = offset[0] +
      scale * (turn[0]! * px + turn[1]! * py + turn[2]! * pz);
    const y = offset[1] +
      scale * (turn[3]! * px + turn[4]! * py + turn[5]! * pz);
    const z = offset[2] +
      scale * (turn[6]! * px + turn[7]! * py + turn[8]! * pz);
    // The two longest axes: the splat as a flat disc.
    const extents = [scales[at]!, scales[at + 1]!, scales[at + 2]!];
    const shortest = extents[0]! <= extents[1]!
      ? (extents[0]! <= extents[2]! ? 0 : 2)
      : (extents[1]! <= extents[2]! ? 1 : 2);
    const first = shortest === 0 ? 1 : 0;
    const second = shortest === 2 ? 1 : 2;
    const a = scale * extents[first]!;
    const b = scale * extents[second]!;
    const { cell } = this.#occupancy.grid;
    const weight = this.#weight * opacity / cell ** 2;
    if (REACH * Math.max(a, b) <= cell / 2) {
      this.#deposit(x, y, z, 2 * Math.PI * a * b * weight);
      return;
    }
    this.#axis(splat, first, this.#first);
    this.#axis(splat, second, this.#second);
    const [u, v] = [this.#first, this.#second];
    const along = samplesOf(a, cell);
    const across = samplesOf(b, cell);
    for (let i = 0; i < along.count; i++) {
      const s = along.start + i * along.spacing;
      for (let j = 0; j < across.count; j++) {
        const t = across.start + j * across.spacing;
        const share = along.weigh(s) * across.weigh(t);
        this.#deposit(
          x + s * u[0]! + t * v[0]!,
          y + s * u[1]! + t * v[1]!,
          z + s * u[2]! + t * v[2]!,
          weight * share,
        );
      }
    }
  }

  #deposit(x: number, y: number, z: number, mass: number): void {
    const { grid, layers, z0 } = this.#occupancy;
    const cell = grid.at(x, y);
    const layer = Math.floor((z - z0) / grid.cell);
    if (cell < 0 || !(layer >= 0 && layer < layers)) return;
    this.#mass[cell * layers + layer]! += Math.min(mass, LONE);
  }

  /** Writes the world direction of axis `which` of a splat. */
  #axis(splat: number, which: number, into: Float64Array): void {
    const { rotations } = this.#splats;
    const [w, x, y, z] = [
      rotations[4 * splat]!,
      rotations[4 * splat + 1]!,
      rotations[4 * splat + 2]!,
      rotations[4 * splat + 3]!,
    ];
    const turn = this.#turn;
    const [fx, fy, fz] = which === 0
      ? [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)]
      : which === 1
      ? [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)]
      : [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)];
    for (let row = 0; row < 3; row++) {
      into[row] = turn[3 * row]! * fx + turn[3 * row + 1]! * fy +
        turn[3 * row + 2]! * fz;
    }
  }
}

/** Where an axis with standard deviation `deviation` is sampled, and the length that a sample stands for. */
interface Samples {
  readonly count: number;
  /** Metres from the middle. */
  readonly start: number;
  /** Metres. */
  readonly spacing: number;
  /** Metres of full opacity that the sample at `offset` stands for. */
  weigh(offset: number): number;
}

function samplesOf(deviation: number, cell: number): Samples {
  const length = 2 * REACH * deviation;
  const count = Math.min(MOST_SAMPLES, Math.max(1, Math.ceil(length / cell)));
  const spacing = length / count;
  return {
    count,
    start: (spacing - length) / 2,
    spacing,
    weigh: count === 1
      ? () => Math.sqrt(2 * Math.PI) * deviation
      : (offset) => spacing * Math.exp(-0.5 * (offset / deviation) ** 2),
  };
}

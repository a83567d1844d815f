/**
 * Where an agent can stand and how it gets there: the ground plan of one
 * storey, grown by the agent's radius. Made from voxels; every query is a few
 * look-ups.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { CellGrid } from "./cell_grid.ts";
import type { Occupancy } from "./occupancy.ts";
import { BLOCKED, findStorey, OPEN, type Storey } from "./storey.ts";
import { Walk } from "./walk.ts";

/** A position in the world, metres. */
export type Position = Pick<Pose, "x" | "y" | "z">;

/** Options for {@linkcode findFreeSpace}. */
export interface FreeSpaceOptions {
  /** Whose storey it is: the start viewpoint. */
  readonly start: Position;
  /** World box that agents stay in, metres. */
  readonly bounds: Bounds;
  /** Of the agent, metres. @default {0.18, less in places of unknown scale that are small} */
  readonly radius?: number;
  /** Of the camera above the floor, metres. @default {the start's} */
  readonly cameraHeight?: number;
}

/** Why a place cannot be walked, in words for people. */
export interface Distrust {
  readonly problem: string;
}

/** Radius of an agent, in units: Habitat's. */
const RADIUS = 0.18;
/** The camera stays so far above the floor and below what hangs, in units. */
const ABOVE_FLOOR = 0.2;
const BELOW_ROOF = 0.15;
/** The floor under an agent is level but for this, in units. */
const UNEVEN = 0.3;
/** The start is so near to free ground, in units. */
const START_REACH = 1;
/** A place to walk in has so much free ground, square units, and so much of it with floor to be seen. */
const LEAST_AREA = 1.5;
const LEAST_SUPPORT = 0.5;
/** Columns of the grid that are walked over at least, of those with anything in them. */
const LEAST_SHARE = 0.04;

/** The free space round `start`, or why there is none to be trusted. */
export function findFreeSpace(
  occupancy: Occupancy,
  options: FreeSpaceOptions,
): FreeSpace | Distrust {
  const { unit } = occupancy;
  const storey = findStorey(occupancy, {
    start: options.start,
    cameraHeight: options.cameraHeight,
  });
  if (storey === undefined) return { problem: "no floor is seen" };
  if (storey.support < LEAST_SUPPORT) {
    return { problem: "hardly any floor is seen under the start" };
  }
  const space = new FreeSpace(occupancy, storey, options);
  const { x, y } = options.start;
  const near = space.nearest(options.start);
  if (
    near === undefined ||
    Math.hypot(near.x - x, near.y - y) > START_REACH * unit
  ) {
    return { problem: "the start is not near any free ground" };
  }
  const area = space.reachableArea(near);
  if (area < LEAST_AREA * unit ** 2) {
    return {
      problem: `only ${area.toFixed(1)} square metres of free ground are seen`,
    };
  }
  const covered = space.area / (occupiedCells(occupancy) *
    occupancy.grid.cell ** 2);
  return covered < LEAST_SHARE
    ? { problem: "free ground is only a small part of the place" }
    : space;
}

/** Columns with anything in them. */
function occupiedCells({ grid, layers, filled }: Occupancy): number {
  let cells = 0;
  for (let cell = 0; cell < grid.size; cell++) {
    let layer = 0;
    while (layer < layers && filled[cell * layers + layer] === 0) layer++;
    if (layer < layers) cells++;
  }
  return Math.max(1, cells);
}

/** Free ground of one storey. All positions in world metres. */
export class FreeSpace {
  readonly grid: CellGrid;
  readonly bounds: Bounds;
  /** Metres kept to what is solid. */
  readonly radius: number;
  /** World z of the floor under the start, metres. */
  readonly floor: number;
  /** World z of the ceiling over most of the free ground, metres; absent under the sky. */
  readonly ceiling: number | undefined;
  /** World z of further storeys, on which no agent of this one walks, metres. */
  readonly otherFloors: readonly number[];
  /** 1 where an agent may stand. */
  readonly #open: Uint8Array;
  /** World z of the floor, and between which a camera may be, metres. */
  readonly #floor: Float32Array;
  readonly #low: Float32Array;
  readonly #high: Float32Array;
  /** Walks from cells that were asked for, the latest last. */
  readonly #walks = new Map<number, Walk>();

  constructor(
    { grid, unit }: Occupancy,
    { state, floor, roof, level, others }: Storey,
    { bounds, radius = RADIUS * unit }: FreeSpaceOptions,
  ) {
    this.grid = grid;
    this.bounds = bounds;
    this.radius = radius;
    this.floor = level;
    this.otherFloors = others;
    this.#open = new Uint8Array(grid.size);
    this.#floor = floor;
    this.#low = new Float32Array(grid.size);
    this.#high = new Float32Array(grid.size);
    const disc = grid.disc(radius);
    const roofs: number[] = [];
    for (let cell = 0; cell < grid.size; cell++) {
      const [x, y] = [grid.x(cell), grid.y(cell)];
      if (state[cell] !== OPEN || !isInside(bounds, x, y)) continue;
      let isFree = true;
      let [lowest, highest] = [floor[cell]!, floor[cell]!];
      let top = roof[cell]!;
      for (const { dx, dy } of disc) {
        const near = grid.beside(cell, dx, dy);
        if (near < 0) continue;
        if (state[near] === BLOCKED) {
          isFree = false;
          break;
        }
        if (state[near] !== OPEN) continue;
        lowest = Math.min(lowest, floor[near]!);
        highest = Math.max(highest, floor[near]!);
        top = Math.min(top, roof[near]!);
      }
      if (!isFree || highest - lowest > UNEVEN * unit) continue;
      this.#open[cell] = 1;
      this.#low[cell] = highest + ABOVE_FLOOR * unit;
      this.#high[cell] = top - BELOW_ROOF * unit;
      roofs.push(top);
    }
    roofs.sort((a, b) => a - b);
    const middle = roofs[roofs.length >> 1];
    this.ceiling = middle !== undefined && middle < Infinity
      ? middle
      : undefined;
  }

  /** Square metres of free ground, reachable or not. */
  get area(): number {
    let cells = 0;
    for (const open of this.#open) cells += open;
    return cells * this.grid.cell ** 2;
  }

  /** Whether an agent may stand at (x, y) and its camera be at z; at any height that suits if z is absent. */
  isFree(x: number, y: number, z?: number): boolean {
    const cell = this.grid.at(x, y);
    if (cell < 0 || this.#open[cell] !== 1) return false;
    if (!isInside(this.bounds, x, y)) return false;
    return z === undefined ||
      (z >= this.#low[cell]! && z <= this.#high[cell]! &&
        z >= this.bounds.min[2] && z <= this.bounds.max[2]);
  }

  /** World z of the floor at (x, y), metres; `undefined` where nobody may stand. */
  floorAt(x: number, y: number): number | undefined {
    const cell = this.grid.at(x, y);
    return cell >= 0 && this.#open[cell] === 1 ? this.#floor[cell] : undefined;
  }

  /**
   * The free position nearest to `to` on the straight way from `from`;
   * `undefined` if no part of the way is free. Heights are pulled between floor
   * and what hangs.
   */
  nearestAlong(from: Position, to: Position): Position | undefined {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.ceil(length / (this.grid.cell / 2));
    for (let step = 0; step <= steps; step++) {
      const share = steps === 0 ? 0 : step / steps;
      const x = to.x + share * (from.x - to.x);
      const y = to.y + share * (from.y - to.y);
      if (this.isFree(x, y)) return { x, y, z: this.#level(x, y, to.z) };
    }
    return undefined;
  }

  /** The free position nearest to `at`, wherever it is; `undefined` if there is none. */
  nearest(at: Position): Position | undefined {
    if (this.isFree(at.x, at.y)) {
      return { ...at, z: this.#level(at.x, at.y, at.z) };
    }
    let best = -1;
    let least = Infinity;
    for (let cell = 0; cell < this.#open.length; cell++) {
      if (this.#open[cell] !== 1) continue;
      const square = (this.grid.x(cell) - at.x) ** 2 +
        (this.grid.y(cell) - at.y) ** 2;
      if (square < least) [best, least] = [cell, square];
    }
    if (best < 0) return undefined;
    const [x, y] = [this.grid.x(best), this.grid.y(best)];
    return { x, y, z: this.#level(x, y, at.z) };
  }

  /**
   * Ways from a position to all others; from the nearest free one if it is not
   * free itself. The latest few are kept.
   */
  walkFrom({ x, y, z }: Position): Walk {
    const start = this.nearest({ x, y, z });
    const cell = start === undefined ? -1 : this.grid.at(start.x, start.y);
    let walk = this.#walks.get(cell);
    if (walk === undefined) {
      walk = new Walk(this.grid, this.#open, cell);
      const oldest = this.#walks.keys().next();
      if (this.#walks.size >= 8 && !oldest.done) {
        this.#walks.delete(oldest.value);
      }
      this.#walks.set(cell, walk);
    }
    return walk;
  }

  /**
   * Metres of the shortest way over free ground between two positions, from
   * and to the nearest free ones; infinite if there is none.
   */
  pathLength(from: Position, to: Position): number {
    const end = this.nearest(to);
    if (end === undefined) return Infinity;
    const walk = this.walkFrom(from);
    const along = walk.distance(this.grid.at(end.x, end.y));
    // The grid's way is as long as its cells: never less than the straight line.
    return along === Infinity
      ? Infinity
      : Math.max(along, Math.hypot(to.x - from.x, to.y - from.y));
  }

  /** Corners of the shortest way, both ends included; empty if there is none. */
  path(from: Position, to: Position): Position[] {
    const end = this.nearest(to);
    if (end === undefined) return [];
    const cells = this.walkFrom(from).path(this.grid.at(end.x, end.y));
    return this.#straightened(cells).map((cell) => ({
      x: this.grid.x(cell),
      y: this.grid.y(cell),
      z: this.#level(this.grid.x(cell), this.grid.y(cell), from.z),
    }));
  }

  /** Whether the straight way between two positions is free all along. */
  isClear(from: Position, to: Position): boolean {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.max(1, Math.ceil(length / (this.grid.cell / 2)));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const x = from.x + share * (to.x - from.x);
      const y = from.y + share * (to.y - from.y);
      if (!this.isFree(x, y)) return false;
    }
    return true;
  }

  /** Square metres that can be walked to from a position. */
  reachableArea(from: Position): number {
    const walk = this.walkFrom(from);
    let cells = 0;
    for (let cell = 0; cell < this.grid.size; cell++) {
      if (walk.distance(cell) < Infinity) cells++;
    }
    return cells * this.grid.cell ** 2;
  }

  /** Leaves out the cells between which one can walk straight. */
  #straightened(cells: readonly number[]): number[] {
    const at = (cell: number): Position => ({
      x: this.grid.x(cell),
      y: this.grid.y(cell),
      z: 0,
    });
    const kept = cells.slice(0, 1);
    for (let i = 0; i < cells.length - 1;) {
      let next = i + 1;
      for (
        let reach = 1;
        i + reach < cells.length &&
        this.isClear(at(cells[i]!), at(cells[i + reach]!));
        reach++
      ) next = i + reach;
      kept.push(cells[next]!);
      i = next;
    }
    return kept;
  }

  /** `z` between floor and roof at a free position. */
  #level(x: number, y: number, z: number): number {
    const cell = this.grid.at(x, y);
    const low = Math.max(this.#low[cell]!, this.bounds.min[2]);
    const high = Math.min(this.#high[cell]!, this.bounds.max[2]);
    return Math.max(low, Math.min(z, high));
  }
}

function isInside({ min, max }: Bounds, x: number, y: number): boolean {
  return x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1];
}

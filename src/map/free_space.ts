/**
 * Where an agent can stand and how it gets there: the ground of one storey
 * that is connected with the start. Every query is a few look-ups.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { CellGrid } from "./cell_grid.ts";
import { type GroundPlan, isInside } from "./ground_plan.ts";
import { Routes } from "./routes.ts";
import { Walk } from "./walk.ts";

/** A position in the world, metres. */
export type Position = Pick<Pose, "x" | "y" | "z">;

/** What {@linkcode FreeSpace} is made of. */
export interface FreeSpaceOptions {
  /** All of its open cells are connected. */
  readonly plan: GroundPlan;
  /** An open cell: the one nearest to the start. */
  readonly home: number;
  /** World box that agents stay in, metres. */
  readonly bounds: Bounds;
  /** Of the agent, metres. */
  readonly radius: number;
  /** World z of the floor under the start, metres. */
  readonly level: number;
  /** World z of further storeys, metres. */
  readonly otherFloors: readonly number[];
  /** Of the camera above the floor, metres, if it keeps one. */
  readonly cameraHeight: number | undefined;
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
  /** Metres of the camera above the floor; absent where any height will do. */
  readonly cameraHeight: number | undefined;
  readonly #plan: GroundPlan;
  readonly #home: number;
  #routes: Routes | undefined;
  /** Walks from cells that were asked for, the latest last. */
  readonly #walks = new Map<number, Walk>();

  constructor({ plan, home, level, ...options }: FreeSpaceOptions) {
    this.grid = plan.grid;
    this.bounds = options.bounds;
    this.radius = options.radius;
    this.floor = level;
    this.ceiling = plan.ceiling;
    this.otherFloors = options.otherFloors;
    this.cameraHeight = options.cameraHeight;
    this.#plan = plan;
    this.#home = home;
  }

  /** Square metres of free ground; all of it can be walked to from the start. */
  get area(): number {
    let cells = 0;
    for (const open of this.#plan.open) cells += open;
    return cells * this.grid.cell ** 2;
  }

  /** Whether an agent may stand at (x, y) and its camera be at z; at any height that suits if z is absent. */
  isFree(x: number, y: number, z?: number): boolean {
    const { open, low, high } = this.#plan;
    const cell = this.grid.at(x, y);
    if (cell < 0 || open[cell] !== 1) return false;
    const { min, max } = this.bounds;
    if (!isInside(this.bounds, x, y)) return false;
    return z === undefined ||
      (z >= low[cell]! && z <= high[cell]! && z >= min[2] && z <= max[2]);
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

  /** The free position nearest to `at`, wherever it is. */
  nearest(at: Position): Position {
    if (this.isFree(at.x, at.y)) {
      return { ...at, z: this.#level(at.x, at.y, at.z) };
    }
    const cell = this.grid.nearest(at.x, at.y, this.#plan.open);
    const [x, y] = [this.grid.x(cell), this.grid.y(cell)];
    return { x, y, z: this.#level(x, y, at.z) };
  }

  /**
   * Ways from a position to all others; from the nearest free one if it is not
   * free itself. The latest few are kept.
   */
  walkFrom(from: Position): Walk {
    const cell = this.#cellNear(from);
    let walk = this.#walks.get(cell);
    if (walk === undefined) {
      walk = new Walk(this.grid, this.#plan.open, cell);
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
   * and to the nearest free ones; never less than the straight line.
   */
  pathLength(from: Position, to: Position): number {
    const [start, end] = [this.#cellNear(from), this.#cellNear(to)];
    const straight = Math.hypot(to.x - from.x, to.y - from.y);
    this.#routes ??= new Routes(this.grid, this.#plan.open, this.#home);
    return Math.max(straight, this.#routes.distance(start, end));
  }

  /** Corners of the shortest way, both ends included. */
  path(from: Position, to: Position): Position[] {
    const cells = this.walkFrom(from).path(this.#cellNear(to));
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

  /** The free cell at a position or nearest to it. */
  #cellNear({ x, y }: Pick<Position, "x" | "y">): number {
    return this.isFree(x, y)
      ? this.grid.at(x, y)
      : this.grid.nearest(x, y, this.#plan.open);
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
    const low = Math.max(this.#plan.low[cell]!, this.bounds.min[2]);
    const high = Math.min(this.#plan.high[cell]!, this.bounds.max[2]);
    return Math.max(low, Math.min(z, high));
  }
}

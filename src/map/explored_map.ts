/**
 * What has been seen of a place: free, blocked and unseen cells, from rendered
 * depth alone. It knows nothing of the splats, so it holds for policies that
 * must not. What is lower than the eyes bars the way, but not the sight.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import { CellGrid } from "./cell_grid.ts";
import { Evidence } from "./evidence.ts";
import { isInside } from "./ground_plan.ts";
import { LowLooks } from "./low_looks.ts";
import { viewColumns } from "./view_columns.ts";
import { Walk } from "./walk.ts";

/** A depth picture and where it was taken. */
export interface DepthView {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Metres along the view axis a pixel; 0 where nothing is. */
  readonly depth: Float32Array;
  /** Vertical field of view, degrees; pixels are square. */
  readonly fov: number;
  readonly pose: Pose;
  /** World z of the floor, metres; where it is not known, low things are no obstacles. */
  readonly floor?: number;
}

/** Options for {@linkcode ExploredMap}. */
export interface ExploredMapOptions {
  /** Side of a cell, metres; larger in large places. @default {0.1} */
  cell?: number;
  /** Free room wanted around whoever moves, metres. @default {0.22} */
  radius?: number;
}

/** What is known of a cell. */
export type CellState = "unseen" | "free" | "blocked";

/** Headings, evenly spread from 0 degrees on, at which {@linkcode ExploredMap.unseenAround} looks. */
export const HEADINGS = 36;

/** Things from this far below the eyes bar the sight, metres. */
const SIGHT_BELOW = 0.75;
/** Things higher than this above the floor bar the way, metres. */
const STEP = 0.25;
/** How far a look is expected to reach, and how much of it through the unseen, metres. */
const LOOK_RANGE = 5;
const LOOK_UNSEEN = 2.5;
/** What is nearer than this is below the picture, metres. */
const LOOK_NEAR = 1;
/** Grows with each {@linkcode ExploredMap.add}. */
export class ExploredMap {
  readonly grid: CellGrid;
  /** Metres kept to blocked cells. */
  readonly radius: number;
  readonly #bounds: Bounds;
  /** What bars the way, and what bars the sight. */
  readonly #ways: Evidence;
  readonly #sights: Evidence;
  readonly #looks: LowLooks;
  /** Where a move could not end, or may not. */
  readonly #closed: Uint8Array;
  readonly #near: Uint8Array;
  readonly #open: Uint8Array;

  constructor(
    bounds: Bounds,
    { cell = 0.1, radius = 0.22 }: ExploredMapOptions = {},
  ) {
    this.grid = new CellGrid(bounds, { cell });
    this.radius = radius;
    this.#bounds = bounds;
    const { size } = this.grid;
    this.#ways = new Evidence(this.grid);
    this.#sights = new Evidence(this.grid);
    this.#looks = new LowLooks(this.grid);
    this.#closed = new Uint8Array(size);
    this.#near = new Uint8Array(size);
    this.#open = new Uint8Array(size);
    // Nobody stands outside the bounds.
    for (let i = 0; i < size; i++) {
      if (!isInside(bounds, this.grid.x(i), this.grid.y(i))) {
        this.#closed[i] = 1;
      }
    }
  }

  /** Adds what `view` shows. */
  add(view: DepthView): void {
    const { pose, floor = -Infinity } = view;
    const toFloor = pose.z - floor;
    const isOverFloor = toFloor > STEP && toFloor < Infinity;
    const sight = { below: SIGHT_BELOW, isOverFloor };
    const way = {
      below: isOverFloor ? toFloor - STEP : SIGHT_BELOW,
      isOverFloor,
    };
    for (const column of viewColumns(view, this.grid)) {
      this.#looks.add(column);
      this.#sights.add(column, sight);
      this.#ways.add(column, way);
    }
    this.#looks.count();
    this.#update();
  }

  /** Remembers that nobody can stand at a world position. */
  close(x: number, y: number): void {
    const index = this.grid.at(x, y);
    if (index < 0) return;
    this.#closed[index] = 1;
    this.#open[index] = 0;
  }

  /** What is known at a world position. */
  state(x: number, y: number): CellState {
    const index = this.grid.at(x, y);
    if (index < 0) return "unseen";
    if (this.#ways.blocked[index] === 1) return "blocked";
    return this.#ways.passed[index]! > 0 || this.#sights.passed[index]! > 0
      ? "free"
      : "unseen";
  }

  /** Whether one may stand here: seen to be free, and nothing near. */
  isOpen(x: number, y: number): boolean {
    const index = this.grid.at(x, y);
    return index >= 0 && this.#open[index] === 1;
  }

  /** Ways from a position over open cells; with `hopes` also over what is not known yet. */
  walkFrom(x: number, y: number, { hopes = false } = {}): Walk {
    const { grid } = this;
    const start = grid.at(x, y);
    const open = this.#open.slice();
    if (hopes) {
      const { passed } = this.#ways;
      for (let i = 0; i < open.length; i++) {
        if (
          passed[i] === 0 && this.#near[i] === 0 && this.#closed[i] === 0
        ) open[i] = 1;
      }
    }
    // Whoever stands too near to something may leave by what is seen free.
    const reach = Math.ceil(1.5 * this.radius / grid.cell);
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const index = grid.at(x + dx * grid.cell, y + dy * grid.cell);
        if (
          index >= 0 && this.#ways.blocked[index] === 0 &&
          this.#closed[index] === 0 && this.#ways.passed[index]! > 0
        ) open[index] = 1;
      }
    }
    return new Walk(grid, open, start);
  }

  /** Whether nothing seen stands between two positions, the last `spare` metres left out. */
  isVisible(
    from: { x: number; y: number },
    to: { x: number; y: number },
    spare = 0,
  ): boolean {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.ceil(length / (this.grid.cell / 2));
    for (let step = 0; step <= steps; step++) {
      const share = step / Math.max(steps, 1);
      if (share * length > length - spare) break;
      const index = this.grid.at(
        from.x + share * (to.x - from.x),
        from.y + share * (to.y - from.y),
      );
      if (index < 0 || this.#sights.blocked[index] === 1) return false;
    }
    return true;
  }

  /**
   * Square metres in which a look from (x, y) may show low things that fewer
   * than `looks` looks have shown, along each of {@linkcode HEADINGS}
   * directions; each stands for a wedge between its neighbours.
   */
  unseenAround(x: number, y: number, looks = 1): Float64Array {
    const areas = new Float64Array(HEADINGS);
    const { cell } = this.grid;
    const [low, high] = [this.#bounds.min, this.#bounds.max];
    for (let heading = 0; heading < HEADINGS; heading++) {
      const radians = heading / HEADINGS * 2 * Math.PI;
      const dx = Math.cos(radians);
      const dy = Math.sin(radians);
      let unseen = 0;
      for (let at = cell; at < LOOK_RANGE && unseen < LOOK_UNSEEN; at += cell) {
        const px = x + at * dx;
        const py = y + at * dy;
        if (px < low[0] || px > high[0] || py < low[1] || py > high[1]) break;
        const index = this.grid.at(px, py);
        if (index < 0 || this.#sights.blocked[index] === 1) break;
        if (!this.#isSeen(index)) unseen += cell;
        if (at >= LOOK_NEAR && this.#looks.counts[index]! < looks) {
          areas[heading]! += at * cell * 2 * Math.PI / HEADINGS;
        }
      }
    }
    return areas;
  }

  /** Whether sight went through a cell, or ended on something in it. */
  #isSeen(index: number): boolean {
    return this.#sights.passed[index]! > 0 || this.#ways.blocked[index] === 1;
  }

  #update(): void {
    const { grid } = this;
    this.#sights.decide();
    this.#ways.decide();
    grid.grow(this.#ways.blocked, this.#near, this.radius);
    const [open, near, closed] = [this.#open, this.#near, this.#closed];
    const { passed } = this.#ways;
    for (let i = 0; i < open.length; i++) {
      open[i] = passed[i]! > 0 && near[i] === 0 && closed[i] === 0 ? 1 : 0;
    }
  }
}

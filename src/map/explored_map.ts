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

/** Things from this far below to this far above the eyes bar the sight, metres. */
const SIGHT_BELOW = 0.75;
const BAND_ABOVE = 0.3;
/** Things higher than this above the floor bar the way, metres. */
const STEP = 0.25;
/** Samples of a picture along each side. */
const SAMPLES = 128;
/** Farther depth says little about what is free, metres. */
const FARTHEST = 8;
/** Points a cell needs to be blocked, and how many rays through it outvote one. */
const BLOCKING_POINTS = 3;
const RAYS_PER_POINT = 4;
/** How far a look is expected to reach, and how much of it through the unseen, metres. */
const LOOK_RANGE = 5;
const LOOK_UNSEEN = 2.5;
/** What is nearer than this is below the picture, metres. */
const LOOK_NEAR = 1;
/**
 * Low things were in view in a cell if a ray passed or ended there at least so
 * far below the eyes, metres: a level look shows neither what is at one's feet
 * nor what is behind a sofa, though the air above is seen.
 */
const LOW = 0.7;
/** Low things farther than this are too small to be told, metres. */
const LOW_RANGE = 6;

/** Grows with each {@linkcode ExploredMap.add}. */
export class ExploredMap {
  readonly grid: CellGrid;
  /** Metres kept to blocked cells. */
  readonly radius: number;
  readonly #bounds: Bounds;
  /** What bars the way, and what bars the sight. */
  readonly #ways: Evidence;
  readonly #sights: Evidence;
  /** Looks in which low things were in view in each cell, and whether they are in the one that is added. */
  readonly #looks: Uint8Array;
  readonly #looked: Uint8Array;
  /** Where a move could not end. */
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
    this.#looks = new Uint8Array(size);
    this.#looked = new Uint8Array(size);
    this.#closed = new Uint8Array(size);
    this.#near = new Uint8Array(size);
    this.#open = new Uint8Array(size);
  }

  /** Adds what `view` shows. */
  add({ width, height, depth, fov, pose, floor = -Infinity }: DepthView): void {
    const focal = height / 2 / Math.tan(fov * Math.PI / 360);
    const radians = pose.yaw * Math.PI / 180;
    const cosine = Math.cos(radians);
    const sine = Math.sin(radians);
    const columnStep = Math.max(1, Math.floor(width / SAMPLES));
    const rowStep = Math.max(1, Math.floor(height / SAMPLES));
    const toFloor = pose.z - floor;
    const isKnown = toFloor > STEP && toFloor < Infinity;
    const bands = [
      { evidence: this.#sights, below: SIGHT_BELOW },
      {
        evidence: this.#ways,
        below: isKnown ? Math.max(toFloor - STEP, 0) : SIGHT_BELOW,
      },
    ];
    for (let column = columnStep >> 1; column < width; column += columnStep) {
      const aside = (column + 0.5 - width / 2) / focal;
      // Metres on the ground a metre of depth, and their direction.
      const stretch = Math.hypot(1, aside);
      const dx = (cosine + aside * sine) / stretch;
      const dy = (sine - aside * cosine) / stretch;
      this.#lookDown(
        { x: pose.x, y: pose.y, dx, dy },
        { width, depth, column, rowStep, stretch, focal },
      );
      for (const { evidence, below: deepest } of bands) {
        let nearest = Infinity;
        let second = Infinity;
        let clear = 0;
        for (let row = rowStep >> 1; row < height; row += rowStep) {
          const z = depth[row * width + column]!;
          if (!(z > 0)) continue;
          const slope = (row + 0.5 - height / 2) / focal;
          const below = slope * z;
          const ground = z * stretch;
          if (below < deepest && below > -BAND_ABOVE) {
            if (ground < nearest) {
              second = nearest;
              nearest = ground;
            } else if (ground < second) second = ground;
            if (ground < FARTHEST) {
              evidence.end(pose.x + dx * ground, pose.y + dy * ground);
            }
          } else {
            // The ray left the band before it ended: so far nothing was in its way.
            const edge = below > 0 ? deepest / slope : -BAND_ABOVE / slope;
            clear = Math.max(clear, edge * stretch);
            // Floor that is seen over something low is free, too.
            if (isKnown && below > deepest && ground < FARTHEST) {
              evidence.pass(pose.x + dx * ground, pose.y + dy * ground);
            }
          }
        }
        // One lone near point may be a floater; two are taken for a thing.
        const reach = Math.min(
          second < Infinity ? second : Math.min(clear, nearest),
          FARTHEST,
        );
        const { cell } = this.grid;
        for (let at = 0; at < reach - cell / 2; at += cell / 2) {
          evidence.pass(pose.x + dx * at, pose.y + dy * at);
        }
      }
    }
    for (let i = 0; i < this.#looked.length; i++) {
      if (this.#looked[i] === 1 && this.#looks[i]! < 0xff) this.#looks[i]!++;
    }
    this.#looked.fill(0);
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

  /** Square metres seen so far, free or blocked. */
  get seenArea(): number {
    let seen = 0;
    for (let i = 0; i < this.grid.size; i++) {
      if (this.#isSeen(i)) seen++;
    }
    return seen * this.grid.cell ** 2;
  }

  /** Ways from a position over open cells. */
  walkFrom(x: number, y: number): Walk {
    const { grid } = this;
    const start = grid.at(x, y);
    const open = this.#open.slice();
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
        if (at >= LOOK_NEAR && this.#looks[index]! < looks) {
          areas[heading]! += at * cell * 2 * Math.PI / HEADINGS;
        }
      }
    }
    return areas;
  }

  /** Marks where one column of a picture shows low things, along its line on the ground. */
  #lookDown(
    { x, y, dx, dy }: { x: number; y: number; dx: number; dy: number },
    { width, depth, column, rowStep, stretch, focal }: {
      width: number;
      depth: Float32Array;
      column: number;
      rowStep: number;
      stretch: number;
      focal: number;
    },
  ): void {
    const height = depth.length / width;
    const step = this.grid.cell / 2;
    const mark = (from: number, to: number): void => {
      for (let at = from; at <= to; at += step) {
        const index = this.grid.at(x + at * dx, y + at * dy);
        if (index >= 0) this.#looked[index] = 1;
      }
    };
    // What lower rows have yet to add: they look nearer, or below what hangs over.
    let near = Infinity;
    let far = 0;
    const first = rowStep >> 1;
    for (let row = first; row < height; row += rowStep) {
      const slope = (row + 0.5 - height / 2) / focal;
      const z = depth[row * width + column]!;
      if (!(z > 0) || slope * z < LOW) continue;
      const from = LOW / slope * stretch;
      const to = Math.min(z * stretch, LOW_RANGE);
      mark(from, Math.min(to, near));
      mark(Math.max(from, far), to);
      near = Math.min(near, from);
      far = Math.max(far, to);
    }
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
    const [low, high] = [this.#bounds.min, this.#bounds.max];
    for (let i = 0; i < grid.size; i++) {
      const x = grid.x(i);
      const y = grid.y(i);
      this.#open[i] = this.#ways.passed[i]! > 0 && this.#near[i] === 0 &&
          this.#closed[i] === 0 &&
          x >= low[0] && x <= high[0] && y >= low[1] && y <= high[1]
        ? 1
        : 0;
    }
  }
}

/** What rays tell of each cell: where they went through and where they ended. */
class Evidence {
  /** Rays that went through a cell. */
  readonly passed: Uint16Array;
  /** 1 where enough ended, for those that went through. */
  readonly blocked: Uint8Array;
  readonly #ended: Uint16Array;
  readonly #grid: CellGrid;

  constructor(grid: CellGrid) {
    this.#grid = grid;
    this.passed = new Uint16Array(grid.size);
    this.blocked = new Uint8Array(grid.size);
    this.#ended = new Uint16Array(grid.size);
  }

  pass(x: number, y: number): void {
    const index = this.#grid.at(x, y);
    if (index >= 0 && this.passed[index]! < 0xffff) this.passed[index]!++;
  }

  end(x: number, y: number): void {
    const index = this.#grid.at(x, y);
    if (index >= 0 && this.#ended[index]! < 0xffff) this.#ended[index]!++;
  }

  /** Brings {@linkcode blocked} up to date. */
  decide(): void {
    for (let i = 0; i < this.blocked.length; i++) {
      const ended = this.#ended[i]!;
      this.blocked[i] = ended >= BLOCKING_POINTS &&
          ended * RAYS_PER_POINT > this.passed[i]!
        ? 1
        : 0;
    }
  }
}

/**
 * What rays tell of each cell: where they went through, and where they ended.
 *
 * @module
 */

import type { CellGrid } from "./cell_grid.ts";
import { type Column, FARTHEST } from "./view_columns.ts";

/** What counts as in the way. */
export interface Band {
  /** From this far below the eyes, metres. */
  readonly below: number;
  /** Whether what is below the band is floor: free where it is seen. */
  readonly isOverFloor: boolean;
}

/** Things up to this far above the eyes are in the way, metres. */
const ABOVE = 0.3;
/** Points a cell needs to be blocked, and how many rays through it outvote one. */
const BLOCKING_POINTS = 3;
const RAYS_PER_POINT = 4;

/** Evidence of what is in one band of heights. */
export class Evidence {
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

  /** Adds one column of a view. */
  add(column: Column, { below: deepest, isOverFloor }: Band): void {
    const { depth, slope, ground, cell, stretch } = column;
    const [passed, ended] = [this.passed, this.#ended];
    let nearest = Infinity;
    let second = Infinity;
    let clear = 0;
    for (let i = 0; i < depth.length; i++) {
      const z = depth[i]!;
      if (z === 0) continue;
      const below = slope[i]! * z;
      const index = cell[i]!;
      if (below < deepest && below > -ABOVE) {
        const away = ground[i]!;
        if (away < nearest) {
          second = nearest;
          nearest = away;
        } else if (away < second) second = away;
        if (index >= 0 && ended[index]! < 0xffff) ended[index]!++;
      } else {
        // The ray left the band before it ended: so far nothing was in its way.
        const edge = below > 0 ? deepest / slope[i]! : -ABOVE / slope[i]!;
        clear = Math.max(clear, edge * stretch);
        // Floor that is seen over something low is free, too.
        const isFloor = isOverFloor && below > deepest;
        if (isFloor && index >= 0 && passed[index]! < 0xffff) passed[index]!++;
      }
    }
    // One lone near point may be a floater; two are taken for a thing.
    const reach = Math.min(
      second < Infinity ? second : Math.min(clear, nearest),
      FARTHEST,
    );
    this.#passAlong(column, reach);
  }

  #passAlong({ x, y, dx, dy }: Column, reach: number): void {
    const { x0, y0, cell, columns, rows } = this.#grid;
    const passed = this.passed;
    const step = cell / 2;
    for (let at = 0; at < reach - step; at += step) {
      const across = Math.floor((x + dx * at - x0) / cell);
      const along = Math.floor((y + dy * at - y0) / cell);
      if (across < 0 || along < 0 || across >= columns || along >= rows) {
        continue;
      }
      const index = along * columns + across;
      if (passed[index]! < 0xffff) passed[index]!++;
    }
  }

  /** Brings {@linkcode blocked} up to date. */
  decide(): void {
    const [blocked, passed, ends] = [this.blocked, this.passed, this.#ended];
    for (let i = 0; i < blocked.length; i++) {
      const ended = ends[i]!;
      blocked[i] =
        ended >= BLOCKING_POINTS && ended * RAYS_PER_POINT > passed[i]! ? 1 : 0;
    }
  }
}

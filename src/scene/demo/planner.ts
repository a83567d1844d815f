/**
 * Finds places for furniture in one room: nothing overlaps, doorways and
 * windows stay clear, and one can still walk from each door to the others.
 *
 * @module
 */

import type { Opening, Rectangle, Room } from "./layout.ts";
import type { Placement } from "./model.ts";
import type { Piece } from "./piece.ts";
import type { Random } from "./random.ts";
import { openingsIn, sidesOf } from "./shell.ts";

/** A piece where it stands. */
export interface Placed {
  readonly piece: Piece;
  readonly room: number;
  readonly placement: Placement;
}

/** How {@linkcode Planner.atWall} chooses. */
export interface WallOptions {
  /** Only within this distance of a corner, metres. */
  nearCorner?: number;
  /** Free floor wanted in front, metres. @default {0.5} */
  front?: number;
  /** Metres between wall and back. @default {0.02} */
  gap?: number;
  /** Turned by up to so many radians. @default {0} */
  turn?: number;
  /** Lower is better; infinite forbids. */
  cost?: (x: number, y: number) => number;
}

/** Side of the walking grid's cells, metres. */
const CELL = 0.1;
/** Half the width of who walks, metres. */
const WALKER = 0.3;
/** Depth of floor kept free at a doorway, metres. */
const DOORSTEP = 0.85;
/** States of a cell of the walking grid, beside 0. */
const BLOCKED = 1;
const REACHED = 2;
/** Lower things are walked over or under. */
const LOWEST_OBSTACLE = 0.05;

/** Plans one room. */
export class Planner {
  readonly room: Room;
  readonly placed: Placed[] = [];
  readonly #random: Random;
  readonly #blocked: (Rectangle & { height: number })[] = [];
  readonly #doorsteps: readonly Rectangle[];

  constructor(room: Room, random: Random) {
    this.room = room;
    this.#random = random;
    this.#doorsteps = sidesOf(room.inside).flatMap((side) =>
      openingsIn(room, side).filter(({ kind }) => kind === "door").map((door) =>
        stretch(side, door, { depth: DOORSTEP, margin: 0.08 })
      )
    );
  }

  /** Middle of the room. */
  get centre(): { x: number; y: number } {
    const { x0, y0, x1, y1 } = this.room.inside;
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
  }

  /** Puts `piece` at `placement` if it fits; `solid` pieces bar the way. */
  put(
    piece: Piece,
    placement: Placement,
    { solid = true, margin = 0.02 }: { solid?: boolean; margin?: number } = {},
  ): Placed | undefined {
    const area = footprint(piece, placement);
    const { x0, y0, x1, y1 } = this.room.inside;
    if (area.x0 < x0 || area.y0 < y0 || area.x1 > x1 || area.y1 > y1) {
      return undefined;
    }
    if (solid && piece.height > LOWEST_OBSTACLE) {
      const grown = grow(area, margin);
      if (this.#blocked.some((other) => overlap(grown, other))) {
        return undefined;
      }
      if (this.#doorsteps.some((step) => overlap(area, step))) return undefined;
      const blocked = { ...area, height: placement.z + piece.height };
      this.#blocked.push(blocked);
      if (!this.#isWalkable()) {
        this.#blocked.pop();
        return undefined;
      }
    }
    const placed = { piece, room: this.room.index, placement };
    this.placed.push(placed);
    return placed;
  }

  /** Puts `piece` with its back to some wall, at the best of the free places. */
  atWall(
    piece: Piece,
    { nearCorner = Infinity, front = 0.5, gap = 0.02, turn = 0, cost }:
      WallOptions = {},
  ): Placed | undefined {
    const candidates: { placement: Placement; cost: number }[] = [];
    for (const side of sidesOf(this.room.inside)) {
      const half = piece.width / 2 + 0.02;
      const yaw = wallYaw(side);
      for (
        let along = side.from + half;
        along <= side.to - half;
        along += 0.12
      ) {
        const corner = Math.min(along - side.from, side.to - along) - half;
        if (corner > nearCorner) continue;
        const blocksWindow = openingsIn(this.room, side).some((opening) =>
          opening.kind === "window" && piece.height > opening.bottom - 0.02 &&
          along + half > opening.from - 0.3 && along - half < opening.to + 0.3
        );
        if (blocksWindow) continue;
        const out = side.at + side.inwards * (piece.depth / 2 + gap);
        const [x, y] = side.axis === 0 ? [out, along] : [along, out];
        candidates.push({
          placement: {
            x,
            y,
            z: 0,
            yaw: yaw + this.#random.between(-turn, turn),
          },
          cost: (cost?.(x, y) ?? 0) + this.#random.between(0, 0.8),
        });
      }
    }
    candidates.sort((a, b) => a.cost - b.cost);
    for (const { placement, cost } of candidates) {
      if (cost === Infinity) break;
      if (front > 0 && !this.#isFreeInFront(piece, placement, front)) continue;
      const placed = this.put(piece, placement);
      if (placed !== undefined) return placed;
    }
    return undefined;
  }

  /** Puts `piece` as near to (x, y) as it fits, at most `within` metres off. */
  near(
    piece: Piece,
    { x, y, yaw = 0, within = 0.8, margin = 0.02 }: {
      x: number;
      y: number;
      yaw?: number;
      within?: number;
      margin?: number;
    },
  ): Placed | undefined {
    for (let radius = 0; radius <= within; radius += 0.15) {
      const steps = radius === 0 ? 1 : 10;
      const phase = this.#random.between(0, 6.28);
      for (let i = 0; i < steps; i++) {
        const angle = phase + i / steps * 2 * Math.PI;
        const placed = this.put(piece, {
          x: x + radius * Math.cos(angle),
          y: y + radius * Math.sin(angle),
          z: 0,
          yaw,
        }, { margin });
        if (placed !== undefined) return placed;
      }
    }
    return undefined;
  }

  /** Hangs `piece` on a wall, its lower rim at `bottom` metres. */
  hang(piece: Piece, bottom: number): Placed | undefined {
    for (const side of this.#random.shuffled(sidesOf(this.room.inside))) {
      const half = piece.width / 2;
      for (let attempt = 0; attempt < 6; attempt++) {
        const along = this.#random.between(
          side.from + half + 0.15,
          side.to - half - 0.15,
        );
        if (side.to - side.from < piece.width + 0.5) continue;
        const [from, to] = [along - half - 0.14, along + half + 0.14];
        if (
          openingsIn(this.room, side).some((o) => to > o.from && from < o.to)
        ) continue;
        const strip = stretch(side, { from, to }, { depth: 0.25, margin: 0 });
        if (
          this.#blocked.some((other) =>
            other.height > bottom - 0.06 && overlap(strip, other)
          )
        ) continue;
        const [x, y] = side.axis === 0 ? [side.at, along] : [along, side.at];
        const placed = {
          piece,
          room: this.room.index,
          placement: { x, y, z: bottom, yaw: wallYaw(side) },
        };
        this.placed.push(placed);
        this.#blocked.push({
          ...stretch(side, { from, to }, { depth: 0.03, margin: 0 }),
          height: bottom + piece.height,
        });
        return placed;
      }
    }
    return undefined;
  }

  /** Hangs curtains beside each window where they fit. */
  curtain(make: (window: Opening, isLong: boolean) => Piece): void {
    for (const side of sidesOf(this.room.inside)) {
      for (const window of openingsIn(this.room, side)) {
        if (window.kind !== "window") continue;
        const [from, to] = [window.from - 0.28, window.to + 0.28];
        if (from < side.from || to > side.to) continue;
        const strip = stretch(side, { from, to }, { depth: 0.15, margin: 0 });
        const below = this.#blocked.filter((other) => overlap(strip, other));
        if (below.some(({ height }) => height > window.bottom - 0.1)) continue;
        const along = (window.from + window.to) / 2;
        const [x, y] = side.axis === 0 ? [side.at, along] : [along, side.at];
        this.placed.push({
          piece: make(window, below.length === 0),
          room: this.room.index,
          placement: { x, y, z: window.top + 0.14, yaw: wallYaw(side) },
        });
      }
    }
  }

  /** Metres to the nearest wall or obstacle from (x, y); 0 inside one. */
  clearance(x: number, y: number): number {
    const { x0, y0, x1, y1 } = this.room.inside;
    let nearest = Math.min(x - x0, x1 - x, y - y0, y1 - y);
    for (const box of this.#blocked) {
      const dx = Math.max(box.x0 - x, 0, x - box.x1);
      const dy = Math.max(box.y0 - y, 0, y - box.y1);
      nearest = Math.min(nearest, Math.hypot(dx, dy));
    }
    return Math.max(0, nearest);
  }

  #isFreeInFront(piece: Piece, placement: Placement, front: number): boolean {
    const area = footprint(
      { ...piece, depth: front, width: piece.width * 0.8 },
      {
        ...placement,
        x: placement.x - Math.sin(placement.yaw) * (piece.depth + front) / 2,
        y: placement.y + Math.cos(placement.yaw) * (piece.depth + front) / 2,
      },
    );
    return !this.#blocked.some((other) => overlap(area, other));
  }

  /** Whether one can walk from a doorway to (x, y). */
  isReachable(x: number, y: number): boolean {
    const { state, cellAt } = this.#flood();
    return state[cellAt(x, y)] === REACHED;
  }

  /** Whether one free region touches every doorway. */
  #isWalkable(): boolean {
    const { state, doors } = this.#flood();
    return doors.every((door) => state[door] === REACHED);
  }

  /** Marks what is blocked, then all that can be walked to from the first doorway. */
  #flood(): {
    state: Uint8Array;
    doors: number[];
    cellAt: (x: number, y: number) => number;
  } {
    const { x0, y0, x1, y1 } = this.room.inside;
    const columns = Math.ceil((x1 - x0) / CELL);
    const rows = Math.ceil((y1 - y0) / CELL);
    const state = new Uint8Array(columns * rows).fill(BLOCKED);
    const margin = Math.floor(WALKER / CELL);
    for (let row = margin; row < rows - margin; row++) {
      state.fill(0, row * columns + margin, (row + 1) * columns - margin);
    }
    for (const box of this.#blocked) {
      if (box.height < LOWEST_OBSTACLE) continue;
      const from = Math.max(0, Math.floor((box.x0 - WALKER - x0) / CELL));
      const to = Math.min(
        columns - 1,
        Math.floor((box.x1 + WALKER - x0) / CELL),
      );
      const low = Math.max(0, Math.floor((box.y0 - WALKER - y0) / CELL));
      const high = Math.min(
        rows - 1,
        Math.floor((box.y1 + WALKER - y0) / CELL),
      );
      for (let row = low; row <= high; row++) {
        state.fill(BLOCKED, row * columns + from, row * columns + to + 1);
      }
    }
    const cellAt = (x: number, y: number): number => {
      const column = Math.floor((x - x0) / CELL);
      const row = Math.floor((y - y0) / CELL);
      return Math.min(rows - 1, Math.max(0, row)) * columns +
        Math.min(columns - 1, Math.max(0, column));
    };
    const doors = this.#doorsteps.map((step) =>
      cellAt((step.x0 + step.x1) / 2, (step.y0 + step.y1) / 2)
    );
    const stack = doors.slice(0, 1).filter((door) => state[door] !== BLOCKED);
    for (const door of stack) state[door] = REACHED;
    while (stack.length > 0) {
      const at = stack.pop()!;
      const column = at % columns;
      for (
        const next of [
          column > 0 ? at - 1 : -1,
          column < columns - 1 ? at + 1 : -1,
          at - columns,
          at + columns,
        ]
      ) {
        if (next < 0 || next >= state.length || state[next] !== 0) continue;
        state[next] = REACHED;
        stack.push(next);
      }
    }
    return { state, doors, cellAt };
  }
}

/** Yaw of a piece whose back is at `side`. */
function wallYaw({ axis, inwards }: { axis: 0 | 1; inwards: 1 | -1 }): number {
  return axis === 0 ? -inwards * Math.PI / 2 : inwards > 0 ? 0 : Math.PI;
}

/** Floor area of `piece` at `placement`: the box around the turned rectangle. */
function footprint(piece: Piece, { x, y, yaw }: Placement): Rectangle {
  const cosine = Math.abs(Math.cos(yaw));
  const sine = Math.abs(Math.sin(yaw));
  const width = (cosine * piece.width + sine * piece.depth) / 2;
  const depth = (sine * piece.width + cosine * piece.depth) / 2;
  return { x0: x - width, y0: y - depth, x1: x + width, y1: y + depth };
}

/** Floor in front of a stretch of wall. */
function stretch(
  { axis, inwards, at }: { axis: 0 | 1; inwards: 1 | -1; at: number },
  { from, to }: { from: number; to: number },
  { depth, margin }: { depth: number; margin: number },
): Rectangle {
  const [low, high] = inwards > 0 ? [at, at + depth] : [at - depth, at];
  return axis === 0
    ? { x0: low, y0: from - margin, x1: high, y1: to + margin }
    : { x0: from - margin, y0: low, x1: to + margin, y1: high };
}

function grow({ x0, y0, x1, y1 }: Rectangle, by: number): Rectangle {
  return { x0: x0 - by, y0: y0 - by, x1: x1 + by, y1: y1 + by };
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

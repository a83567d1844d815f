/**
 * The floor plan of the demo flat: a rectangle cut into rooms, doorways that
 * join them all, windows in the outer walls. File axes: x, y along the walls,
 * z up from the floor, metres.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** Storey height, metres. */
export const CEILING = 2.6;
/** Thickness of walls between rooms, metres. */
export const INNER_WALL = 0.14;
/** Thickness of outer walls, metres: how deep the windows lie. */
export const OUTER_WALL = 0.28;

/** An axis-aligned rectangle on the floor, metres. */
export interface Rectangle {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A doorway or a window: a hole in a wall. */
export interface Opening {
  readonly kind: "door" | "window";
  /** Axis along the wall's normal: 0 where the wall stands at x = {@linkcode at}. */
  readonly axis: 0 | 1;
  /** Middle of an inner wall, inner face of an outer one. */
  readonly at: number;
  /** Extent along the wall. */
  readonly from: number;
  readonly to: number;
  /** Extent upwards. */
  readonly bottom: number;
  readonly top: number;
  /** Rooms on the lower and the upper side of the axis, -1 for outside. */
  readonly rooms: readonly [number, number];
}

/** What a room is for. */
export type RoomKind =
  | "living room"
  | "kitchen"
  | "bedroom"
  | "study"
  | "dining room"
  | "guest room";

/** One room. */
export interface Room {
  readonly index: number;
  readonly kind: RoomKind;
  /** Inner faces of its walls. */
  readonly inside: Rectangle;
  readonly openings: readonly Opening[];
}

/** A floor plan. */
export interface Layout {
  readonly width: number;
  readonly depth: number;
  readonly rooms: readonly Room[];
  readonly openings: readonly Opening[];
}

/** Kinds in the order in which rooms get them, largest room first. */
const KINDS: readonly RoomKind[] = [
  "living room",
  "bedroom",
  "kitchen",
  "study",
  "dining room",
  "guest room",
];
/** Shortest side of a room, metres: a bed and a way past it. */
const SHORTEST_SIDE = 2.9;
const DOOR_HEIGHT = 2.06;
/** Clear wall beside a doorway, metres. */
const DOOR_MARGIN = 0.22;

/** Draws a plan with `count` rooms, 2 to 6. */
export function makeLayout(random: Random, count: number): Layout {
  const area = count * random.between(15.5, 17.5) + 4;
  const aspect = random.between(1.25, 1.5);
  const width = Math.round(Math.sqrt(area * aspect) * 20) / 20;
  const depth = Math.round(area / width * 20) / 20;
  const cells = cutIntoRooms({ x0: 0, y0: 0, x1: width, y1: depth }, {
    random,
    count,
  });
  const openings = [
    ...placeDoors(cells, random),
    ...placeWindows(cells, { width, depth, random }),
  ];
  const rooms = cells.map((cell, index): Room => ({
    index,
    kind: KINDS[index]!,
    inside: {
      x0: cell.x0 + (cell.x0 > 0 ? INNER_WALL / 2 : 0),
      y0: cell.y0 + (cell.y0 > 0 ? INNER_WALL / 2 : 0),
      x1: cell.x1 - (cell.x1 < width ? INNER_WALL / 2 : 0),
      y1: cell.y1 - (cell.y1 < depth ? INNER_WALL / 2 : 0),
    },
    openings: openings.filter((opening) => opening.rooms.includes(index)),
  }));
  return { width, depth, rooms, openings };
}

function cutIntoRooms(
  whole: Rectangle,
  { random, count }: { random: Random; count: number },
): Rectangle[] {
  const cells = [whole];
  const areaOf = (cell: Rectangle): number =>
    (cell.x1 - cell.x0) * (cell.y1 - cell.y0);
  while (cells.length < count) {
    cells.sort((a, b) => areaOf(b) - areaOf(a));
    const cell = cells.shift()!;
    const alongX = cell.x1 - cell.x0 >= cell.y1 - cell.y0;
    const length = alongX ? cell.x1 - cell.x0 : cell.y1 - cell.y0;
    const share = count === 3 && cells.length === 0
      ? random.between(0.52, 0.58)
      : random.between(0.44, 0.56);
    const cut = Math.round(
      Math.min(
        Math.max(length * share, SHORTEST_SIDE),
        length - SHORTEST_SIDE,
      ) * 20,
    ) / 20;
    cells.push(
      ...(alongX
        ? [{ ...cell, x1: cell.x0 + cut }, { ...cell, x0: cell.x0 + cut }]
        : [{ ...cell, y1: cell.y0 + cut }, { ...cell, y0: cell.y0 + cut }]),
    );
  }
  return cells.sort((a, b) => areaOf(b) - areaOf(a));
}

/** A stretch of wall that two rooms share. */
interface SharedWall {
  readonly axis: 0 | 1;
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly rooms: readonly [number, number];
}

function sharedWalls(cells: readonly Rectangle[]): SharedWall[] {
  const walls: SharedWall[] = [];
  cells.forEach((a, i) =>
    cells.forEach((b, j) => {
      const fromY = Math.max(a.y0, b.y0);
      const toY = Math.min(a.y1, b.y1);
      const fromX = Math.max(a.x0, b.x0);
      const toX = Math.min(a.x1, b.x1);
      if (a.x1 === b.x0 && toY - fromY > 1.5) {
        walls.push({ axis: 0, at: a.x1, from: fromY, to: toY, rooms: [i, j] });
      }
      if (a.y1 === b.y0 && toX - fromX > 1.5) {
        walls.push({ axis: 1, at: a.y1, from: fromX, to: toX, rooms: [i, j] });
      }
    })
  );
  return walls;
}

/** A spanning tree of doorways, and now and then one more. */
function placeDoors(cells: readonly Rectangle[], random: Random): Opening[] {
  const group = cells.map((_, index) => index);
  const doors: Opening[] = [];
  for (const wall of random.shuffled(sharedWalls(cells))) {
    const [a, b] = wall.rooms;
    const isNew = group[a] !== group[b];
    if (!isNew && !random.chance(0.25)) continue;
    const [kept, merged] = [group[a]!, group[b]!];
    group.forEach((value, i) => group[i] = value === merged ? kept : value);
    const room = wall.to - wall.from - 2 * (DOOR_MARGIN + INNER_WALL);
    const width = Math.min(
      random.chance(0.3) ? random.between(1.3, 1.7) : random.between(0.95, 1.1),
      room,
    );
    const slack = room - width;
    const share = random.chance(0.5)
      ? random.between(0, 0.25)
      : random.between(0.75, 1);
    const from = wall.from + INNER_WALL + DOOR_MARGIN + slack * share;
    doors.push({
      kind: "door",
      axis: wall.axis,
      at: wall.at,
      from,
      to: from + width,
      bottom: 0,
      top: DOOR_HEIGHT,
      rooms: wall.rooms,
    });
  }
  return doors;
}

function placeWindows(
  cells: readonly Rectangle[],
  { width, depth, random }: { width: number; depth: number; random: Random },
): Opening[] {
  const windows: Opening[] = [];
  cells.forEach((cell, index) => {
    const sides = [
      { axis: 0, at: 0, outer: cell.x0 === 0, rooms: [-1, index] },
      { axis: 0, at: width, outer: cell.x1 === width, rooms: [index, -1] },
      { axis: 1, at: 0, outer: cell.y0 === 0, rooms: [-1, index] },
      { axis: 1, at: depth, outer: cell.y1 === depth, rooms: [index, -1] },
    ] as const;
    let has = false;
    for (const side of random.shuffled(sides.filter(({ outer }) => outer))) {
      if (has && !random.chance(0.45)) continue;
      const [low, high] = side.axis === 0
        ? [cell.y0, cell.y1]
        : [cell.x0, cell.x1];
      const length = Math.min(
        random.between(1.3, index === 0 ? 2.4 : 1.8),
        high - low - 1,
      );
      const middle = (low + high) / 2 +
        random.between(-0.5, 0.5) * (high - low - 1 - length);
      windows.push({
        kind: "window",
        axis: side.axis,
        at: side.at,
        from: middle - length / 2,
        to: middle + length / 2,
        bottom: index === 0 && !has && random.chance(0.6) ? 0.35 : 0.9,
        top: 2.2,
        rooms: side.rooms,
      });
      has = true;
    }
  });
  return windows;
}

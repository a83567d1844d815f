/**
 * Floor, ceiling, walls, doorways and windows of the flat.
 *
 * @module
 */

import {
  CEILING,
  INNER_WALL,
  type Layout,
  type Opening,
  OUTER_WALL,
  type Rectangle,
  type Room,
} from "./layout.ts";
import { plaster, WHITE_TRIM, WOODS } from "./materials.ts";
import type { Colour, Material, Model, Point } from "./model.ts";
import type { Random } from "./random.ts";

const CEILING_MATERIAL: Material = {
  texture: "plaster",
  colour: [0.86, 0.855, 0.84],
  spacing: [0.115, 0.115],
  gloss: 0.03,
};
const WINDOW_VIEW: Material = {
  texture: "sky",
  colour: [1, 1, 1],
  spacing: [0.045, 0.045],
  gloss: 0,
  glow: 0.95,
};
const PALE: readonly Colour[] = [
  [0.84, 0.82, 0.77],
  [0.8, 0.8, 0.78],
  [0.82, 0.78, 0.7],
];
const ACCENTS: readonly Colour[] = [
  [0.46, 0.56, 0.5],
  [0.4, 0.52, 0.6],
  [0.77, 0.62, 0.44],
  [0.58, 0.64, 0.5],
];
const SKIRTING = 0.075;
/** Width and relief of the trim around doorways, metres. */
const TRIM = 0.07;
const RELIEF = 0.018;

/** One wall of a room, seen from inside. */
interface Side {
  /** Normal's axis and its sign into the room. */
  readonly axis: 0 | 1;
  readonly inwards: 1 | -1;
  /** Where the inner face stands. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** The four walls of a rectangle. */
export function sidesOf({ x0, y0, x1, y1 }: Rectangle): readonly Side[] {
  return [
    { axis: 0, inwards: 1, at: x0, from: y0, to: y1 },
    { axis: 0, inwards: -1, at: x1, from: y0, to: y1 },
    { axis: 1, inwards: 1, at: y0, from: x0, to: x1 },
    { axis: 1, inwards: -1, at: y1, from: x0, to: x1 },
  ];
}

/** Openings of `room` that lie in `side`. */
export function openingsIn(room: Room, { axis, inwards }: Side): Opening[] {
  return room.openings.filter((opening) =>
    opening.axis === axis &&
    opening.rooms[inwards > 0 ? 1 : 0] === room.index
  );
}

/** Builds the bare flat. */
export function buildShell(model: Model, layout: Layout, random: Random): void {
  const origin = { x: 0, y: 0, z: 0, yaw: 0 };
  for (const room of layout.rooms) {
    model.begin(0, room.index, origin);
    const { x0, y0, x1, y1 } = room.inside;
    const floor = floorOf(room, random);
    const alongX = random.chance(0.5);
    model.patch(
      alongX
        ? [[x0, y0, 0], [x1, y0, 0], [x0, y1, 0], [x1, y1, 0]]
        : [[x1, y0, 0], [x1, y1, 0], [x0, y0, 0], [x0, y1, 0]],
      floor,
    );
    model.patch([
      [x0, y1, CEILING],
      [x1, y1, CEILING],
      [x0, y0, CEILING],
      [x1, y0, CEILING],
    ], CEILING_MATERIAL);
    const pale = random.pick(PALE);
    const accent = random.integer(0, 5);
    sidesOf(room.inside).forEach((side, index) =>
      buildWall(model, side, {
        openings: openingsIn(room, side),
        material: plaster(index === accent ? random.pick(ACCENTS) : pale),
      })
    );
  }
  for (const opening of layout.openings) {
    const inner = Math.max(...opening.rooms);
    model.begin(0, inner, origin);
    if (opening.kind === "door") buildDoorway(model, opening, layout);
    else buildWindow(model, opening);
  }
}

function floorOf({ kind }: Room, random: Random): Material {
  if (kind === "kitchen") {
    return {
      texture: "tiles",
      colour: random.pick<Colour>([[0.62, 0.6, 0.56], [0.5, 0.53, 0.53]]),
      accent: [0.36, 0.35, 0.33],
      spacing: [0.034, 0.034],
      gloss: 0.7,
    };
  }
  if (kind === "bedroom" && random.chance(0.5)) {
    return {
      texture: "carpet",
      colour: random.pick<Colour>([[0.62, 0.57, 0.48], [0.5, 0.53, 0.52]]),
      spacing: [0.04, 0.04],
      gloss: 0.02,
    };
  }
  const [light, dark] = random.pick(WOODS.slice(0, 2));
  return {
    texture: "planks",
    colour: dark!,
    accent: light!,
    spacing: [0.075, 0.0217],
    gloss: 0.75,
  };
}

/** Corner points on a side: `along` the wall, `up`, `out` into the room. */
function onSide(
  { axis, inwards, at }: Side,
): (along: number, up: number, out?: number) => Point {
  return (along, up, out = 0) =>
    axis === 0
      ? [at + inwards * out, along, up]
      : [along, at + inwards * out, up];
}

/** A rectangle on a side, facing the room. */
function panel(
  model: Model,
  side: Side,
  { from, to, bottom, top, out = 0, material }: {
    from: number;
    to: number;
    bottom: number;
    top: number;
    out?: number;
    material: Material;
  },
): void {
  if (to - from < 1e-6 || top - bottom < 1e-6) return;
  const point = onSide(side);
  // Seen from inside, "left to right" depends on which side it is.
  const [left, right] = (side.axis === 0) === (side.inwards > 0)
    ? [from, to]
    : [to, from];
  model.patch([
    point(left, bottom, out),
    point(right, bottom, out),
    point(left, top, out),
    point(right, top, out),
  ], material);
}

function buildWall(
  model: Model,
  side: Side,
  { openings, material }: { openings: Opening[]; material: Material },
): void {
  const holes = [...openings].sort((a, b) => a.from - b.from);
  let from = side.from;
  for (const { from: left, to: right, bottom, top } of holes) {
    panel(model, side, { from, to: left, bottom: 0, top: CEILING, material });
    panel(model, side, {
      from: left,
      to: right,
      bottom: 0,
      top: bottom,
      material,
    });
    panel(model, side, {
      from: left,
      to: right,
      bottom: top,
      top: CEILING,
      material,
    });
    if (bottom > SKIRTING) skirting(model, side, left, right);
    skirting(model, side, from, left - (bottom === 0 ? TRIM : 0));
    from = right;
  }
  panel(model, side, { from, to: side.to, bottom: 0, top: CEILING, material });
  const last = holes.at(-1);
  skirting(model, side, last?.bottom === 0 ? from + TRIM : from, side.to);
}

function skirting(model: Model, side: Side, from: number, to: number): void {
  if (to - from < 0.02) return;
  const strip = { from, to, material: WHITE_TRIM };
  panel(model, side, { ...strip, bottom: 0, top: SKIRTING, out: RELIEF });
}

/** The thickness of the wall inside an opening: two cheeks, a lintel, and a sill. */
function buildReveal(
  model: Model,
  { axis, from, to, bottom, top }: Opening,
  { low, high, material, sill }: {
    low: number;
    high: number;
    material: Material;
    sill: Material;
  },
): void {
  const at = (depth: number, along: number, up: number): Point =>
    axis === 0 ? [depth, along, up] : [along, depth, up];
  const [near, far] = axis === 0 ? [low, high] : [high, low];
  // Each runs along the depth, so that trim stays fine across it.
  model.patch([
    at(far, from, bottom),
    at(near, from, bottom),
    at(far, from, top),
    at(near, from, top),
  ], material);
  model.patch([
    at(near, to, bottom),
    at(far, to, bottom),
    at(near, to, top),
    at(far, to, top),
  ], material);
  model.patch([
    at(near, to, top),
    at(far, to, top),
    at(near, from, top),
    at(far, from, top),
  ], material);
  model.patch([
    at(near, from, bottom),
    at(far, from, bottom),
    at(near, to, bottom),
    at(far, to, bottom),
  ], sill);
}

function buildDoorway(model: Model, door: Opening, layout: Layout): void {
  const half = INNER_WALL / 2;
  buildReveal(model, door, {
    low: door.at - half,
    high: door.at + half,
    material: { ...WHITE_TRIM, spacing: [0.035, 0.05] },
    sill: {
      texture: "wood",
      colour: WOODS[0]![1],
      accent: WOODS[0]![0],
      spacing: [0.04, 0.03],
      gloss: 0.5,
    },
  });
  door.rooms.forEach((index, upper) => {
    const side = sidesOf(layout.rooms[index]!.inside).find((one) =>
      one.axis === door.axis && (one.inwards > 0) === (upper === 1)
    )!;
    model.begin(0, index, { x: 0, y: 0, z: 0, yaw: 0 });
    buildTrim(model, side, door);
  });
}

/** Flat boards around an opening, on the room's side. */
function buildTrim(
  model: Model,
  side: Side,
  { from, to, bottom, top }: Opening,
): void {
  const upright: Material = { ...WHITE_TRIM, spacing: [0.024, 0.07] };
  const board = { bottom, out: RELIEF, material: upright };
  panel(model, side, {
    ...board,
    from: from - TRIM,
    to: from,
    top: top + TRIM,
  });
  panel(model, side, { ...board, from: to, to: to + TRIM, top: top + TRIM });
  panel(model, side, {
    from,
    to,
    bottom: top,
    top: top + TRIM,
    out: RELIEF,
    material: WHITE_TRIM,
  });
}

function buildWindow(model: Model, window: Opening): void {
  const inwards = window.rooms[0] < 0 ? 1 : -1;
  const outside = window.at - inwards * OUTER_WALL;
  const pane = window.at - inwards * (OUTER_WALL - 0.09);
  buildReveal(model, window, {
    low: Math.min(window.at, outside),
    high: Math.max(window.at, outside),
    material: { ...plaster([0.86, 0.85, 0.83]), spacing: [0.045, 0.045] },
    sill: { ...WHITE_TRIM, spacing: [0.04, 0.04], glow: 0.15 },
  });
  const side = (at: number): Side => ({
    axis: window.axis,
    inwards,
    at,
    from: window.from,
    to: window.to,
  });
  panel(model, side(outside), { ...window, material: WINDOW_VIEW });
  const frame = side(pane);
  const [wide, bar] = [0.06, 0.035];
  const upright: Material = {
    ...WHITE_TRIM,
    spacing: [0.02, 0.07],
    glow: 0.12,
  };
  const level: Material = { ...WHITE_TRIM, glow: 0.12 };
  const { from, to, bottom, top } = window;
  const middle = (from + to) / 2;
  panel(model, frame, {
    from,
    to: from + wide,
    bottom,
    top,
    material: upright,
  });
  panel(model, frame, { from: to - wide, to, bottom, top, material: upright });
  panel(model, frame, {
    from: middle - bar,
    to: middle + bar,
    bottom,
    top,
    material: upright,
  });
  panel(model, frame, {
    from,
    to,
    bottom,
    top: bottom + wide,
    material: level,
  });
  panel(model, frame, { from, to, bottom: top - wide, top, material: level });
  buildTrim(model, side(window.at), window);
}

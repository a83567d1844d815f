/**
 * Furnishes the whole flat: rooms by their recipes, the red chair in another
 * room than the start, red things that are no chair, and a start viewpoint.
 *
 * @module
 */

import { sideTable } from "./tables.ts";
import type { Layout } from "./layout.ts";
import { type ColourName, COLOURS } from "./materials.ts";
import { type Placed, Planner } from "./planner.ts";
import type { Random } from "./random.ts";
import { decorateRoom, furnishRoom, type Household } from "./recipes.ts";
import { chair, type ChairShape, stool } from "./seating.ts";

/** Whether the flat has its red chair, or only things that resemble one. */
export type DemoTarget = "present" | "absent" | "look-alikes";

/** A furnished flat. */
export interface Furnished {
  readonly placed: readonly Placed[];
  /** Start viewpoint in file axes; heading is a multiple of a quarter turn, radians. */
  readonly start: { x: number; y: number; heading: number; room: number };
}

const CHAIR_COLOURS: readonly (ColourName | "wooden")[] = [
  "wooden",
  "blue",
  "green",
  "yellow",
  "white",
  "black",
  "teal",
];
const SHAPES: readonly ChairShape[] = ["slatted", "shell", "upholstered"];

/** Places everything. */
export function furnish(
  layout: Layout,
  { random, target }: { random: Random; target: DemoTarget },
): Furnished {
  const decoys = random.shuffled(
    ["vase", "cushion", "book", "rug", "picture"] as const,
  ).slice(0, random.integer(3, 4));
  const home: Household = {
    random,
    decoys: new Set(decoys),
    chairColours: random.shuffled(CHAIR_COLOURS).slice(0, 4),
    chairShape: random.pick(SHAPES),
    timber: random.integer(0, 2),
    hasKitchenette: layout.rooms.every(({ kind }) => kind !== "kitchen"),
  };
  const planners = layout.rooms.map((room) => new Planner(room, random));
  const startRoom = layout.rooms.length > 2 && random.chance(0.3)
    ? random.integer(1, layout.rooms.length - 1)
    : 0;
  const others = random.shuffled(
    planners.filter(({ room }) => room.index !== startRoom),
  );
  const own = planners[startRoom]!;
  // The target gets its place before the small things, so that it stands free.
  for (const planner of planners) furnishRoom(planner, home);
  const start = chooseStart(own, random);
  const hidden = (x: number, y: number): number =>
    isSeen(layout, start, { x, y }) ? 4 : 0;
  const place = (piece: Placed["piece"], rooms: readonly Planner[]): boolean =>
    rooms.some((planner) =>
      planner.atWall(piece, {
        front: 0.5,
        gap: 0.1,
        turn: 0.35,
        cost: hidden,
      }) ??
        planner.atWall(piece, { front: 0, gap: 0.06 })
    );
  if (target === "present") {
    place(chair("red", random.pick(SHAPES)), [...others, own]);
  } else if (target === "look-alikes") {
    place(chair("orange", random.pick(SHAPES)), others);
    place(chair("pink", random.pick(SHAPES)), [...others].reverse());
    place(stool("red"), others);
    place(
      sideTable(COLOURS.red, { name: "red side table", colourName: "red" }),
      [...others].reverse(),
    );
  }
  for (const planner of planners) decorateRoom(planner, home);
  return { placed: planners.flatMap(({ placed }) => placed), start };
}

/** A free spot that one can walk to, and the direction with the longest view. */
function chooseStart(planner: Planner, random: Random): Furnished["start"] {
  const { x0, y0, x1, y1 } = planner.room.inside;
  const spots: { x: number; y: number; worth: number }[] = [];
  for (let x = x0 + 0.4; x <= x1 - 0.4; x += 0.15) {
    for (let y = y0 + 0.4; y <= y1 - 0.4; y += 0.15) {
      // Room around it, and not in the middle of the room: more is in view.
      const { x: cx, y: cy } = planner.centre;
      const worth = Math.min(planner.clearance(x, y), 0.6) +
        0.04 * Math.hypot(x - cx, y - cy) + random.between(0, 0.03);
      spots.push({ x, y, worth });
    }
  }
  spots.sort((a, b) => b.worth - a.worth);
  const best = spots.find(({ x, y }) => planner.isReachable(x, y)) ??
    planner.centre;
  const views = [x1 - best.x, y1 - best.y, best.x - x0, best.y - y0];
  const quarter = views.indexOf(Math.max(...views));
  return {
    x: best.x,
    y: best.y,
    heading: quarter * Math.PI / 2,
    room: planner.room.index,
  };
}

/** Whether no wall stands between two points (furniture is looked over). */
function isSeen(
  { rooms, openings }: Layout,
  from: { x: number; y: number },
  to: { x: number; y: number },
): boolean {
  const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 0.05);
  for (let step = 0; step <= steps; step++) {
    const x = from.x + (to.x - from.x) * step / steps;
    const y = from.y + (to.y - from.y) * step / steps;
    const inRoom = rooms.some(({ inside: { x0, y0, x1, y1 } }) =>
      x >= x0 && x <= x1 && y >= y0 && y <= y1
    );
    const inDoor = openings.some((opening) => {
      if (opening.kind !== "door") return false;
      const [across, along] = opening.axis === 0 ? [x, y] : [y, x];
      return Math.abs(across - opening.at) < 0.15 && along > opening.from &&
        along < opening.to;
    });
    if (!inRoom && !inDoor) return false;
  }
  return true;
}

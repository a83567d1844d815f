/**
 * What belongs in which room.
 *
 * @module
 */

import {
  basket,
  curtains,
  floorLamp,
  pendantLamp,
  picture,
  plant,
  rug,
  tableLamp,
} from "./decor.ts";
import { CEILING, type RoomKind } from "./layout.ts";
import { type ColourName, COLOURS } from "./materials.ts";
import type { Colour } from "./model.ts";
import type { Piece } from "./piece.ts";
import type { Placed, Planner } from "./planner.ts";
import type { Random } from "./random.ts";
import {
  armchair,
  bed,
  blanketBench,
  chair,
  type ChairShape,
  sofa,
} from "./seating.ts";
import {
  bookshelf,
  drawers,
  kitchenCounter,
  refrigerator,
  television,
  wardrobe,
} from "./storage.ts";
import {
  blanket,
  bookPile,
  fruitBowl,
  laptop,
  sideTable,
  table,
  tableware,
  vase,
} from "./tables.ts";

/** What the rooms of one flat share. */
export interface Household {
  readonly random: Random;
  /** Red things that are no chair, handed out one by one. */
  readonly decoys: Set<"vase" | "cushion" | "book" | "rug" | "picture">;
  /** Colours for the chairs, never red. */
  readonly chairColours: readonly (ColourName | "wooden")[];
  readonly chairShape: ChairShape;
  /** Index of the wood of tables and shelves. */
  readonly timber: number;
  /** Whether the living room is the kitchen, too. */
  readonly hasKitchenette: boolean;
}

/** Furnishes the room of `planner`. */
export function furnishRoom(planner: Planner, home: Household): void {
  RECIPES[planner.room.kind](planner, home);
}

/** Hangs what is left to hang, after everything else stands. */
export function decorateRoom(planner: Planner, home: Household): void {
  const { random } = home;
  const cloth = random.pick<Colour>([[0.72, 0.7, 0.64], [0.55, 0.6, 0.56], [
    0.5,
    0.56,
    0.62,
  ], [0.76, 0.64, 0.46]]);
  planner.curtain((window, isLong) =>
    curtains(window.to - window.from, {
      drop: isLong ? window.top + 0.1 : window.top - window.bottom + 0.2,
      colour: cloth,
    })
  );
  const pictures = random.integer(1, 3);
  for (let i = 0; i < pictures; i++) hangPicture(planner, home);
  planner.put(pendantLamp(1.95, CEILING), { ...planner.centre, z: 0, yaw: 0 }, {
    solid: false,
  });
}

const RECIPES: Readonly<
  Record<RoomKind, (planner: Planner, home: Household) => void>
> = {
  "living room": furnishLivingRoom,
  "kitchen": furnishKitchen,
  "bedroom": furnishBedroom,
  "study": furnishStudy,
  "dining room": furnishDiningRoom,
  "guest room": furnishGuestRoom,
};

function furnishLivingRoom(planner: Planner, home: Household): void {
  const { random, decoys, timber } = home;
  if (home.hasKitchenette) {
    planner.atWall(kitchenCounter(1.8, "white"), {
      front: 0.8,
      nearCorner: 0.4,
    });
    planner.atWall(refrigerator(), { nearCorner: 2 });
  }
  const cushions: ColourName[] = decoys.delete("cushion")
    ? ["red", random.pick(["yellow", "white"] as const)]
    : [random.pick(["yellow", "teal"] as const), "white"];
  const [name, colour] = random.pick(
    [
      ["grey", [0.4, 0.41, 0.43]],
      ["blue", [0.2, 0.31, 0.42]],
      ["green", [0.3, 0.38, 0.31]],
      ["beige", [0.68, 0.6, 0.48]],
    ] as const,
  );
  const { x, y } = planner.centre;
  const width = random.between(1.9, 2.3);
  const couch = planner.atWall(sofa(colour, { name, width, cushions }), {
    front: 0.9,
    cost: (px, py) => 0.6 * Math.min(Math.abs(px - x), Math.abs(py - y)),
  }) ??
    planner.atWall(sofa(colour, { name, width: 1.6, cushions }), {
      front: 0.6,
    });
  if (couch !== undefined) {
    const ahead = inFrontOf(couch, 1.02);
    const isRed = decoys.delete("rug");
    const wool: readonly [string, Colour, Colour] = isRed
      ? ["red", [0.55, 0.07, 0.06], [0.85, 0.76, 0.6]]
      : random.pick<readonly [string, Colour, Colour]>([
        ["blue", [0.17, 0.28, 0.4], [0.8, 0.76, 0.66]],
        ["beige", [0.74, 0.68, 0.56], [0.38, 0.42, 0.4]],
        ["green", [0.28, 0.4, 0.33], [0.8, 0.75, 0.6]],
      ]);
    planner.put(
      rug({
        name: wool[0],
        colour: wool[1],
        accent: wool[2],
        width: 2.3,
        depth: 1.6,
      }),
      {
        ...ahead,
        z: 0,
        yaw: couch.placement.yaw,
      },
      { solid: false },
    );
    planner.near(
      table({
        name: "coffee table",
        width: 1.0,
        depth: 0.55,
        height: 0.4,
        timber,
        upon: [
          {
            piece: bookPile(decoys.delete("book") ? "red" : "yellow", random),
            x: -0.25,
            y: 0.05,
            z: 0.4,
            yaw: 0.3,
          },
          { piece: vase("white", 0.24), x: 0.26, y: -0.04, z: 0.4 },
        ],
      }),
      { ...ahead, yaw: couch.placement.yaw, within: 0.3 },
    );
    const away = inFrontOf(couch, 4);
    planner.atWall(
      drawers({
        name: "television stand",
        width: 1.5,
        height: 0.48,
        columns: 3,
        rows: 1,
        upon: [{ piece: television(), x: 0, y: -0.06, z: 0.48 }],
      }),
      {
        front: 0.4,
        cost: (px, py) => 0.5 * Math.hypot(px - away.x, py - away.y),
      },
    );
  }
  planner.atWall(
    bookshelf({
      width: random.between(0.9, 1.3),
      height: 1.95,
      timber,
      redBooks: decoys.delete("book") ? 3 : 1,
    }),
  );
  const near = couch?.placement ?? planner.centre;
  planner.atWall(floorLamp(), {
    nearCorner: 0.6,
    front: 0,
    gap: 0.08,
    cost: (px, py) => Math.hypot(px - near.x, py - near.y),
  });
  planner.atWall(plant(random.between(1.1, 1.5), [0.75, 0.72, 0.66]), {
    nearCorner: 0.3,
    front: 0,
    gap: 0.06,
  });
  const seat = planner.centre;
  planner.near(armchair(random.pick(["teal", "yellow", "grey"] as const)), {
    ...seat,
    yaw: random.integer(0, 3) * Math.PI / 2,
    within: 1.6,
    margin: 0.25,
  });
  planner.atWall(
    sideTable([0.82, 0.82, 0.8], {
      name: "side table",
      upon: [{
        piece: vase(decoys.delete("vase") ? "red" : "teal", 0.32),
        x: 0,
        y: 0,
        z: 0.52,
      }],
    }),
    { front: 0, gap: 0.1 },
  );
}

function furnishKitchen(planner: Planner, home: Household): void {
  const { random, decoys } = home;
  const front = random.pick(["white", "teal", "wooden", "grey"] as const);
  const placed = planner.atWall(kitchenCounter(2.4, front), {
    front: 0.8,
    nearCorner: 0.5,
  }) ??
    planner.atWall(kitchenCounter(1.8, front), { front: 0.7 });
  const next = placed?.placement ?? planner.centre;
  planner.atWall(refrigerator(), {
    front: 0.5,
    cost: (x, y) => Math.hypot(x - next.x, y - next.y),
  });
  dine(planner, home, {
    width: random.between(0.95, 1.3),
    depth: 0.8,
    chairs: random.integer(2, 4),
  });
  planner.atWall(
    sideTable([0.2, 0.2, 0.21], {
      name: "side table",
      upon: [{
        piece: vase(decoys.delete("vase") ? "red" : "green", 0.34),
        x: 0,
        y: 0,
        z: 0.52,
      }],
    }),
    { front: 0, gap: 0.08 },
  );
  planner.atWall(basket(random.pick(["grey", "green", "yellow"] as const)), {
    front: 0,
    nearCorner: 0.5,
    gap: 0.05,
  });
}

function furnishBedroom(planner: Planner, home: Household): void {
  const { random, timber, decoys } = home;
  const [name, colour] = random.pick(
    [
      ["blue", [0.3, 0.42, 0.55]],
      ["green", [0.42, 0.52, 0.4]],
      ["yellow", [0.82, 0.68, 0.36]],
      ["grey", [0.5, 0.51, 0.52]],
    ] as const,
  );
  sleep(planner, home, bed(colour, { name, width: random.between(1.5, 1.7) }));
  planner.atWall(wardrobe(random.between(1.1, 1.5), timber), { front: 0.6 });
  planner.atWall(
    drawers({
      name: "chest of drawers",
      width: 0.9,
      height: 0.8,
      columns: 1,
      rows: 3,
      upon: [{
        piece: vase(decoys.delete("vase") ? "red" : "blue", 0.28),
        x: 0.2,
        y: 0,
        z: 0.8,
      }],
    }),
    { front: 0.5 },
  );
  planner.atWall(chair(random.pick(home.chairColours), home.chairShape), {
    front: 0.3,
    gap: 0.06,
    turn: 0.25,
  });
  planner.atWall(plant(random.between(0.7, 1.1), [0.3, 0.32, 0.33]), {
    nearCorner: 0.4,
    front: 0,
    gap: 0.05,
  });
}

function furnishStudy(planner: Planner, home: Household): void {
  const { random, timber, decoys } = home;
  const desk = planner.atWall(
    table({
      name: "desk",
      width: random.between(1.3, 1.6),
      depth: 0.7,
      height: 0.74,
      timber,
      upon: [
        { piece: laptop(), x: 0.05, y: 0.05, z: 0.74, yaw: 0 },
        { piece: tableLamp(), x: -0.48, y: -0.15, z: 0.74 },
        {
          piece: bookPile(decoys.delete("book") ? "red" : "green", random),
          x: 0.45,
          y: 0,
          z: 0.74,
          yaw: 0.5,
        },
      ],
    }),
    { front: 0.9 },
  );
  if (desk !== undefined) {
    planner.near(chair(random.pick(home.chairColours), home.chairShape), {
      ...inFrontOf(desk, 0.62),
      yaw: desk.placement.yaw + Math.PI + random.between(-0.4, 0.4),
      within: 0.2,
    });
  }
  planner.atWall(bookshelf({ width: 1.1, height: 1.95, timber, redBooks: 2 }));
  planner.atWall(
    bookshelf({
      width: 0.8,
      height: 1.2,
      timber,
      redBooks: decoys.delete("book") ? 3 : 1,
    }),
  );
  layRug(planner, home, { width: 1.7, depth: 1.2 });
  planner.atWall(armchair(random.pick(["beige", "green", "blue"] as const)), {
    front: 0.4,
    gap: 0.1,
    turn: 0.3,
  });
  planner.atWall(plant(random.between(0.9, 1.4), [0.7, 0.5, 0.36]), {
    nearCorner: 0.3,
    front: 0,
    gap: 0.05,
  });
}

function furnishDiningRoom(planner: Planner, home: Household): void {
  const { random, timber, decoys } = home;
  dine(planner, home, {
    width: random.between(1.5, 1.8),
    depth: 0.9,
    chairs: random.integer(4, 6),
  });
  planner.atWall(
    drawers({
      name: "sideboard",
      width: 1.4,
      height: 0.82,
      columns: 2,
      rows: 2,
      upon: [
        {
          piece: vase(decoys.delete("vase") ? "red" : "yellow", 0.34),
          x: -0.4,
          y: 0,
          z: 0.82,
        },
        { piece: tableLamp(), x: 0.45, y: 0, z: 0.82 },
      ],
    }),
    { front: 0.5 },
  );
  planner.atWall(bookshelf({ width: 0.9, height: 1.95, timber, redBooks: 1 }));
  planner.atWall(plant(random.between(1.1, 1.5), [0.82, 0.8, 0.76]), {
    nearCorner: 0.3,
    front: 0,
    gap: 0.06,
  });
  planner.atWall(floorLamp(), { nearCorner: 0.4, front: 0, gap: 0.06 });
}

function furnishGuestRoom(planner: Planner, home: Household): void {
  const { random, timber } = home;
  const [name, colour] = random.pick(
    [["teal", [0.22, 0.45, 0.46]], ["beige", [0.7, 0.62, 0.48]]] as const,
  );
  sleep(planner, home, bed(colour, { name, width: 1.0 }));
  planner.atWall(wardrobe(1.0, timber), { front: 0.6 });
  planner.atWall(blanketBench(timber, blanket("beige")), {
    front: 0.3,
    gap: 0.04,
  });
  planner.atWall(chair(random.pick(home.chairColours), home.chairShape), {
    front: 0.3,
    gap: 0.06,
    turn: 0.25,
  });
  layRug(planner, home, { width: 1.6, depth: 1.1 });
}

/** A bed at a wall with a small table on each side where there is room. */
function sleep(planner: Planner, home: Household, piece: Piece): void {
  const placed = planner.atWall(piece, { front: 0.55 }) ??
    planner.atWall(piece, { front: 0 });
  if (placed === undefined) return;
  const { x, y, yaw } = placed.placement;
  const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
  const lamp = { piece: tableLamp(), x: -0.06, y: -0.02, z: 0.48 };
  for (const side of [-1, 1]) {
    const across = side * (piece.width / 2 + 0.28);
    const back = -piece.depth / 2 + 0.22;
    const stand = drawers({
      name: "bedside table",
      width: 0.44,
      height: 0.48,
      columns: 1,
      rows: 2,
      upon: side < 0 ? [lamp] : [{
        piece: bookPile(
          home.decoys.delete("book") ? "red" : "teal",
          home.random,
        ),
        x: 0,
        y: 0,
        z: 0.48,
        yaw: 0.2,
      }],
    });
    planner.put(stand, {
      x: x + cosine * across - sine * back,
      y: y + sine * across + cosine * back,
      z: 0,
      yaw,
    });
  }
  const foot = inFrontOf(placed, -0.1);
  const isRed = home.decoys.delete("rug");
  planner.put(
    rug({
      name: isRed ? "red" : "beige",
      colour: isRed ? [0.58, 0.08, 0.07] : [0.7, 0.64, 0.53],
      accent: isRed ? [0.8, 0.7, 0.55] : [0.42, 0.4, 0.36],
      width: piece.width + 1.1,
      depth: 1.3,
    }),
    { ...foot, z: 0, yaw },
    { solid: false },
  );
}

/** A table in the room with chairs around it. */
function dine(
  planner: Planner,
  home: Household,
  { width, depth, chairs }: { width: number; depth: number; chairs: number },
): void {
  const { random, timber } = home;
  const yaw = random.chance(0.5) ? 0 : Math.PI / 2;
  const made = planner.near(
    table({
      name: "dining table",
      width,
      depth,
      height: 0.75,
      timber,
      upon: [
        { piece: fruitBowl(), x: 0, y: 0, z: 0.75 },
        { piece: tableware(width), x: 0, y: 0, z: 0.75 },
      ],
    }),
    { ...planner.centre, yaw, within: 1.2, margin: 0.62 },
  );
  if (made === undefined) return;
  const { x, y } = made.placement;
  const along = width < 1.2 ? [0] : [-width / 4, width / 4];
  const out = depth / 2 + 0.2;
  const seats: [number, number, number][] = [
    ...along.map((place): [number, number, number] => [place, -out, 0]),
    ...along.map((place): [number, number, number] => [place, out, Math.PI]),
    [-width / 2 - 0.2, 0, -Math.PI / 2],
    [width / 2 + 0.2, 0, Math.PI / 2],
  ];
  const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
  for (const [sx, sy, turn] of seats.slice(0, chairs)) {
    planner.put(chair(random.pick(home.chairColours), home.chairShape), {
      x: x + cosine * sx - sine * sy,
      y: y + sine * sx + cosine * sy,
      z: 0,
      yaw: yaw + turn + random.between(-0.12, 0.12),
    }, { margin: -0.12 });
  }
}

function layRug(
  planner: Planner,
  { random, decoys }: Household,
  size: { width: number; depth: number },
): void {
  const isRed = decoys.delete("rug");
  const [name, colour, accent] = isRed
    ? ["red", [0.56, 0.07, 0.06], [0.84, 0.74, 0.58]] as const
    : random.pick(
      [
        ["blue", [0.2, 0.32, 0.46], [0.78, 0.75, 0.66]],
        ["yellow", [0.78, 0.62, 0.26], [0.4, 0.42, 0.4]],
        ["grey", [0.45, 0.46, 0.46], [0.78, 0.77, 0.74]],
      ] as const,
    );
  planner.put(rug({ name, colour, accent, ...size }), {
    ...planner.centre,
    z: 0,
    yaw: random.chance(0.5) ? 0 : Math.PI / 2,
  }, { solid: false });
}

function hangPicture(planner: Planner, { random, decoys }: Household): void {
  const isRed = decoys.delete("picture");
  const style = isRed || random.chance(0.5) ? "abstract" : "landscape";
  const [colour, accent] = isRed
    ? [COLOURS.red, COLOURS.orange]
    : random.pick<readonly [Colour, Colour]>([
      [COLOURS.teal, COLOURS.yellow],
      [COLOURS.blue, COLOURS.orange],
      [COLOURS.green, COLOURS.beige],
    ]);
  const width = random.between(0.5, 1.0);
  planner.hang(
    picture({
      width,
      height: width * random.between(0.65, 1.15),
      colour,
      accent,
      style,
      name: isRed ? "red picture" : "picture",
    }),
    random.between(1.25, 1.4),
  );
}

/** The point `distance` metres before the front of `placed`. */
function inFrontOf(
  { piece, placement }: Placed,
  distance: number,
): { x: number; y: number } {
  const out = piece.depth / 2 + distance - 0.3;
  return {
    x: placement.x - Math.sin(placement.yaw) * out,
    y: placement.y + Math.cos(placement.yaw) * out,
  };
}

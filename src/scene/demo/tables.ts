/**
 * Tables, desks, and what stands on them.
 *
 * @module
 */

import {
  BLACK_GLASS,
  type ColourName,
  COLOURS,
  fabric,
  painted,
  STEEL,
  wood,
  WOODS,
} from "./materials.ts";
import type { Colour, Material, Model } from "./model.ts";
import type { Piece, Standing } from "./piece.ts";
import type { Random } from "./random.ts";

/** Options of {@linkcode table}. */
export interface TableOptions {
  name: string;
  width: number;
  depth: number;
  height: number;
  /** Index into the woods. */
  timber: number;
  upon?: readonly Standing[];
}

/** A table with four legs. */
export function table(
  { name, width, depth, height, timber, upon = [] }: TableOptions,
): Piece {
  return {
    name,
    kind: name,
    width,
    depth,
    height,
    upon,
    build(model: Model): void {
      const material = wood(...WOODS[timber]!);
      const leg = height > 0.6 ? 0.06 : 0.045;
      model.box([0, 0, height - 0.018], [width, depth, 0.036], {
        material,
        without: [],
      });
      for (const x of [-1, 1]) {
        for (const y of [-1, 1]) {
          model.box(
            [
              x * (width / 2 - leg),
              y * (depth / 2 - leg),
              (height - 0.036) / 2,
            ],
            [leg, leg, height - 0.036],
            { material, without: ["+z", "-z"] },
          );
        }
      }
      if (height > 0.6) {
        for (const y of [-1, 1]) {
          model.box([0, y * (depth / 2 - leg), height - 0.075], [
            width - 3 * leg,
            0.02,
            0.08,
          ], { material });
        }
      }
    },
  };
}

/** A round side table on one foot. */
export function sideTable(
  colour: Colour,
  { name, colourName, upon = [] }: {
    name: string;
    colourName?: string;
    upon?: readonly Standing[];
  },
): Piece {
  return {
    name,
    kind: "side table",
    ...(colourName === undefined ? {} : { colour: colourName }),
    width: 0.46,
    depth: 0.46,
    height: 0.52,
    upon,
    build(model: Model): void {
      const material = painted(colour);
      model.lathe([0, 0, 0], [
        [0.15, 0],
        [0.15, 0.015],
        [0.03, 0.03],
        [0.022, 0.49],
        [0.22, 0.495],
        [0.23, 0.5],
        [0.23, 0.52],
        [0, 0.521],
      ], {
        material,
        segments: 18,
      });
    },
  };
}

/** A turned vase. */
export function vase(colour: ColourName, height: number): Piece {
  return {
    name: `${colour} vase`,
    kind: "vase",
    colour,
    width: height * 0.6,
    depth: height * 0.6,
    height,
    build(model: Model): void {
      const profile = [
        [0.16, 0],
        [0.27, 0.2],
        [0.3, 0.42],
        [0.22, 0.68],
        [0.11, 0.84],
        [0.11, 0.93],
        [0.16, 1],
      ] as const;
      const material: Material = {
        ...painted(COLOURS[colour], 0.013),
        gloss: 0.9,
      };
      model.lathe(
        [0, 0, 0],
        profile.map(([radius, z]) => [radius * height, z * height] as const),
        { material, segments: 16 },
      );
    },
  };
}

/** A bowl with fruit. */
export function fruitBowl(): Piece {
  return {
    name: "fruit bowl",
    kind: "bowl",
    width: 0.3,
    depth: 0.3,
    height: 0.14,
    build(model: Model): void {
      model.lathe([0, 0, 0], [[0.07, 0], [0.12, 0.035], [0.15, 0.09], [
        0.145,
        0.095,
      ], [0.09, 0.05]], {
        material: painted([0.8, 0.8, 0.77], 0.014),
        segments: 16,
      });
      const fruit: readonly Colour[] = [[0.93, 0.5, 0.1], [0.9, 0.72, 0.15], [
        0.5,
        0.62,
        0.15,
      ], [0.93, 0.53, 0.12]];
      fruit.forEach((colour, i) => {
        const angle = i * 1.57;
        ball(model, [0.062 * Math.cos(angle), 0.062 * Math.sin(angle), 0.1], {
          radius: 0.04,
          material: painted(colour, 0.014),
        });
      });
    },
  };
}

/** A small ball. */
function ball(
  model: Model,
  centre: readonly [number, number, number],
  { radius, material }: { radius: number; material: Material },
): void {
  const rings = 5;
  const profile = Array.from({ length: rings + 1 }, (_, i) => {
    const angle = Math.PI * (i / rings - 0.5);
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
  model.lathe(centre, profile, { material, segments: 9 });
}

/** A pile of books lying flat; the top one gives it its name. */
export function bookPile(top: ColourName, random: Random): Piece {
  const below: ColourName[] = [
    random.pick(["blue", "grey", "beige"] as const),
    random.pick(["white", "teal", "black"] as const),
  ];
  const colours = [...below, top];
  return {
    name: `${top} book`,
    kind: "book",
    colour: top,
    width: 0.26,
    depth: 0.2,
    height: 0.11,
    build(model: Model): void {
      colours.forEach((colour, i) => {
        const z = 0.018 + 0.036 * i;
        const turn = i * 0.21 - 0.2;
        const shrink = 1 - 0.06 * i;
        model.box([0, 0, z], [0.25 * shrink, 0.18 * shrink, 0.034], {
          material: painted(COLOURS[colour], 0.016),
          turn,
        });
      });
    },
  };
}

/** An open laptop. */
export function laptop(): Piece {
  return {
    name: "laptop",
    kind: "laptop",
    width: 0.34,
    depth: 0.3,
    height: 0.24,
    build(model: Model): void {
      model.box([0, 0.03, 0.01], [0.33, 0.23, 0.018], { material: STEEL });
      model.patch([[-0.15, -0.05, 0.0205], [0.15, -0.05, 0.0205], [
        -0.15,
        0.06,
        0.0205,
      ], [0.15, 0.06, 0.0205]], BLACK_GLASS);
      const screen: Material = {
        texture: "landscape",
        colour: [1, 1, 1],
        spacing: [0.016, 0.014],
        gloss: 0.4,
        glow: 0.35,
      };
      model.patch([[-0.165, -0.15, 0.23], [0.165, -0.15, 0.23], [
        -0.165,
        -0.09,
        0.02,
      ], [0.165, -0.09, 0.02]], STEEL);
      model.patch([[0.155, -0.085, 0.03], [-0.155, -0.085, 0.03], [
        0.155,
        -0.143,
        0.222,
      ], [-0.155, -0.143, 0.222]], screen);
    },
  };
}

/** Plates and cups for four at a table of `width`. */
export function tableware(width: number): Piece {
  return {
    name: "plates",
    kind: "plates",
    width,
    depth: 0.6,
    height: 0.1,
    build(model: Model): void {
      const china = painted([0.88, 0.88, 0.86], 0.017);
      for (const x of [-0.25, 0.25]) {
        for (const y of [-0.24, 0.24]) {
          model.lathe([x * width, y, 0.003], [
            [0.07, 0],
            [0.115, 0.026],
            [0.11, 0.028],
            [0.07, 0.02],
            [0, 0.02],
          ], { material: china, segments: 14 });
          model.lathe([x * width + 0.16, y * 0.7, 0.003], [[0.028, 0], [
            0.038,
            0.03,
          ], [0.038, 0.08]], { material: china, segments: 10 });
        }
      }
    },
  };
}

/** A folded blanket or towel. */
export function blanket(colour: ColourName): Piece {
  return {
    name: `${colour} blanket`,
    kind: "blanket",
    colour,
    width: 0.5,
    depth: 0.4,
    height: 0.07,
    build(model: Model): void {
      model.softBox([0, 0, 0.035], [0.5, 0.38, 0.07], {
        material: fabric(COLOURS[colour], 0.024),
        radius: 0.03,
      });
    },
  };
}

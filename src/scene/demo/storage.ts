/**
 * Shelves with books, wardrobes, the kitchen, the television.
 *
 * @module
 */

import {
  BLACK_GLASS,
  type ColourName,
  COLOURS,
  painted,
  STEEL,
  wood,
  WOODS,
} from "./materials.ts";
import type { Colour, Material, Model } from "./model.ts";
import type { Piece, Standing } from "./piece.ts";
import type { Random } from "./random.ts";

/** Spines: no purple, and red only where asked for. */
const SPINES: readonly Colour[] = [
  [0.12, 0.24, 0.45],
  [0.16, 0.36, 0.27],
  [0.78, 0.72, 0.58],
  [0.66, 0.5, 0.16],
  [0.24, 0.25, 0.27],
  [0.5, 0.3, 0.15],
  [0.82, 0.82, 0.79],
  [0.16, 0.44, 0.5],
  [0.76, 0.45, 0.18],
  [0.4, 0.47, 0.4],
];

/** Boards with books, some gaps, and something small in between. */
export function bookshelf(
  { width, height, timber, redBooks }: {
    width: number;
    height: number;
    timber: number;
    /** Red spines among the others. */
    redBooks: number;
  },
): Piece {
  const depth = 0.3;
  return {
    name: "bookshelf",
    kind: "bookshelf",
    width,
    depth,
    height,
    build(model: Model, random: Random): void {
      const material = wood(...WOODS[timber]!);
      const upright = { ...material, spacing: [0.019, 0.05] as const };
      const board = 0.026;
      for (const x of [-1, 1]) {
        model.box([x * (width - board) / 2, 0, height / 2], [
          board,
          depth,
          height,
        ], { material: upright });
      }
      const back = -depth / 2 + 0.01;
      model.patch([
        [width / 2, back, 0],
        [-width / 2, back, 0],
        [width / 2, back, height],
        [-width / 2, back, height],
      ], { ...material, spacing: [0.06, 0.05] });
      const shelves = Math.round(height / 0.36);
      let red = redBooks;
      for (let shelf = 0; shelf <= shelves; shelf++) {
        const z = board / 2 + shelf * (height - board) / shelves;
        model.box([0, 0, z], [width - 2 * board, depth, board], {
          material,
          without: ["-x", "+x"],
        });
        if (shelf === shelves) break;
        const room = (height - board) / shelves - board;
        let x = -width / 2 + board + 0.01;
        while (x < width / 2 - board - 0.06) {
          if (random.chance(0.07)) {
            x += random.between(0.08, 0.22);
            continue;
          }
          const thick = random.between(0.022, 0.052);
          const tall = Math.min(random.between(0.19, 0.29), room - 0.02);
          const deep = random.between(0.17, 0.23);
          const isRed = red > 0 && random.chance(0.12);
          if (isRed) red--;
          const spine = painted(
            isRed ? COLOURS.red : random.pick(SPINES),
            0.017,
          );
          const bottom = z + board / 2;
          model.box(
            [x + thick / 2, depth / 2 - 0.03 - deep / 2, bottom + tall / 2],
            [thick, deep, tall],
            {
              material: { ...spine, spacing: [0.02, 0.045], gloss: 0.25 },
              without: ["-z", "-y"],
            },
          );
          x += thick + 0.002;
        }
      }
    },
  };
}

/** A wardrobe with two doors. */
export function wardrobe(width: number, timber: number): Piece {
  const [depth, height] = [0.58, 2.05];
  return {
    name: "wardrobe",
    kind: "wardrobe",
    width,
    depth,
    height,
    build(model: Model): void {
      const upright: Material = {
        ...wood(...WOODS[timber]!),
        spacing: [0.028, 0.08],
      };
      model.box([0, -0.01, height / 2], [width, depth - 0.03, height], {
        material: upright,
      });
      for (const side of [-1, 1]) {
        const door = width / 2 - 0.02;
        model.box([side * width / 4, depth / 2 - 0.012, height / 2], [
          door,
          0.022,
          height - 0.08,
        ], { material: upright, without: ["-y"] });
        model.box(
          [side * 0.05, depth / 2 + 0.012, 1.05],
          [0.014, 0.024, 0.22],
          { material: STEEL, without: [] },
        );
      }
    },
  };
}

/** A chest of drawers; also the television's stand. */
export function drawers(
  { name, width, height, columns, rows, upon = [] }: {
    name: string;
    width: number;
    height: number;
    columns: number;
    rows: number;
    upon?: readonly Standing[];
  },
): Piece {
  const depth = 0.42;
  return {
    name,
    kind: name,
    width,
    depth,
    height,
    upon,
    build(model: Model, random: Random): void {
      const material = wood(...random.pick(WOODS));
      model.box([0, -0.01, height / 2], [width, depth - 0.02, height], {
        material,
      });
      for (let column = 0; column < columns; column++) {
        for (let row = 0; row < rows; row++) {
          const [wide, high] = [width / columns, (height - 0.08) / rows];
          const x = (column + 0.5) * wide - width / 2;
          const z = 0.06 + (row + 0.5) * high;
          model.box([x, depth / 2 - 0.008, z], [
            wide - 0.014,
            0.018,
            high - 0.014,
          ], { material, without: ["-y"] });
          model.box([x, depth / 2 + 0.008, z + high * 0.25], [
            0.1,
            0.016,
            0.012,
          ], { material: STEEL, without: [] });
        }
      }
    },
  };
}

/** A television on its stand's top. */
export function television(): Piece {
  return {
    name: "television",
    kind: "television",
    width: 1.1,
    depth: 0.2,
    height: 0.68,
    build(model: Model): void {
      model.box([0, 0, 0.01], [0.4, 0.2, 0.02], { material: BLACK_GLASS });
      model.box([0, 0, 0.05], [0.06, 0.03, 0.08], { material: BLACK_GLASS });
      model.box([0, 0, 0.37], [1.1, 0.04, 0.63], {
        material: BLACK_GLASS,
        without: [],
      });
    },
  };
}

/** Kitchen counter along a wall: cupboards, worktop, sink, hob, wall cupboards, extractor. */
export function kitchenCounter(
  width: number,
  front: ColourName | "wooden",
): Piece {
  const [depth, height] = [0.62, 0.91];
  return {
    name: "kitchen counter",
    kind: "kitchen counter",
    width,
    depth,
    height: 2.15,
    build(model: Model, random: Random): void {
      const face = front === "wooden"
        ? { ...wood(...WOODS[1]!), spacing: [0.03, 0.03] as const }
        : painted(COLOURS[front], 0.032);
      const top: Material = {
        texture: "marble",
        colour: [0.78, 0.77, 0.74],
        accent: [0.35, 0.34, 0.33],
        spacing: [0.03, 0.03],
        gloss: 0.85,
      };
      const splash: Material = {
        texture: "tiles",
        colour: [0.84, 0.84, 0.8],
        accent: [0.6, 0.6, 0.57],
        spacing: [0.034, 0.034],
        gloss: 0.6,
      };
      const units = Math.round(width / 0.6);
      const each = width / units;
      model.box([0, -0.04, 0.05], [width, depth - 0.12, 0.1], {
        material: painted([0.12, 0.12, 0.12], 0.04),
      });
      model.box([0, -0.01, 0.485], [width, depth - 0.04, 0.77], {
        material: face,
        without: ["-y", "-z", "+z"],
      });
      model.box([0, 0, height - 0.02], [width, depth, 0.04], {
        material: top,
        without: ["-y"],
      });
      const back = -depth / 2 + 0.012;
      model.patch([[width / 2, back, height], [-width / 2, back, height], [
        width / 2,
        back,
        1.45,
      ], [-width / 2, back, 1.45]], splash);
      const hob = random.integer(0, units - 1);
      const sink = (hob + Math.max(1, Math.floor(units / 2))) % units;
      for (let unit = 0; unit < units; unit++) {
        const x = (unit + 0.5) * each - width / 2;
        model.box([x, depth / 2 - 0.022, 0.485], [each - 0.012, 0.02, 0.75], {
          material: face,
          without: ["-y"],
        });
        model.box([x, depth / 2, 0.79], [0.18, 0.02, 0.014], {
          material: STEEL,
          without: [],
        });
        const [over, out] = [x, -depth / 2 + 0.17];
        if (unit === hob) {
          model.box([over, out + 0.02, 1.58], [each - 0.04, 0.4, 0.06], {
            material: STEEL,
            without: [],
          });
          model.box([over, out - 0.02, 1.85], [0.26, 0.26, 0.54], {
            material: STEEL,
            without: [],
          });
          model.box([x, 0.01, height + 0.004], [each - 0.06, 0.48, 0.008], {
            material: BLACK_GLASS,
          });
          continue;
        }
        model.box([over, out, 1.8], [each - 0.006, 0.34, 0.7], {
          material: face,
          without: ["-y"],
        });
        model.box([over, out + 0.178, 1.5], [0.16, 0.014, 0.012], {
          material: STEEL,
          without: [],
        });
        if (unit === sink) {
          model.box([x, 0.03, height + 0.003], [each - 0.14, 0.4, 0.006], {
            material: STEEL,
          });
          model.patch([
            [x - 0.19, -0.11, height + 0.007],
            [x + 0.19, -0.11, height + 0.007],
            [x - 0.19, 0.17, height + 0.007],
            [x + 0.19, 0.17, height + 0.007],
          ], {
            ...STEEL,
            colour: [0.34, 0.35, 0.36],
          });
          model.box([x, -0.2, height + 0.14], [0.03, 0.03, 0.28], {
            material: STEEL,
          });
          model.box([x, -0.12, height + 0.27], [0.026, 0.18, 0.026], {
            material: STEEL,
            without: [],
          });
        }
      }
    },
  };
}

/** A tall refrigerator. */
export function refrigerator(): Piece {
  return {
    name: "refrigerator",
    kind: "refrigerator",
    width: 0.62,
    depth: 0.64,
    height: 1.82,
    build(model: Model): void {
      const body = painted([0.72, 0.73, 0.74], 0.036);
      model.box([0, -0.02, 0.91], [0.62, 0.6, 1.82], { material: body });
      model.box([0, 0.295, 0.36], [0.6, 0.03, 0.66], {
        material: body,
        without: ["-y"],
      });
      model.box([0, 0.295, 1.26], [0.6, 0.03, 1.08], {
        material: body,
        without: ["-y"],
      });
      for (const z of [0.58, 0.95]) {
        model.box([0.24, 0.325, z], [0.022, 0.03, 0.26], {
          material: STEEL,
          without: [],
        });
      }
    },
  };
}

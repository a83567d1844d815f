/**
 * Chairs, stools, sofas and beds.
 *
 * @module
 */

import {
  type ColourName,
  COLOURS,
  fabric,
  painted,
  wood,
  WOODS,
} from "./materials.ts";
import type { Colour, Model } from "./model.ts";
import type { Piece } from "./piece.ts";
import type { Random } from "./random.ts";

/** Shapes a chair comes in. */
export type ChairShape = "slatted" | "shell" | "upholstered";

/** A chair: seat at 0.45 m, back to 0.9 m, four legs, all in one colour. */
export function chair(colour: ColourName | "wooden", shape: ChairShape): Piece {
  const [width, depth, height] = [0.46, 0.5, 0.92];
  return {
    name: `${colour} chair`,
    kind: "chair",
    colour,
    width,
    depth,
    height,
    build(model: Model, random: Random): void {
      const frame = colour === "wooden"
        ? wood(...WOODS[random.integer(0, 1)]!)
        : painted(COLOURS[colour]);
      const soft = shape === "upholstered" && colour !== "wooden"
        ? fabric(COLOURS[colour], 0.02)
        : frame;
      const leg = 0.038;
      for (const x of [-1, 1]) {
        const at = x * (width / 2 - leg / 2);
        model.box([at, depth / 2 - 0.05, 0.215], [leg, leg, 0.43], {
          material: frame,
          without: ["+z", "-z"],
        });
        const tall = shape === "shell" ? 0.43 : height - 0.02;
        model.box([at, -depth / 2 + 0.04, tall / 2], [leg, leg, tall], {
          material: frame,
          without: ["-z"],
        });
      }
      model.box([0, 0.01, 0.36], [width - 0.06, 0.02, 0.05], {
        material: frame,
        without: [],
      });
      if (shape === "upholstered") {
        model.softBox([0, 0.0, 0.455], [width, depth - 0.04, 0.09], {
          material: soft,
          radius: 0.03,
        });
        model.softBox(
          [0, -depth / 2 + 0.055, 0.72],
          [width - 0.03, 0.08, 0.4],
          { material: soft, radius: 0.03 },
        );
        return;
      }
      model.box([0, 0.0, 0.445], [width, depth - 0.03, 0.035], {
        material: soft,
        without: [],
      });
      if (shape === "shell") {
        // A curved back in facets.
        const facets = 6;
        for (let i = 0; i < facets; i++) {
          const angle = (i + 0.5) / facets * 2 - 1;
          const y = -depth / 2 + 0.03 + 0.07 * angle * angle;
          model.box([angle * width / 2, y, 0.68], [
            width / facets + 0.012,
            0.022,
            0.46,
          ], {
            material: soft,
            without: [],
            turn: angle * 0.4,
          });
        }
        return;
      }
      const back = -depth / 2 + 0.04;
      model.box([0, back, height - 0.06], [width - 2 * leg, 0.024, 0.1], {
        material: frame,
        without: [],
      });
      model.box([0, back, 0.6], [width - 2 * leg, 0.022, 0.06], {
        material: frame,
        without: [],
      });
      for (let slat = 0; slat < 4; slat++) {
        const x = (slat - 1.5) * (width - 0.1) / 4;
        model.box([x, back, 0.72], [0.045, 0.016, 0.2], {
          material: frame,
          without: ["+z", "-z"],
        });
      }
    },
  };
}

/** A low round stool: no back. */
export function stool(colour: ColourName): Piece {
  return {
    name: `${colour} stool`,
    kind: "stool",
    colour,
    width: 0.38,
    depth: 0.38,
    height: 0.45,
    build(model: Model): void {
      const material = fabric(COLOURS[colour], 0.02);
      model.lathe([0, 0, 0], [
        [0.17, 0.02],
        [0.19, 0.1],
        [0.19, 0.36],
        [0.17, 0.43],
        [0.1, 0.452],
        [0, 0.455],
      ], {
        material,
        segments: 16,
      });
    },
  };
}

/** A sofa, one seat each 0.75 m, with cushions in the given colours. */
export function sofa(
  colour: Colour,
  { name, width, cushions }: {
    name: string;
    width: number;
    cushions: readonly ColourName[];
  },
): Piece {
  const [depth, height] = [0.92, 0.82];
  return {
    name: `${name} sofa`,
    kind: "sofa",
    colour: name,
    width,
    depth,
    height,
    build(model: Model): void {
      const material = fabric(colour, 0.03);
      const dark = wood(...WOODS[2]!);
      for (const x of [-1, 1]) {
        for (const y of [-1, 1]) {
          model.box([x * (width / 2 - 0.08), y * (depth / 2 - 0.08), 0.05], [
            0.05,
            0.05,
            0.1,
          ], { material: dark });
        }
        model.softBox([x * (width / 2 - 0.1), 0.02, 0.34], [
          0.2,
          depth - 0.06,
          0.5,
        ], { material, radius: 0.06 });
      }
      model.softBox([0, 0, 0.2], [width - 0.3, depth - 0.06, 0.2], {
        material,
        radius: 0.03,
      });
      model.softBox([0, -depth / 2 + 0.13, 0.52], [width - 0.34, 0.24, 0.6], {
        material,
        radius: 0.08,
      });
      const seats = Math.round((width - 0.4) / 0.75);
      const each = (width - 0.4) / seats;
      for (let seat = 0; seat < seats; seat++) {
        const x = (seat - (seats - 1) / 2) * each;
        model.softBox([x, 0.13, 0.37], [each - 0.012, depth - 0.32, 0.17], {
          material,
          radius: 0.055,
        });
        model.softBox([x, -depth / 2 + 0.3, 0.62], [each - 0.02, 0.17, 0.38], {
          material,
          radius: 0.07,
        });
      }
    },
    upon: cushions.map((cushionColour, i) => ({
      piece: cushion(cushionColour),
      x: (i % 2 === 0 ? 1 : -1) * (width / 2 - 0.42 - 0.4 * Math.floor(i / 2)),
      y: -0.06,
      z: 0.455,
      yaw: (i % 2 === 0 ? 1 : -1) * 0.3,
    })),
  };
}

/** A pillow of 0.42 m that leans back. */
export function cushion(colour: ColourName): Piece {
  return {
    name: `${colour} cushion`,
    kind: "cushion",
    colour,
    width: 0.42,
    depth: 0.2,
    height: 0.4,
    build(model: Model): void {
      model.cushion([0, 0, 0.19], [0.42, 0.15, 0.4], {
        material: fabric(COLOURS[colour], 0.022),
        lean: 0.3,
      });
    },
  };
}

/** An armchair, never in a colour that is searched for. */
export function armchair(colour: ColourName): Piece {
  const [width, depth] = [0.82, 0.84];
  return {
    name: `${colour} armchair`,
    kind: "armchair",
    colour,
    width,
    depth,
    height: 0.9,
    build(model: Model): void {
      const material = fabric(COLOURS[colour], 0.026);
      const legs = wood(...WOODS[0]!);
      for (const x of [-1, 1]) {
        for (const y of [-1, 1]) {
          model.box([x * (width / 2 - 0.1), y * (depth / 2 - 0.1), 0.07], [
            0.045,
            0.045,
            0.14,
          ], { material: legs });
        }
        model.softBox([x * (width / 2 - 0.075), 0.03, 0.4], [
          0.15,
          depth - 0.1,
          0.42,
        ], { material, radius: 0.05 });
      }
      model.softBox([0, 0.05, 0.3], [width - 0.28, depth - 0.16, 0.32], {
        material,
        radius: 0.06,
      });
      model.softBox([0, -depth / 2 + 0.12, 0.58], [width - 0.1, 0.22, 0.64], {
        material,
        radius: 0.08,
      });
    },
  };
}

/** A made bed: frame, mattress, duvet, pillows, headboard at its back. */
export function bed(
  colour: Colour,
  { name, width }: { name: string; width: number },
): Piece {
  const depth = 2.08;
  return {
    name: `${name} bed`,
    kind: "bed",
    colour: name,
    width,
    depth,
    height: 1.0,
    build(model: Model, random: Random): void {
      const frame = wood(...random.pick(WOODS));
      const linen = fabric([0.84, 0.83, 0.8], 0.034);
      model.box([0, 0.02, 0.2], [width, depth - 0.04, 0.2], {
        material: frame,
      });
      model.box([0, -depth / 2 + 0.03, 0.5], [width, 0.06, 1.0], {
        material: frame,
      });
      model.softBox([0, 0.03, 0.38], [width - 0.06, depth - 0.1, 0.2], {
        material: linen,
        radius: 0.06,
      });
      model.softBox([0, 0.3, 0.46], [width + 0.04, depth - 0.66, 0.14], {
        material: fabric(colour, 0.032),
        radius: 0.06,
      });
      model.softBox([0, -0.34, 0.525], [width + 0.02, 0.3, 0.05], {
        material: linen,
        radius: 0.02,
      });
      const pillows = width > 1.2 ? 2 : 1;
      for (let i = 0; i < pillows; i++) {
        const x = (i - (pillows - 1) / 2) * width / 2;
        model.cushion([x, -depth / 2 + 0.3, 0.6], [0.66, 0.2, 0.42], {
          material: linen,
          lean: 0.9,
        });
      }
    },
  };
}

/** A low bench with something upon it. */
export function blanketBench(timber: number, upon: Piece): Piece {
  return {
    name: "bench",
    kind: "bench",
    width: 1.1,
    depth: 0.38,
    height: 0.45,
    upon: [{ piece: upon, x: 0.15, y: 0, z: 0.45 }],
    build(model: Model): void {
      const material = wood(...WOODS[timber]!);
      model.box([0, 0, 0.43], [1.1, 0.38, 0.04], { material, without: [] });
      for (const x of [-0.45, 0.45]) {
        model.box([x, 0, 0.205], [0.05, 0.32, 0.41], {
          material,
          without: ["+z", "-z"],
        });
      }
    },
  };
}

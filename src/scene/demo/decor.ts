/**
 * Lamps, plants, rugs, pictures, curtains.
 *
 * @module
 */

import {
  type ColourName,
  COLOURS,
  fabric,
  painted,
  STEEL,
  wood,
  WOODS,
} from "./materials.ts";
import type { Colour, Material, Model, Point } from "./model.ts";
import type { Piece } from "./piece.ts";
import type { Random } from "./random.ts";

/** Colour of lamp light. */
export const LAMPLIGHT: Colour = [1, 0.83, 0.58];
const SHADE: Material = {
  texture: "fabric",
  colour: [0.95, 0.86, 0.68],
  spacing: [0.026, 0.026],
  gloss: 0,
  glow: 0.45,
};

/** A standing lamp; its light hangs above the shade. */
export function floorLamp(): Piece {
  return {
    name: "floor lamp",
    kind: "lamp",
    width: 0.4,
    depth: 0.4,
    height: 1.68,
    light: { z: 1.75, power: 0.34 },
    build(model: Model): void {
      model.lathe([0, 0, 0], [[0.15, 0], [0.15, 0.02], [0.015, 0.03], [
        0.013,
        1.4,
      ]], { material: STEEL, segments: 10 });
      model.lathe([0, 0, 0], [[0.2, 1.36], [0.13, 1.68], [0.11, 1.675]], {
        material: SHADE,
        segments: 16,
      });
    },
  };
}

/** A small lamp for bedside tables and desks. */
export function tableLamp(): Piece {
  return {
    name: "table lamp",
    kind: "lamp",
    width: 0.22,
    depth: 0.22,
    height: 0.4,
    light: { z: 0.45, power: 0.12 },
    build(model: Model): void {
      model.lathe([0, 0, 0], [[0.06, 0], [0.075, 0.06], [0.05, 0.14], [
        0.015,
        0.19,
      ], [0.015, 0.24]], {
        material: painted([0.8, 0.79, 0.75], 0.014),
        segments: 12,
      });
      model.lathe([0, 0, 0], [[0.12, 0.2], [0.08, 0.4], [0.07, 0.395]], {
        material: SHADE,
        segments: 14,
      });
    },
  };
}

/** A lamp that hangs from the ceiling; its lower rim is at `bottom` metres. */
export function pendantLamp(bottom: number, ceiling: number): Piece {
  return {
    name: "pendant lamp",
    kind: "lamp",
    width: 0.4,
    depth: 0.4,
    height: ceiling,
    light: { z: bottom - 0.03, power: 0.4 },
    build(model: Model): void {
      model.lathe([0, 0, 0], [[0.21, bottom], [0.19, bottom + 0.12], [
        0.1,
        bottom + 0.22,
      ], [0.03, bottom + 0.26]], { material: SHADE, segments: 16 });
      model.lathe([0, 0, 0], [[0.008, bottom + 0.24], [0.008, ceiling]], {
        material: painted([0.1, 0.1, 0.1], 0.02),
        segments: 4,
      });
    },
  };
}

/** A plant in a pot: arching leaves around a middle. */
export function plant(height: number, pot: Colour): Piece {
  const radius = height * 0.34;
  return {
    name: "plant",
    kind: "plant",
    width: radius * 1.7,
    depth: radius * 1.7,
    height,
    build(model: Model, random: Random): void {
      const size = Math.min(0.18, height * 0.17);
      model.lathe([0, 0, 0], [
        [size * 0.7, 0],
        [size, size * 1.7],
        [size * 0.92, size * 1.7],
        [size * 0.9, size * 1.5],
        [0, size * 1.5],
      ], {
        material: painted(pot, 0.018),
        segments: 14,
      });
      const leaf: Material = {
        texture: "leaf",
        colour: [0.13, 0.36, 0.13],
        accent: [0.34, 0.55, 0.24],
        spacing: [0.05, 0.024],
        gloss: 0.45,
      };
      const base = size * 1.5;
      const leaves = Math.round(34 + 30 * height);
      for (let i = 0; i < leaves; i++) {
        const angle = i * 2.399963 + random.between(-0.3, 0.3);
        const rise = (i + 0.5) / leaves;
        const foot = base + (height - base) * rise * 0.55;
        const reach = radius * random.between(0.55, 1) * (1 - 0.4 * rise);
        const top = foot +
          (height - base) * random.between(0.2, 0.45) * (0.5 + rise * 0.5);
        const wide = random.between(0.03, 0.055) * (0.6 + height / 2);
        const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
        const at = (out: number, side: number, z: number): Point => [
          out * cosine - side * sine,
          out * sine + side * cosine,
          Math.min(z, height),
        ];
        const middle = at(reach * 0.6, 0, top);
        // Two panels a leaf: rising, then drooping to a point.
        model.patch([
          at(0.02, -0.008, foot),
          at(0.02, 0.008, foot),
          at(reach * 0.6, -wide, middle[2]),
          at(reach * 0.6, wide, middle[2]),
        ], { ...leaf, spacing: [0.024, 0.05] });
        model.patch([
          at(reach * 0.6, -wide, middle[2]),
          at(reach * 0.6, wide, middle[2]),
          at(reach, 0, middle[2] - 0.22 * reach),
          at(reach, 0, middle[2] - 0.22 * reach),
        ], { ...leaf, spacing: [0.024, 0.05] });
      }
    },
  };
}

/** A patterned rug. */
export function rug(
  { name, colour, accent, width, depth }: {
    name: string;
    colour: Colour;
    accent: Colour;
    width: number;
    depth: number;
  },
): Piece {
  return {
    name: `${name} rug`,
    kind: "rug",
    colour: name,
    width,
    depth,
    height: 0.03,
    build(model: Model): void {
      const material: Material = {
        texture: "rug",
        colour,
        accent,
        spacing: [0.033, 0.033],
        gloss: 0.03,
      };
      model.patch([
        [-width / 2, -depth / 2, 0.024],
        [width / 2, -depth / 2, 0.024],
        [-width / 2, depth / 2, 0.024],
        [width / 2, depth / 2, 0.024],
      ], material);
    },
  };
}

/** A framed picture; hangs with its back to y = 0. */
export function picture(
  { width, height, colour, accent, style, name }: {
    width: number;
    height: number;
    colour: Colour;
    accent: Colour;
    style: "landscape" | "abstract";
    name: string;
  },
): Piece {
  return {
    name,
    kind: "picture",
    ...(name.startsWith("red") ? { colour: "red" } : {}),
    width,
    depth: 0.03,
    height,
    build(model: Model, random: Random): void {
      const frame = random.chance(0.5)
        ? painted([0.1, 0.1, 0.1], 0.02)
        : wood(...WOODS[random.integer(0, 2)]!);
      const [rim, out] = [0.03, 0.03];
      for (const side of [-1, 1]) {
        model.box([side * (width - rim) / 2, out / 2, height / 2], [
          rim,
          out,
          height,
        ], {
          material: { ...frame, spacing: [0.02, 0.05] },
          without: ["-y"],
          shadow: false,
        });
        model.box([0, out / 2, height / 2 + side * (height - rim) / 2], [
          width,
          out,
          rim,
        ], { material: frame, without: ["-y"], shadow: false });
      }
      const [w, top, bottom] = [width / 2 - rim, height - rim, rim];
      const material: Material = {
        texture: style,
        colour,
        accent,
        spacing: [0.019, 0.019],
        gloss: 0.25,
      };
      model.patch([[w, 0.015, bottom], [-w, 0.015, bottom], [w, 0.015, top], [
        -w,
        0.015,
        top,
      ]], material);
    },
  };
}

/** A pair of curtains at the sides of a window `width` wide; hangs from z = 0 down. */
export function curtains(
  width: number,
  { drop, colour }: { drop: number; colour: Colour },
): Piece {
  return {
    name: "curtains",
    kind: "curtains",
    width: width + 0.5,
    depth: 0.12,
    height: drop,
    build(model: Model): void {
      const material: Material = {
        ...fabric(colour, 0.045),
        spacing: [0.024, 0.07],
      };
      model.box([0, 0.07, 0.0], [width + 0.56, 0.025, 0.025], {
        material: STEEL,
        without: [],
        shadow: false,
      });
      const folds = 7;
      const wide = 0.28;
      for (const side of [-1, 1]) {
        const left = side < 0 ? -width / 2 - 0.24 : width / 2 + 0.24 - wide;
        const at = (fold: number, z: number): Point => [
          left + wide * fold / folds,
          0.07 + 0.03 * Math.sin(fold * 2.1 + side),
          z,
        ];
        for (let fold = 0; fold < folds; fold++) {
          model.patch([
            at(fold + 1, -drop),
            at(fold, -drop),
            at(fold + 1, 0),
            at(fold, 0),
          ], material);
        }
      }
    },
  };
}

/** A wastepaper basket or toy box in a plain colour. */
export function basket(colour: ColourName): Piece {
  return {
    name: `${colour} basket`,
    kind: "basket",
    colour,
    width: 0.3,
    depth: 0.3,
    height: 0.3,
    build(model: Model): void {
      model.lathe([0, 0, 0], [[0.11, 0], [0.15, 0.3], [0.142, 0.3], [
        0.105,
        0.02,
      ], [0, 0.02]], {
        material: painted(COLOURS[colour], 0.02),
        segments: 14,
      });
    },
  };
}

/**
 * The materials of the flat. Spacing is what costs splats: fine where there is
 * pattern or an edge to see, coarse on bare walls.
 *
 * @module
 */

import type { Colour, Material } from "./model.ts";

/** Colours of chairs, cushions and the like, by the word a person would use. */
export const COLOURS = {
  red: [0.72, 0.045, 0.04],
  blue: [0.1, 0.25, 0.62],
  green: [0.13, 0.42, 0.2],
  yellow: [0.9, 0.7, 0.12],
  white: [0.86, 0.86, 0.84],
  black: [0.07, 0.07, 0.075],
  grey: [0.42, 0.43, 0.44],
  teal: [0.08, 0.45, 0.47],
  orange: [0.88, 0.42, 0.08],
  brown: [0.36, 0.2, 0.1],
  beige: [0.76, 0.68, 0.54],
  pink: [0.9, 0.58, 0.56],
} as const satisfies Record<string, Colour>;

/** A colour that has a name. */
export type ColourName = keyof typeof COLOURS;

/** Bare wall in `colour`. */
export function plaster(colour: Colour): Material {
  return { texture: "plaster", colour, spacing: [0.068, 0.068], gloss: 0.06 };
}

/** Painted wood or metal in `colour`, with a sheen. */
export function painted(colour: Colour, spacing = 0.022): Material {
  return {
    texture: "plain",
    colour,
    spacing: [spacing * 1.3, spacing],
    gloss: 0.5,
  };
}

/** Wood between `dark` and `light`, grain along the first side of a patch. */
export function wood(light: Colour, dark: Colour, gloss = 0.45): Material {
  return {
    texture: "wood",
    colour: dark,
    accent: light,
    spacing: [0.05, 0.019],
    gloss,
  };
}

/** Upholstery in `colour`. */
export function fabric(colour: Colour, spacing = 0.024): Material {
  return {
    texture: "fabric",
    colour,
    spacing: [spacing, spacing],
    gloss: 0.12,
  };
}

/** Light woods and dark ones, light colour first. */
export const WOODS: readonly (readonly [Colour, Colour])[] = [
  [[0.72, 0.52, 0.33], [0.55, 0.36, 0.2]],
  [[0.8, 0.64, 0.44], [0.66, 0.49, 0.31]],
  [[0.42, 0.26, 0.15], [0.27, 0.155, 0.085]],
];

/** White lacquer: doors' and windows' frames, skirting. */
export const WHITE_TRIM: Material = {
  texture: "plain",
  colour: [0.88, 0.88, 0.86],
  spacing: [0.07, 0.02],
  gloss: 0.35,
};

/** Brushed metal. */
export const STEEL: Material = {
  texture: "plain",
  colour: [0.6, 0.61, 0.62],
  spacing: [0.03, 0.016],
  gloss: 0.9,
};

/** Screens, hobs. */
export const BLACK_GLASS: Material = {
  texture: "plain",
  colour: [0.05, 0.053, 0.058],
  spacing: [0.035, 0.03],
  gloss: 1,
};

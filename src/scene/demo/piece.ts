/**
 * What a piece of furniture is to the one who places it.
 *
 * @module
 */

import type { Model } from "./model.ts";
import type { Random } from "./random.ts";

/** A piece in its own axes: centred on the floor, back at -y, front at +y. */
export interface Piece {
  /** What a person would call it, colour included: `red chair`. */
  readonly name: string;
  /** Without the colour: `chair`. */
  readonly kind: string;
  /** Colour word, where it has one. */
  readonly colour?: string;
  /** Metres along x. */
  readonly width: number;
  /** Metres along y. */
  readonly depth: number;
  /** Metres along z. */
  readonly height: number;
  /** Builds it around the origin of the model's current placement. */
  build(model: Model, random: Random): void;
  /** Lamps shine from so many metres above their foot. */
  readonly light?: { readonly z: number; readonly power: number };
  /** Smaller pieces that stand on it, placed in its axes. */
  readonly upon?: readonly Standing[];
}

/** A piece that stands on another one. */
export interface Standing {
  readonly piece: Piece;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Radians. @default {0} */
  readonly yaw?: number;
}

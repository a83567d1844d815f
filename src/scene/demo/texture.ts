/**
 * Procedural albedo: a colour at each point of a surface. Each pattern is a
 * loop of its own over the points of one patch, so that the compiler sees
 * small functions with one purpose, which matters for a scene that is made
 * once, in a cold process.
 *
 * @module
 */

import type { Material } from "./model.ts";
import { Random } from "./random.ts";

/** Patterns that a material may have. */
export type Texture =
  | "plain"
  | "plaster"
  | "wood"
  | "planks"
  | "tiles"
  | "fabric"
  | "carpet"
  | "rug"
  | "marble"
  | "leaf"
  | "landscape"
  | "abstract"
  | "sky";

/** The points of one patch, and the colours that a pattern gives them. */
export interface PatchPoints {
  /** Points in use. */
  count: number;
  /** Metres along the patch's first side; continuous over neighbouring patches. */
  readonly u: Float64Array;
  /** Metres along its second side. */
  readonly v: Float64Array;
  /** [0, 1] along the first side. */
  readonly s: Float64Array;
  /** [0, 1] along the second side. */
  readonly t: Float64Array;
  /** Tells one piece's pattern from another's. */
  variant: number;
  /** Out: linear albedo r, g, b a point. */
  readonly colours: Float64Array;
}

/** Side of the noise table, a power of two. */
const SIDE = 64;
const NOISE = makeNoise();

function makeNoise(): Float64Array {
  const random = new Random(20231);
  const table = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < table.length; i++) table[i] = random.next() * 2 - 1;
  return table;
}

/** Smooth noise in [-1, 1], period 64 along both arguments. */
function noise(x: number, y: number): number {
  const floorX = Math.floor(x);
  const floorY = Math.floor(y);
  let s = x - floorX;
  let t = y - floorY;
  s = s * s * (3 - 2 * s);
  t = t * t * (3 - 2 * t);
  const x0 = floorX & (SIDE - 1);
  const x1 = (floorX + 1) & (SIDE - 1);
  const y0 = (floorY & (SIDE - 1)) * SIDE;
  const y1 = ((floorY + 1) & (SIDE - 1)) * SIDE;
  const low = NOISE[y0 + x0]! + s * (NOISE[y0 + x1]! - NOISE[y0 + x0]!);
  const high = NOISE[y1 + x0]! + s * (NOISE[y1 + x1]! - NOISE[y1 + x0]!);
  return low + t * (high - low);
}

/** A fixed random number in [-1, 1] for a pair of integers. */
function cell(x: number, y: number): number {
  return NOISE[((y & (SIDE - 1)) * SIDE) + (x & (SIDE - 1))]!;
}

/** Fills `points.colours` with the albedo of `material`. */
export function colourPatch(material: Material, points: PatchPoints): void {
  const { colour, accent = colour } = material;
  const pair = new Float64Array(6);
  for (let channel = 0; channel < 3; channel++) {
    pair[channel] = colour[channel]!;
    pair[3 + channel] = accent[channel]! - colour[channel]!;
  }
  PATTERNS[material.texture](points, pair);
}

/** Colour and, from 3 on, what the accent adds to it. */
type Pair = Float64Array;

const PATTERNS: Readonly<
  Record<Texture, (points: PatchPoints, pair: Pair) => void>
> = {
  plain,
  plaster,
  wood,
  planks,
  tiles,
  fabric,
  carpet,
  rug,
  marble,
  leaf,
  landscape,
  abstract,
  sky,
};

/** The colour at point `i`: `mix` of the accent, times `gain`. */
function put(
  colours: Float64Array,
  i: number,
  pair: Pair,
  mix: number,
  gain: number,
): void {
  colours[3 * i] = gain * (pair[0]! + mix * pair[3]!);
  colours[3 * i + 1] = gain * (pair[1]! + mix * pair[4]!);
  colours[3 * i + 2] = gain * (pair[2]! + mix * pair[5]!);
}

function plain(
  { count, u, v, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  for (let i = 0; i < count; i++) {
    put(colours, i, pair, 0, 1 + 0.03 * noise(u[i]! * 9 + variant, v[i]! * 9));
  }
}

function plaster({ count, u, v, colours }: PatchPoints, pair: Pair): void {
  for (let i = 0; i < count; i++) {
    const gain = 1 + 0.022 * noise(u[i]! * 1.3 + 7, v[i]! * 1.3) +
      0.018 * noise(u[i]! * 11, v[i]! * 11 + 3);
    put(colours, i, pair, 0, gain);
  }
}

function wood(
  { count, u, v, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  for (let i = 0; i < count; i++) {
    const along = u[i]!;
    const across = v[i]! * 34 + 2.5 * noise(along * 1.1, v[i]! * 4);
    const mix = 0.5 + 0.5 * noise(along * 1.6 + variant * 3.1, across);
    put(colours, i, pair, mix, 1 + 0.06 * noise(along * 3, across * 2));
  }
}

/** Staggered boards of 0.13 m by 1.15 m with dark seams. */
function planks({ count, u, v, colours }: PatchPoints, pair: Pair): void {
  for (let i = 0; i < count; i++) {
    const row = Math.floor(v[i]! / 0.13);
    const along = u[i]! + 0.9 * cell(row, 5);
    const plank = Math.floor(along / 1.15);
    let mix = 0.5 + 0.36 * cell(plank, row) +
      0.3 * noise(along * 1.7 + row * 9, v[i]! * 42);
    mix = Math.min(Math.max(mix, 0), 1);
    let gain = 1 + 0.05 * cell(plank + 17, row);
    const across = v[i]! / 0.13 - row;
    if (across < 0.08 || across > 0.94) gain *= 0.82;
    if (along / 1.15 - plank < 0.012) gain *= 0.75;
    put(colours, i, pair, mix, gain);
  }
}

/** Side of a tile, metres. */
const TILE = 0.32;

/** Square tiles; the accent is their grout. */
function tiles({ count, u, v, colours }: PatchPoints, pair: Pair): void {
  for (let i = 0; i < count; i++) {
    const x = u[i]! / TILE;
    const y = v[i]! / TILE;
    const column = Math.floor(x);
    const row = Math.floor(y);
    // Metres to the nearest joint, blurred over a splat's width.
    const joint = TILE * Math.min(
      Math.abs(x - Math.round(x)),
      Math.abs(y - Math.round(y)),
    );
    const mix = 0.75 * Math.max(0, 1 - joint / 0.03);
    const gain = 1 + 0.05 * cell(column, row) + 0.03 * noise(x * 2.2, y * 2.2);
    put(colours, i, pair, mix, gain);
  }
}

function fabric(
  { count, u, v, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  for (let i = 0; i < count; i++) {
    const gain = 1 + 0.06 * noise(u[i]! * 60 + variant, v[i]! * 60) +
      0.05 * noise(u[i]! * 6 + variant, v[i]! * 6);
    put(colours, i, pair, 0, gain);
  }
}

function carpet({ count, u, v, colours }: PatchPoints, pair: Pair): void {
  for (let i = 0; i < count; i++) {
    const gain = 1 + 0.09 * noise(u[i]! * 45, v[i]! * 45) +
      0.04 * noise(u[i]! * 3, v[i]! * 3);
    put(colours, i, pair, 0, gain);
  }
}

/** Two bands at the border, lozenges inside. */
function rug(
  { count, u, v, s, t, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  for (let i = 0; i < count; i++) {
    const x = s[i]!;
    const y = t[i]!;
    const edge = Math.min(x, 1 - x, y, 1 - y);
    const isBand = edge < 0.05 || (edge > 0.085 && edge < 0.11);
    const ripple = Math.sin(
      (Math.abs(x - 0.5) + Math.abs(y - 0.5) * 0.9) * 46 + variant % 7,
    );
    const mix = isBand ? 1 : edge < 0.11 ? 0 : ripple > 0.35 ? 0.85 : 0.08;
    put(colours, i, pair, mix, 1 + 0.1 * noise(u[i]! * 40, v[i]! * 40));
  }
}

function marble(
  { count, u, v, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  for (let i = 0; i < count; i++) {
    const x = u[i]!;
    const y = v[i]!;
    const vein = noise(x * 2.2 + variant, y * 2.2 + 1.5 * noise(x * 5, y * 5));
    const mix = 0.5 * Math.max(0, 1 - 7 * Math.abs(vein));
    put(colours, i, pair, mix, 1 + 0.03 * noise(x * 20, y * 20));
  }
}

function leaf(
  { count, t, u, v, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  const tone = 1 + 0.22 * cell(variant, 3);
  for (let i = 0; i < count; i++) {
    const mix = Math.abs(t[i]! - 0.5) < 0.12 ? 0.7 : 0.1;
    put(colours, i, pair, mix, tone + 0.1 * noise(u[i]! * 30, v[i]! * 30));
  }
}

/** The view out of a window, out of focus: garden below, sky above. */
function sky({ count, s, t, variant, colours }: PatchPoints): void {
  for (let i = 0; i < count; i++) {
    const x = s[i]!;
    const y = t[i]!;
    const horizon = 0.3 + 0.1 * noise(x * 3 + variant, 1) +
      0.05 * noise(x * 11 + variant, 2);
    const cloud = Math.max(0, noise(x * 3 + variant, y * 5));
    const dapple = 1 + 0.35 * noise(x * 14 + variant, y * 14);
    const isGarden = y < horizon;
    colours[3 * i] = isGarden ? 0.5 * dapple : 0.8 + 0.15 * cloud - 0.16 * y;
    colours[3 * i + 1] = isGarden
      ? 0.62 * dapple
      : 0.89 + 0.08 * cloud - 0.08 * y;
    colours[3 * i + 2] = isGarden ? 0.4 * dapple : 0.98;
  }
}

/** A painted landscape: sky, hills in three depths, a low sun. */
function landscape({ count, s, t, variant, colours }: PatchPoints): void {
  const sunX = 0.3 + 0.4 * Math.abs(cell(variant, 1));
  for (let i = 0; i < count; i++) {
    const x = s[i]!;
    const y = t[i]!;
    let red = 0.93 - 0.35 * y;
    let green = 0.85 - 0.2 * y;
    let blue = 0.7 + 0.12 * y;
    if (Math.hypot(x - sunX, (y - 0.68) * 0.8) < 0.07) {
      red = 0.98;
      green = 0.86;
      blue = 0.55;
    }
    for (let hill = 0; hill < 3; hill++) {
      const ridge = 0.52 - 0.15 * hill +
        0.1 * noise(x * (2 + hill) + variant * 5 + hill * 9, hill);
      if (y < ridge) {
        red = 0.42 - 0.13 * hill;
        green = 0.55 - 0.09 * hill;
        blue = 0.5 - 0.17 * hill;
      }
    }
    const stroke = 1 + 0.08 * noise(x * 40, y * 25 + variant);
    colours[3 * i] = red * stroke;
    colours[3 * i + 1] = green * stroke;
    colours[3 * i + 2] = blue * stroke;
  }
}

/** Colour fields on a light ground: two blocks and a dark disc. */
function abstract(
  { count, s, t, variant, colours }: PatchPoints,
  pair: Pair,
): void {
  for (let i = 0; i < count; i++) {
    const x = s[i]!;
    const y = t[i]!;
    const stroke = 1 + 0.07 * noise(x * 50 + variant, y * 50);
    let field = -1;
    for (let block = 0; block < 3; block++) {
      const dx = x - 0.5 - 0.28 * cell(variant, block + 11);
      const dy = y - 0.5 - 0.28 * cell(variant, block + 23);
      const wide = 0.16 + 0.14 * Math.abs(cell(variant, block + 31));
      const high = 0.14 + 0.16 * Math.abs(cell(variant, block + 41));
      const isInside = block === 2
        ? Math.hypot(dx, dy) < wide * 0.7
        : Math.abs(dx) < wide && Math.abs(dy) < high;
      if (isInside) field = block;
    }
    if (field === 0 || field === 1) put(colours, i, pair, field, stroke);
    else {
      const ground = field < 0 ? 0.88 : 0.15;
      colours[3 * i] = ground * stroke;
      colours[3 * i + 1] = ground * 0.97 * stroke;
      colours[3 * i + 2] = ground * 0.9 * stroke;
    }
  }
}

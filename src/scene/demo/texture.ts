/**
 * Procedural albedo: a colour at each point of a surface.
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
  | "sky"
  | "weave";

/** Side of the noise table, a power of two. */
const SIDE = 64;
const NOISE = makeNoise();

function makeNoise(): Float32Array {
  const random = new Random(20231);
  return Float32Array.from(
    { length: SIDE * SIDE },
    () => random.next() * 2 - 1,
  );
}

/** Smooth noise in [-1, 1], period 64 along both arguments. */
export function noise(x: number, y: number): number {
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

/** Where on a surface a colour is wanted. */
export interface TexturePoint {
  /** Metres along the patch's first side. */
  u: number;
  /** Metres along its second side. */
  v: number;
  /** [0, 1] along the first side. */
  s: number;
  /** [0, 1] along the second side. */
  t: number;
  /** Tells one piece's pattern from another's. */
  variant: number;
}

/** Writes the albedo of `material` at `point` to `out`. */
export function albedo(
  material: Material,
  point: TexturePoint,
  out: Float64Array,
): void {
  const { colour, accent = colour } = material;
  const { u, v, s, t, variant } = point;
  // Weight of the accent colour, and brightness about one.
  let mix = 0;
  let gain = 1;
  switch (material.texture) {
    case "plain":
      gain = 1 + 0.03 * noise(u * 9 + variant, v * 9);
      break;
    case "plaster":
      gain = 1 + 0.022 * noise(u * 1.3 + 7, v * 1.3) +
        0.018 * noise(u * 11, v * 11 + 3);
      break;
    case "wood": {
      const grain = noise(
        u * 1.6 + variant * 3.1,
        v * 34 + 2.5 * noise(u * 1.1, v * 4),
      );
      mix = 0.5 + 0.5 * grain;
      gain = 1 + 0.06 * noise(u * 3 + variant, v * 70);
      break;
    }
    case "planks": {
      const row = Math.floor(v / 0.13);
      const along = u + 0.9 * cell(row, 5);
      const plank = Math.floor(along / 1.15);
      mix = 0.5 + 0.36 * cell(plank, row) +
        0.3 * noise(along * 1.7 + row * 9, v * 42);
      gain = 1 + 0.05 * cell(plank + 17, row);
      const across = v / 0.13 - row;
      if (across < 0.08 || across > 0.94) gain *= 0.82;
      if (along / 1.15 - plank < 0.012) gain *= 0.75;
      break;
    }
    case "tiles": {
      const column = Math.floor(u / 0.32);
      const row = Math.floor(v / 0.32);
      gain = 1 + 0.05 * cell(column, row) + 0.03 * noise(u * 7, v * 7);
      const [du, dv] = [u / 0.32 - column, v / 0.32 - row];
      if (du < 0.07 || dv < 0.07) mix = 1;
      break;
    }
    case "fabric":
      gain = 1 + 0.06 * noise(u * 60 + variant, v * 60) +
        0.05 * noise(u * 6 + variant, v * 6);
      break;
    case "weave":
      mix = 0.5 +
        0.5 * Math.sign(Math.sin(u * 80)) * Math.sign(Math.sin(v * 80));
      gain = 1 + 0.06 * noise(u * 30, v * 30 + variant);
      break;
    case "carpet":
      gain = 1 + 0.09 * noise(u * 45, v * 45) + 0.04 * noise(u * 3, v * 3);
      break;
    case "rug": {
      const edge = Math.min(s, 1 - s, (t < 0.5 ? t : 1 - t) * 1);
      const band = edge < 0.05 || (edge > 0.085 && edge < 0.11);
      const [ds, dt] = [Math.abs(s - 0.5), Math.abs(t - 0.5)];
      const ripple = Math.sin((ds + dt * 0.9) * 46 + (variant % 7));
      mix = band ? 1 : edge < 0.11 ? 0 : ripple > 0.35 ? 0.85 : 0.08;
      gain = 1 + 0.1 * noise(u * 40, v * 40);
      break;
    }
    case "marble":
      mix = Math.max(
        0,
        1 -
          7 *
            Math.abs(
              noise(u * 2.2 + variant, v * 2.2 + 1.5 * noise(u * 5, v * 5)),
            ),
      );
      mix *= 0.5;
      gain = 1 + 0.03 * noise(u * 20, v * 20);
      break;
    case "leaf":
      mix = Math.abs(t - 0.5) < 0.12 ? 0.7 : 0.1;
      gain = 1 + 0.22 * cell(variant, 3) + 0.1 * noise(u * 30, v * 30);
      break;
    case "landscape":
      landscape(s, t, variant, out);
      return;
    case "abstract":
      abstract(material, point, out);
      return;
    case "sky": {
      // Blurred view out of a window: garden below, sky above.
      const horizon = 0.3 + 0.1 * noise(s * 3 + variant, 1) +
        0.05 * noise(s * 11 + variant, 2);
      const green = t < horizon ? 1 : 0;
      const dapple = 1 + 0.35 * noise(s * 14 + variant, t * 14);
      const cloud = Math.max(0, noise(s * 3 + variant, t * 5));
      out[0] = green ? 0.5 * dapple : 0.8 + 0.15 * cloud - 0.16 * t;
      out[1] = green ? 0.62 * dapple : 0.89 + 0.08 * cloud - 0.08 * t;
      out[2] = green ? 0.4 * dapple : 0.98;
      return;
    }
  }
  mix = mix < 0 ? 0 : mix > 1 ? 1 : mix;
  for (let channel = 0; channel < 3; channel++) {
    const first = colour[channel]!;
    out[channel] = gain * (first + mix * (accent[channel]! - first));
  }
}

/** A painted landscape: sky, hills in three depths, a low sun. */
function landscape(
  s: number,
  t: number,
  variant: number,
  out: Float64Array,
): void {
  let red = 0.93 - 0.35 * t;
  let green = 0.85 - 0.2 * t;
  let blue = 0.7 + 0.12 * t;
  const sunX = 0.3 + 0.4 * Math.abs(cell(variant, 1));
  if (Math.hypot(s - sunX, (t - 0.68) * 0.8) < 0.07) {
    red = 0.98, green = 0.86, blue = 0.55;
  }
  for (let hill = 0; hill < 3; hill++) {
    const ridge = 0.52 - 0.15 * hill +
      0.1 * noise(s * (2 + hill) + variant * 5 + hill * 9, hill);
    if (t < ridge) {
      red = 0.42 - 0.13 * hill;
      green = 0.55 - 0.09 * hill;
      blue = 0.5 - 0.17 * hill;
    }
  }
  const stroke = 1 + 0.08 * noise(s * 40, t * 25 + variant);
  out[0] = red * stroke, out[1] = green * stroke, out[2] = blue * stroke;
}

/** Colour fields: three blocks of the material's two colours on a light ground. */
function abstract(
  material: Material,
  { s, t, variant }: TexturePoint,
  out: Float64Array,
): void {
  const { colour, accent = colour } = material;
  let field: readonly number[] = [0.9, 0.87, 0.8];
  for (let block = 0; block < 3; block++) {
    const x = 0.5 + 0.28 * cell(variant, block + 11);
    const y = 0.5 + 0.28 * cell(variant, block + 23);
    const wide = 0.16 + 0.14 * Math.abs(cell(variant, block + 31));
    const high = 0.14 + 0.16 * Math.abs(cell(variant, block + 41));
    const inside = block === 2
      ? Math.hypot(s - x, t - y) < wide
      : Math.abs(s - x) < wide && Math.abs(t - y) < high;
    if (inside) {
      field = block === 1 ? accent : block === 2 ? [0.16, 0.16, 0.17] : colour;
    }
  }
  const stroke = 1 + 0.07 * noise(s * 50 + variant, t * 50);
  out[0] = field[0]! * stroke,
    out[1] = field[1]! * stroke,
    out[2] = field[2]! * stroke;
}

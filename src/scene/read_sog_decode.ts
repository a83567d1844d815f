/**
 * SOG, inner layer: planes -> numbers. A splat is one pixel of each plane.
 *
 * @module
 */

import type { Sog } from "./read_sog_container.ts";
import { SceneFormatError } from "./scene_file.ts";
import { SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";
import { decodeWebp } from "./webp.ts";

/** Splats [from, from + count) of a SOG become splats [to, to + count) of the target. */
export interface SplatRange {
  readonly from: number;
  readonly count: number;
  readonly to: number;
}

/** Options of {@linkcode decodeSog}. */
export interface DecodeSogOptions {
  target: Splats;
  ranges: readonly SplatRange[];
  /** Called after each plane. */
  onPlane: () => void;
}

/** A decoded plane and where its splats go. */
interface Plane {
  pixels: Uint8Array;
  target: Splats;
  ranges: readonly SplatRange[];
}

/** Alpha of a rotation whose largest component is w; x, y, z follow. */
const FIRST_MODE = 252;

/**
 * Writes the splats of `sog` to the target, of which the SH degree may be
 * greater than the file's.
 *
 * @returns warnings.
 * @throws {SceneFormatError} If a plane is damaged.
 */
export function decodeSog(sog: Sog, options: DecodeSogOptions): string[] {
  const { target, ranges } = options;
  const { meta } = sog;
  const decode = (name: string): Uint8Array => decodePlane(sog, name, options);
  const low = decode(meta.files.meansLow);
  decodePositions(sog, low, {
    pixels: decode(meta.files.meansHigh),
    target,
    ranges,
  });
  decodeScales(sog, { pixels: decode(meta.files.scales), target, ranges });
  decodeColors(sog, { pixels: decode(meta.files.colors), target, ranges });
  const untagged = decodeRotations({
    pixels: decode(meta.files.rotations),
    target,
    ranges,
  });
  const warnings = untagged > 0
    ? [`${untagged} rotations are of an unknown kind: set to none`]
    : [];
  if (meta.sh) {
    const palette = decodePalette(sog, decode(meta.sh.centroidsFile));
    const unknown = decodeSh(sog, palette, {
      pixels: decode(meta.sh.labelsFile),
      target,
      ranges,
    });
    if (unknown > 0) {
      warnings.push(
        `${unknown} splats refer to SH beyond the ${sog.paletteCount} entries of the palette: left without`,
      );
    }
  }
  return warnings;
}

function decodePlane(
  { file, planes }: Sog,
  name: string,
  { onPlane }: DecodeSogOptions,
): Uint8Array {
  try {
    return decodeWebp(planes.get(name)!).data;
  } catch (cause) {
    throw new SceneFormatError(
      file,
      "sog",
      `expected to decode ${name}: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    onPlane();
  }
}

/** 16 bits an axis between a least and a greatest value of sign(p) * log(1 + |p|). */
function decodePositions(
  { meta }: Sog,
  low: Uint8Array,
  { pixels: high, target: { positions }, ranges }: Plane,
): void {
  for (let axis = 0; axis < 3; axis++) {
    const min = meta.positionMins[axis]!;
    const step = (meta.positionMaxs[axis]! - min) / 65535;
    for (const { from, count, to } of ranges) {
      for (let i = 0; i < count; i++) {
        const at = 4 * (from + i) + axis;
        const value = min + step * (high[at]! << 8 | low[at]!);
        const size = Math.exp(Math.abs(value)) - 1;
        positions[3 * (to + i) + axis] = value < 0 ? -size : size;
      }
    }
  }
}

function decodeScales(
  { meta: { scales: [x, y, z] } }: Sog,
  { pixels, target: { scales }, ranges }: Plane,
): void {
  for (const { from, count, to } of ranges) {
    for (let i = 0; i < count; i++) {
      const at = 4 * (from + i);
      const goal = 3 * (to + i);
      scales[goal] = x![pixels[at]!]!;
      scales[goal + 1] = y![pixels[at + 1]!]!;
      scales[goal + 2] = z![pixels[at + 2]!]!;
    }
  }
}

function decodeColors(
  { meta: { colors: [red, green, blue], opacities: opacity } }: Sog,
  { pixels, target: { colors, opacities }, ranges }: Plane,
): void {
  for (const { from, count, to } of ranges) {
    for (let i = 0; i < count; i++) {
      const at = 4 * (from + i);
      const goal = 3 * (to + i);
      colors[goal] = red![pixels[at]!]!;
      colors[goal + 1] = green![pixels[at + 1]!]!;
      colors[goal + 2] = blue![pixels[at + 2]!]!;
      opacities[to + i] = opacity[pixels[at + 3]!]!;
    }
  }
}

/**
 * Three components in [-sqrt(1/2), sqrt(1/2)], in the order w, x, y, z without
 * the largest, which alpha names.
 *
 * @returns how many have another alpha.
 */
function decodeRotations(
  { pixels, target: { rotations }, ranges }: Plane,
): number {
  const component = Float64Array.from(
    { length: 256 },
    (_, byte) => (byte / 255 - 0.5) * Math.SQRT2,
  );
  let unknown = 0;
  for (const { from, count, to } of ranges) {
    for (let i = 0; i < count; i++) {
      const at = 4 * (from + i);
      const goal = 4 * (to + i);
      const largest = pixels[at + 3]! - FIRST_MODE;
      if (largest < 0) {
        unknown++;
        rotations[goal] = 1;
        continue;
      }
      const a = component[pixels[at]!]!;
      const b = component[pixels[at + 1]!]!;
      const c = component[pixels[at + 2]!]!;
      const square = a * a + b * b + c * c;
      // Rounding and damage may exceed unit length.
      const shorten = square > 1 ? 1 / Math.sqrt(square) : 1;
      rotations[goal] = a * shorten;
      rotations[goal + 1] = (largest < 2 ? a : b) * shorten;
      rotations[goal + 2] = (largest < 3 ? b : c) * shorten;
      rotations[goal + 3] = c * shorten;
      rotations[goal + largest] = Math.sqrt(Math.max(0, 1 - square));
    }
  }
  return unknown;
}

/** The palette as half floats, `3 * coefficients` an entry, as in {@linkcode Splats.sh}. */
function decodePalette(
  { meta, shDegree, paletteCount }: Sog,
  pixels: Uint8Array,
): Uint16Array {
  const values = new Uint16Array(meta.sh!.values.buffer);
  const coefficients = SH_REST_COEFFICIENTS[shDegree];
  const palette = new Uint16Array(3 * coefficients * paletteCount);
  // Rows of 64 entries, an entry's coefficients side by side: pixels in order.
  for (let pixel = 0; pixel < coefficients * paletteCount; pixel++) {
    palette[3 * pixel] = values[pixels[4 * pixel]!]!;
    palette[3 * pixel + 1] = values[pixels[4 * pixel + 1]!]!;
    palette[3 * pixel + 2] = values[pixels[4 * pixel + 2]!]!;
  }
  return palette;
}

/** @returns how many splats refer to entries that are not there. */
function decodeSh(
  { shDegree, paletteCount }: Sog,
  palette: Uint16Array,
  { pixels: labels, target, ranges }: Plane,
): number {
  const sh = new Uint16Array(
    target.sh.buffer,
    target.sh.byteOffset,
    target.sh.length,
  );
  const length = 3 * SH_REST_COEFFICIENTS[shDegree];
  const stride = 3 * SH_REST_COEFFICIENTS[target.shDegree];
  let unknown = 0;
  for (const { from, count, to } of ranges) {
    for (let i = 0; i < count; i++) {
      const at = 4 * (from + i);
      const label = labels[at]! | labels[at + 1]! << 8;
      if (label >= paletteCount) {
        unknown++;
        continue;
      }
      const entry = length * label;
      const goal = stride * (to + i);
      for (let c = 0; c < length; c++) sh[goal + c] = palette[entry + c]!;
    }
  }
  return unknown;
}

/**
 * From lit patches to splats: flat Gaussians on a jittered grid, sized to the
 * grid so that a surface has no holes, coloured by texture and baked light,
 * with the noise of a scan.
 *
 * @module
 */

import { SH_C0, type Splats } from "../splats.ts";
import { type Light, LIGHT_VALUES } from "./light.ts";
import type { Material, Patch } from "./model.ts";
import { colourPatch, type PatchPoints } from "./texture.ts";

/** SH degree that {@linkcode paint} writes: enough for a sheen. */
export const DEMO_SH_DEGREE = 1;

/** Standard deviation of a splat in units of the grid spacing: neighbours overlap to opacity. */
const SPREAD = 0.72;
/**
 * How far the outermost splats' centres stay within a patch, in standard
 * deviations: furniture keeps its outline, the shell's panels overlap.
 */
const OBJECT_INSET = 0.95;
const SHELL_INSET = 0.45;
/** Half the range of the grid's jitter, in units of the spacing. */
const JITTER = 0.16;
/** Standard deviation along the normal, metres. */
const THICKNESS = 0.0022;
/** Roughness of scanned surfaces, metres. */
const ROUGHNESS = 0.0016;
/** Distance between light samples on large patches, metres. */
const LIGHT_SPACING = 0.55;
/** Most light samples along one side of a patch. */
const MOST_LIGHT_SAMPLES = 24;
/**
 * Patches up to this area, square metres, share the light of others nearby that
 * face the same way: within so many metres, so many steps a unit of the normal.
 */
const SMALL_PATCH = 0.045;
const SHARING_CELL = 0.3;
const SHARING_STEPS = 2;
/** Constant of the degree-1 spherical harmonics. */
const SH_C1 = 0.4886025119029199;
/** Colour that a full sheen adds, [0, 1]. */
const SHEEN = 0.22;
/** What the sheen adds on average over views, taken off the constant part. */
const MEAN_SHEEN = 0.12;
/** What the sun adds where it falls straight, r, g, b. */
const SUNLIGHT = [1.15, 0.98, 0.72] as const;

/** Grid cells of `patch` along its two sides. */
function gridOf(
  { corners, material }: Patch,
  coarseness: number,
): [number, number] {
  const along = Math.max(
    distance(corners, 0, 3),
    distance(corners, 6, 9),
  );
  const across = Math.max(
    distance(corners, 0, 6),
    distance(corners, 3, 9),
  );
  return [
    Math.max(1, Math.round(along / (material.spacing[0] * coarseness))),
    Math.max(1, Math.round(across / (material.spacing[1] * coarseness))),
  ];
}

function distance(corners: Float64Array, from: number, to: number): number {
  const x = corners[to]! - corners[from]!;
  const y = corners[to + 1]! - corners[from + 1]!;
  const z = corners[to + 2]! - corners[from + 2]!;
  return Math.sqrt(x * x + y * y + z * z);
}

/** Splats that `patches` become; `coarseness` multiplies every spacing. */
export function countSplats(
  patches: readonly Patch[],
  coarseness: number,
): number {
  let count = 0;
  for (const patch of patches) {
    const [along, across] = gridOf(patch, coarseness);
    count += along * across;
  }
  return count;
}

/** Options for {@linkcode paint}. */
export interface PaintOptions {
  light: Light;
  /** As given to {@linkcode countSplats}. */
  coarseness: number;
  /** Unit vector towards the sun. */
  sun: readonly [number, number, number];
  seed: number;
}

/** Fills `splats` (degree 1, with object ids) from `patches`. */
export function paint(
  patches: readonly Patch[],
  splats: Splats,
  options: PaintOptions,
): void {
  const painter = new Painter(splats, options);
  for (const patch of patches) painter.add(patch);
}

/** Writes one patch after the other. */
class Painter {
  readonly #splats: Splats;
  readonly #light: Light;
  readonly #coarseness: number;
  readonly #sun: Float64Array;
  /** First splat of the current patch. */
  #first = 0;
  #noise: number;
  readonly #points: PatchPoints;
  /** Unit frame of the current patch: u, w, n, nine numbers. */
  readonly #frame = new Float64Array(9);
  readonly #lights = new Float64Array(
    LIGHT_VALUES * MOST_LIGHT_SAMPLES * MOST_LIGHT_SAMPLES,
  );
  readonly #place = new Float64Array(6);
  readonly #sample = new Float64Array(LIGHT_VALUES);
  /** Light of small patches by {@linkcode sharingKey}. */
  readonly #shared = new Map<number, Float64Array>();

  constructor(splats: Splats, { light, coarseness, sun, seed }: PaintOptions) {
    this.#splats = splats;
    this.#light = light;
    this.#coarseness = coarseness;
    this.#sun = Float64Array.from(sun);
    this.#noise = seed | 1;
    // The largest patch is a floor; no patch has more splats than the scene.
    const room = Math.min(splats.count, 1 << 16);
    this.#points = {
      count: 0,
      u: new Float64Array(room),
      v: new Float64Array(room),
      s: new Float64Array(room),
      t: new Float64Array(room),
      variant: 0,
      colours: new Float64Array(3 * room),
    };
  }

  add(patch: Patch): void {
    const [columns, rows] = gridOf(patch, this.#coarseness);
    const [lengthU, lengthV] = this.#orient(patch.corners);
    this.#scatter(patch, { columns, rows, lengthU, lengthV });
    colourPatch(patch.material, this.#points);
    this.#bake(patch, lengthU, lengthV);
    this.#first += columns * rows;
  }

  /** Finds the patch's frame and its mean extents. */
  #orient(corners: Float64Array): [number, number] {
    const frame = this.#frame;
    for (let axis = 0; axis < 3; axis++) {
      const a = corners[axis]!;
      const b = corners[3 + axis]!;
      const c = corners[6 + axis]!;
      const d = corners[9 + axis]!;
      frame[axis] = (b - a + d - c) / 2;
      frame[3 + axis] = (c - a + d - b) / 2;
    }
    const lengthU = Math.hypot(frame[0]!, frame[1]!, frame[2]!) || 1e-9;
    const lengthV = Math.hypot(frame[3]!, frame[4]!, frame[5]!) || 1e-9;
    const ux = frame[0]! / lengthU;
    const uy = frame[1]! / lengthU;
    const uz = frame[2]! / lengthU;
    let nx = uy * frame[5]! - uz * frame[4]!;
    let ny = uz * frame[3]! - ux * frame[5]!;
    let nz = ux * frame[4]! - uy * frame[3]!;
    const norm = Math.hypot(nx, ny, nz) || 1e-9;
    nx /= norm;
    ny /= norm;
    nz /= norm;
    frame[0] = ux;
    frame[1] = uy;
    frame[2] = uz;
    frame[3] = ny * uz - nz * uy;
    frame[4] = nz * ux - nx * uz;
    frame[5] = nx * uy - ny * ux;
    frame[6] = nx;
    frame[7] = ny;
    frame[8] = nz;
    return [lengthU, lengthV];
  }

  /** Geometry: positions, scales, rotations, opacities, ids; and the points to be coloured. */
  #scatter(
    { corners, objectId, variant }: Patch,
    { columns, rows, lengthU, lengthV }: {
      columns: number;
      rows: number;
      lengthU: number;
      lengthV: number;
    },
  ): void {
    const { positions, scales, rotations, opacities, objectIds } = this.#splats;
    const ids = objectIds!;
    const points = this.#points;
    const { u, v, s: alongS, t: alongT } = points;
    points.count = columns * rows;
    points.variant = variant;
    const frame = this.#frame;
    const quaternion = quaternionOf(frame);
    const qw = quaternion[0]!;
    const qx = quaternion[1]!;
    const qy = quaternion[2]!;
    const qz = quaternion[3]!;
    // Grid step in patch coordinates, so that the border falls on the inset.
    const inset = 2 * SPREAD * (objectId === 0 ? SHELL_INSET : OBJECT_INSET);
    const stepS = 1 / (columns - 1 + inset);
    const stepT = 1 / (rows - 1 + inset);
    const spreadU = SPREAD * lengthU * stepS;
    const spreadV = SPREAD * lengthV * stepT;
    const isRound = spreadU < 1.3 * spreadV && spreadV < 1.3 * spreadU;
    const most = isRound ? 1.2 : 0.04;
    let random = this.#noise;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const local = row * columns + column;
        // Two draws of xorshift give six numbers of ten bits.
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        const s = (column + inset / 2 + JITTER * spread(random)) * stepS;
        const t = (row + inset / 2 + JITTER * spread(random >>> 10)) * stepT;
        const rough = ROUGHNESS * spread(random >>> 20);
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        const a = (1 - s) * (1 - t);
        const b = s * (1 - t);
        const c = (1 - s) * t;
        const d = s * t;
        const x = a * corners[0]! + b * corners[3]! + c * corners[6]! +
          d * corners[9]! + rough * frame[6]!;
        const y = a * corners[1]! + b * corners[4]! + c * corners[7]! +
          d * corners[10]! + rough * frame[7]!;
        const z = a * corners[2]! + b * corners[5]! + c * corners[8]! +
          d * corners[11]! + rough * frame[8]!;
        alongS[local] = s;
        alongT[local] = t;
        u[local] = x * frame[0]! + y * frame[1]! + z * frame[2]!;
        v[local] = x * frame[3]! + y * frame[4]! + z * frame[5]!;
        const index = this.#first + local;
        positions[3 * index] = x;
        positions[3 * index + 1] = y;
        positions[3 * index + 2] = z;
        const size = 0.12 * spread(random);
        scales[3 * index] = spreadU * (1 + size);
        scales[3 * index + 1] = spreadV * (1 - size);
        scales[3 * index + 2] = THICKNESS;
        // A turn about the normal, free where the splat is round.
        const half = 0.5 * most * spread(random >>> 10);
        const norm = 1 / Math.sqrt(1 + half * half);
        rotations[4 * index] = (qw - qz * half) * norm;
        rotations[4 * index + 1] = (qx + qy * half) * norm;
        rotations[4 * index + 2] = (qy - qx * half) * norm;
        rotations[4 * index + 3] = (qz + qw * half) * norm;
        opacities[index] = 0.975 + 0.015 * spread(random >>> 20);
        ids[index] = objectId;
      }
    }
    this.#noise = random;
  }

  /** Light samples over the patch, then colours and sheen from them. */
  #bake(patch: Patch, lengthU: number, lengthV: number): void {
    const columns = lightSamples(lengthU);
    const rows = lightSamples(lengthV);
    const { corners, room } = patch;
    const place = this.#place;
    place[3] = this.#frame[6]!;
    place[4] = this.#frame[7]!;
    place[5] = this.#frame[8]!;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const s = (column + 0.5) / columns;
        const t = (row + 0.5) / rows;
        for (let axis = 0; axis < 3; axis++) {
          place[axis] = (1 - s) * (1 - t) * corners[axis]! +
            s * (1 - t) * corners[3 + axis]! +
            (1 - s) * t * corners[6 + axis]! + s * t * corners[9 + axis]!;
        }
        const sample = lengthU * lengthV < SMALL_PATCH
          ? this.#sharedSample(room)
          : this.#sample;
        if (sample === this.#sample) this.#light.sample(room, place, sample);
        this.#lights.set(sample, LIGHT_VALUES * (row * columns + column));
      }
    }
    this.#lightPoints(columns, rows);
    this.#addSunlight(room);
    this.#expose(patch.material);
    this.#addSheen(patch.material, columns, rows);
  }

  /** Light near the current place; measured there if nobody asked before. */
  #sharedSample(room: number): Float64Array {
    const key = sharingKey(room, this.#place);
    let sample = this.#shared.get(key);
    if (sample === undefined) {
      sample = new Float64Array(LIGHT_VALUES);
      this.#light.sample(room, this.#place, sample);
      this.#shared.set(key, sample);
    }
    return sample;
  }

  /** Irradiance at each point, to the splats' `colors` for the time being. */
  #lightPoints(columns: number, rows: number): void {
    const { count, s, t } = this.#points;
    const lights = this.#lights;
    const { colors } = this.#splats;
    const stepX = columns > 1 ? LIGHT_VALUES : 0;
    const stepY = rows > 1 ? LIGHT_VALUES * columns : 0;
    for (let i = 0; i < count; i++) {
      const x = Math.min(Math.max(s[i]! * columns - 0.5, 0), columns - 1);
      const y = Math.min(Math.max(t[i]! * rows - 0.5, 0), rows - 1);
      const column = Math.min(Math.floor(x), Math.max(columns - 2, 0));
      const row = Math.min(Math.floor(y), Math.max(rows - 2, 0));
      const fx = x - column;
      const fy = y - row;
      const at = LIGHT_VALUES * (row * columns + column);
      const out = 3 * (this.#first + i);
      for (let channel = 0; channel < 3; channel++) {
        const low = (1 - fx) * lights[at + channel]! +
          fx * lights[at + stepX + channel]!;
        const high = (1 - fx) * lights[at + stepY + channel]! +
          fx * lights[at + stepX + stepY + channel]!;
        colors[out + channel] = low + fy * (high - low);
      }
    }
  }

  #addSunlight(room: number): void {
    const frame = this.#frame;
    const cosine = frame[6]! * this.#sun[0]! + frame[7]! * this.#sun[1]! +
      frame[8]! * this.#sun[2]!;
    if (cosine < 0.02 || !this.#light.isSunlit(room)) return;
    const { positions, colors } = this.#splats;
    const end = 3 * (this.#first + this.#points.count);
    for (let at = 3 * this.#first; at < end; at += 3) {
      const sun = cosine * this.#light.sunlight(
        room,
        positions[at]! + 0.01 * frame[6]!,
        positions[at + 1]! + 0.01 * frame[7]!,
        positions[at + 2]! + 0.01 * frame[8]!,
      );
      if (sun === 0) continue;
      colors[at]! += sun * SUNLIGHT[0];
      colors[at + 1]! += sun * SUNLIGHT[1];
      colors[at + 2]! += sun * SUNLIGHT[2];
    }
  }

  /** Albedo times light, highlights rolled off, as the constant SH coefficient. */
  #expose({ glow = 0, gloss }: Material): void {
    const { count, colours } = this.#points;
    const { colors } = this.#splats;
    const shift = 0.5 + gloss * SHEEN * MEAN_SHEEN;
    let random = this.#noise;
    for (let i = 0; i < count; i++) {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      const grain = 1 + 0.0175 * spread(random);
      const out = 3 * (this.#first + i);
      for (let channel = 0; channel < 3; channel++) {
        const arriving = colors[out + channel]! + glow;
        const value = colours[3 * i + channel]! * arriving * grain;
        colors[out + channel] = (tone(value) - shift) / SH_C0;
      }
    }
    this.#noise = random;
  }

  /** The light's mirrored direction as degree-1 SH: looking along it shows the sheen. */
  #addSheen({ gloss }: Material, columns: number, rows: number): void {
    if (gloss === 0) return;
    const frame = this.#frame;
    const lights = this.#lights;
    const { sh } = this.#splats;
    const { count, s, t, colours } = this.#points;
    const strength = gloss * SHEEN / SH_C1;
    for (let i = 0; i < count; i++) {
      const column = Math.min(Math.floor(s[i]! * columns), columns - 1);
      const row = Math.min(Math.floor(t[i]! * rows), rows - 1);
      const at = LIGHT_VALUES * (row * columns + column);
      const lx = lights[at + 3]!;
      const ly = lights[at + 4]!;
      const lz = lights[at + 5]!;
      const twice = 2 * (lx * frame[6]! + ly * frame[7]! + lz * frame[8]!);
      const x = lx - twice * frame[6]!;
      const y = ly - twice * frame[7]!;
      const z = lz - twice * frame[8]!;
      const out = 9 * (this.#first + i);
      for (let channel = 0; channel < 3; channel++) {
        const tint = (0.6 + 0.4 * colours[3 * i + channel]!) * strength;
        sh[out + channel] = -tint * y;
        sh[out + 3 + channel] = tint * z;
        sh[out + 6 + channel] = -tint * x;
      }
    }
  }
}

/** Ten bits of `random` as a number in [-1, 1). */
function spread(random: number): number {
  return (random & 1023) / 512 - 1;
}

/** One integer for a cell of space and a direction. */
function sharingKey(room: number, place: Float64Array): number {
  let key = room;
  for (let axis = 0; axis < 3; axis++) {
    key = key * 64 + (Math.floor(place[axis]! / SHARING_CELL) & 63);
  }
  for (let axis = 3; axis < 6; axis++) {
    key = key * (2 * SHARING_STEPS + 1) +
      Math.round(place[axis]! * SHARING_STEPS) + SHARING_STEPS;
  }
  return key;
}

/** Light samples along a side of `length` metres. */
function lightSamples(length: number): number {
  return length < LIGHT_SPACING
    ? 1
    : Math.min(Math.round(length / LIGHT_SPACING) + 1, MOST_LIGHT_SAMPLES);
}

/** Rolls highlights off instead of clipping them. */
function tone(value: number): number {
  return value < 0.72 ? value : 1 - 0.28 * Math.exp((0.72 - value) / 0.28);
}

/** Unit quaternion w, x, y, z of the rotation whose columns are the frame's u, w, n. */
function quaternionOf(frame: Float64Array): Float64Array {
  const [ux, uy, uz, wx, wy, wz, nx, ny, nz] = frame as unknown as number[];
  const trace = ux! + wy! + nz!;
  const out = new Float64Array(4);
  if (trace > 0) {
    const s = 2 * Math.sqrt(trace + 1);
    out.set([s / 4, (wz! - ny!) / s, (nx! - uz!) / s, (uy! - wx!) / s]);
  } else if (ux! > wy! && ux! > nz!) {
    const s = 2 * Math.sqrt(1 + ux! - wy! - nz!);
    out.set([(wz! - ny!) / s, s / 4, (wx! + uy!) / s, (nx! + uz!) / s]);
  } else if (wy! > nz!) {
    const s = 2 * Math.sqrt(1 + wy! - ux! - nz!);
    out.set([(nx! - uz!) / s, (wx! + uy!) / s, s / 4, (ny! + wz!) / s]);
  } else {
    const s = 2 * Math.sqrt(1 + nz! - ux! - wy!);
    out.set([(uy! - wx!) / s, (nx! + uz!) / s, (ny! + wz!) / s, s / 4]);
  }
  return out;
}

/**
 * From lit patches to splats: flat Gaussians on a jittered grid, sized to the
 * grid so that a surface has no holes, coloured by texture and baked light,
 * with the noise of a scan.
 *
 * @module
 */

import { SH_C0, type Splats } from "../splats.ts";
import { type Light, LIGHT_VALUES } from "./light.ts";
import type { Patch } from "./model.ts";
import { albedo, type TexturePoint } from "./texture.ts";

/** Standard deviation of a splat in units of the grid spacing: neighbours overlap to opacity. */
const SPREAD = 0.62;
/** Half the range of the grid's jitter, in units of the spacing. */
const JITTER = 0.22;
/** Standard deviation along the normal, metres. */
const THICKNESS = 0.0022;
/** Roughness of scanned surfaces, metres. */
const ROUGHNESS = 0.0016;
/** Distance between light samples on large patches, metres. */
const LIGHT_SPACING = 0.42;
/** Most light samples along one side of a patch. */
const MOST_LIGHT_SAMPLES = 24;
/** Constant of the degree-1 spherical harmonics. */
const SH_C1 = 0.4886025119029199;
/** What the sun adds where it falls straight, r, g, b. */
const SUNLIGHT = [1.15, 0.98, 0.72] as const;

/** Grid cells of `patch` along its two sides. */
function gridOf(
  { corners, material }: Patch,
  coarseness: number,
): [number, number] {
  const side = (from: number, to: number): number =>
    Math.hypot(
      corners[to]! - corners[from]!,
      corners[to + 1]! - corners[from + 1]!,
      corners[to + 2]! - corners[from + 2]!,
    );
  const along = Math.max(side(0, 3), side(6, 9));
  const across = Math.max(side(0, 6), side(3, 9));
  return [
    Math.max(1, Math.round(along / (material.spacing[0] * coarseness))),
    Math.max(1, Math.round(across / (material.spacing[1] * coarseness))),
  ];
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
  { light, coarseness, sun, seed }: PaintOptions,
): void {
  const painter = new Painter(splats, { light, coarseness, sun, seed });
  for (const patch of patches) painter.add(patch);
}

class Painter {
  readonly #splats: Splats;
  readonly #light: Light;
  readonly #coarseness: number;
  readonly #sun: readonly [number, number, number];
  /** Of the next splat. */
  #index = 0;
  #noise: number;
  readonly #lights = new Float64Array(
    LIGHT_VALUES * MOST_LIGHT_SAMPLES * MOST_LIGHT_SAMPLES,
  );
  readonly #surfacePoint = new Float64Array(6);
  readonly #sample = new Float64Array(LIGHT_VALUES);
  readonly #colour = new Float64Array(3);
  readonly #point: TexturePoint = { u: 0, v: 0, s: 0, t: 0, variant: 0 };

  constructor(splats: Splats, { light, coarseness, sun, seed }: PaintOptions) {
    this.#splats = splats;
    this.#light = light;
    this.#coarseness = coarseness;
    this.#sun = sun;
    this.#noise = seed | 1;
  }

  add(patch: Patch): void {
    const { corners, material, objectId, room, variant } = patch;
    const [columns, rows] = gridOf(patch, this.#coarseness);
    // Frame: u along the middle of the first side, n out of the surface.
    const point = this.#surfacePoint;
    const ax = corners[0]!;
    const ay = corners[1]!;
    const az = corners[2]!;
    const bx = corners[3]!;
    const by = corners[4]!;
    const bz = corners[5]!;
    const cx = corners[6]!;
    const cy = corners[7]!;
    const cz = corners[8]!;
    const dx = corners[9]!;
    const dy = corners[10]!;
    const dz = corners[11]!;
    let ux = bx - ax + dx - cx;
    let uy = by - ay + dy - cy;
    let uz = bz - az + dz - cz;
    let vx = cx - ax + dx - bx;
    let vy = cy - ay + dy - by;
    let vz = cz - az + dz - bz;
    const lengthU = Math.sqrt(ux * ux + uy * uy + uz * uz) || 1e-9;
    const lengthV = Math.sqrt(vx * vx + vy * vy + vz * vz) || 1e-9;
    ux /= lengthU, uy /= lengthU, uz /= lengthU;
    vx /= lengthV, vy /= lengthV, vz /= lengthV;
    let nx = uy * vz - uz * vy;
    let ny = uz * vx - ux * vz;
    let nz = ux * vy - uy * vx;
    const sine = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1e-9;
    nx /= sine, ny /= sine, nz /= sine;
    const wx = ny * uz - nz * uy;
    const wy = nz * ux - nx * uz;
    const wz = nx * uy - ny * ux;
    const [qw, qx, qy, qz] = quaternionOf(ux, uy, uz, wx, wy, wz, nx, ny, nz);
    point[3] = nx, point[4] = ny, point[5] = nz;
    const [lightColumns, lightRows] = this.#bake(
      patch,
      lengthU / 2,
      lengthV / 2,
    );
    const sunCosine = nx * this.#sun[0] + ny * this.#sun[1] + nz * this.#sun[2];
    const glow = material.glow ?? 0;
    const { positions, scales, rotations, opacities, colors, sh, objectIds } =
      this.#splats;
    const lights = this.#lights;
    const colour = this.#colour;
    const at = this.#point;
    const spreadU = SPREAD * lengthU / 2 / columns;
    const spreadV = SPREAD * lengthV / 2 / rows;
    const isSquare = spreadU < 1.3 * spreadV && spreadV < 1.3 * spreadU;
    at.variant = variant;
    let random = this.#noise;
    let index = this.#index;
    const gloss = material.gloss * 0.22;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, index++) {
        // Two draws of xorshift give six numbers of ten bits.
        random ^= random << 13, random ^= random >>> 17, random ^= random << 5;
        const r0 = (random & 1023) / 1024 - 0.5;
        const r1 = ((random >>> 10) & 1023) / 1024 - 0.5;
        const r2 = ((random >>> 20) & 1023) / 1024 - 0.5;
        random ^= random << 13, random ^= random >>> 17, random ^= random << 5;
        const r3 = (random & 1023) / 1024 - 0.5;
        const r4 = ((random >>> 10) & 1023) / 1024 - 0.5;
        const r5 = ((random >>> 20) & 1023) / 1024 - 0.5;
        const s = (column + 0.5 + 2 * JITTER * r0) / columns;
        const t = (row + 0.5 + 2 * JITTER * r1) / rows;
        const ka = (1 - s) * (1 - t);
        const kb = s * (1 - t);
        const kc = (1 - s) * t;
        const kd = s * t;
        const rough = 2 * ROUGHNESS * r2;
        const px = ka * ax + kb * bx + kc * cx + kd * dx + rough * nx;
        const py = ka * ay + kb * by + kc * cy + kd * dy + rough * ny;
        const pz = ka * az + kb * bz + kc * cz + kd * dz + rough * nz;
        at.u = px * ux + py * uy + pz * uz;
        at.v = px * wx + py * wy + pz * wz;
        at.s = s;
        at.t = t;
        albedo(material, at, colour);

        // Bilinear light.
        const fx = s * lightColumns - 0.5;
        const fy = t * lightRows - 0.5;
        let ix = Math.floor(fx);
        let iy = Math.floor(fy);
        if (ix > lightColumns - 2) ix = lightColumns - 2;
        if (iy > lightRows - 2) iy = lightRows - 2;
        if (ix < 0) ix = 0;
        if (iy < 0) iy = 0;
        let mx = fx - ix;
        let my = fy - iy;
        mx = mx < 0 ? 0 : mx > 1 ? 1 : mx;
        my = my < 0 ? 0 : my > 1 ? 1 : my;
        const stepX = lightColumns > 1 ? LIGHT_VALUES : 0;
        const stepY = lightRows > 1 ? LIGHT_VALUES * lightColumns : 0;
        const l0 = LIGHT_VALUES * (iy * lightColumns + ix);
        const w00 = (1 - mx) * (1 - my);
        const w10 = mx * (1 - my);
        const w01 = (1 - mx) * my;
        const w11 = mx * my;
        const l1 = l0 + stepX;
        const l2 = l0 + stepY;
        const l3 = l0 + stepX + stepY;
        let red = w00 * lights[l0]! + w10 * lights[l1]! + w01 * lights[l2]! +
          w11 * lights[l3]!;
        let green = w00 * lights[l0 + 1]! + w10 * lights[l1 + 1]! +
          w01 * lights[l2 + 1]! + w11 * lights[l3 + 1]!;
        let blue = w00 * lights[l0 + 2]! + w10 * lights[l1 + 2]! +
          w01 * lights[l2 + 2]! + w11 * lights[l3 + 2]!;
        if (sunCosine > 0.02) {
          const sun = sunCosine *
            this.#light.sunlight(
              room,
              px + 0.01 * nx,
              py + 0.01 * ny,
              pz + 0.01 * nz,
            );
          red += sun * SUNLIGHT[0],
            green += sun * SUNLIGHT[1],
            blue += sun * SUNLIGHT[2];
        }
        const grain = 1 + 0.035 * r5;
        red = tone(colour[0]! * (red + glow) * grain);
        green = tone(colour[1]! * (green + glow) * grain);
        blue = tone(colour[2]! * (blue + glow) * grain);

        const i3 = 3 * index;
        const i4 = 4 * index;
        const i9 = 9 * index;
        if (gloss > 0) {
          // Light direction mirrored at the surface: looking along it shows the sheen.
          let hx = w00 * lights[l0 + 3]! + w10 * lights[l1 + 3]! +
            w01 * lights[l2 + 3]! + w11 * lights[l3 + 3]!;
          let hy = w00 * lights[l0 + 4]! + w10 * lights[l1 + 4]! +
            w01 * lights[l2 + 4]! + w11 * lights[l3 + 4]!;
          let hz = w00 * lights[l0 + 5]! + w10 * lights[l1 + 5]! +
            w01 * lights[l2 + 5]! + w11 * lights[l3 + 5]!;
          const normal = 2 * (hx * nx + hy * ny + hz * nz);
          hx -= normal * nx, hy -= normal * ny, hz -= normal * nz;
          const strength = gloss / SH_C1;
          red -= gloss * 0.3, green -= gloss * 0.3, blue -= gloss * 0.3;
          for (let channel = 0; channel < 3; channel++) {
            const tint = (0.6 + 0.4 * colour[channel]!) * strength;
            sh[i9 + channel] = -tint * hy;
            sh[i9 + 3 + channel] = tint * hz;
            sh[i9 + 6 + channel] = -tint * hx;
          }
        }
        positions[i3] = px, positions[i3 + 1] = py, positions[i3 + 2] = pz;
        const size = 1 + 0.24 * r3;
        scales[i3] = spreadU * size;
        scales[i3 + 1] = spreadV * (2 - size);
        scales[i3 + 2] = THICKNESS;
        // A turn in the plane where the splat is round, a slight tilt everywhere.
        const half = isSquare ? 1.2 * r4 : 0.04 * r4;
        const cosine = 1 - half * half / 2;
        const sine2 = half;
        const norm = 1 / Math.sqrt(cosine * cosine + sine2 * sine2);
        const zc = cosine * norm;
        const zs = sine2 * norm;
        rotations[i4] = qw * zc - qz * zs;
        rotations[i4 + 1] = qx * zc + qy * zs;
        rotations[i4 + 2] = qy * zc - qx * zs;
        rotations[i4 + 3] = qz * zc + qw * zs;
        opacities[index] = 0.96 + 0.06 * r5;
        colors[i3] = (red - 0.5) / SH_C0;
        colors[i3 + 1] = (green - 0.5) / SH_C0;
        colors[i3 + 2] = (blue - 0.5) / SH_C0;
        objectIds![index] = objectId;
      }
    }
    this.#noise = random;
    this.#index = index;
  }

  /** Light samples over `patch`: their number along its sides. */
  #bake(
    patch: Patch,
    lengthU: number,
    lengthV: number,
  ): [columns: number, rows: number] {
    const samples = (length: number): number =>
      length < LIGHT_SPACING
        ? 1
        : Math.min(Math.round(length / LIGHT_SPACING) + 1, MOST_LIGHT_SAMPLES);
    const columns = samples(lengthU);
    const rows = samples(lengthV);
    const { corners } = patch;
    const point = this.#surfacePoint;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const s = (column + 0.5) / columns;
        const t = (row + 0.5) / rows;
        for (let axis = 0; axis < 3; axis++) {
          point[axis] = (1 - s) * (1 - t) * corners[axis]! +
            s * (1 - t) * corners[3 + axis]! +
            (1 - s) * t * corners[6 + axis]! + s * t * corners[9 + axis]!;
        }
        this.#light.sample(patch.room, point, this.#sample);
        this.#lights.set(this.#sample, LIGHT_VALUES * (row * columns + column));
      }
    }
    return [columns, rows];
  }
}

/** Rolls highlights off instead of clipping them. */
function tone(value: number): number {
  return value < 0.72 ? value : 1 - 0.28 * Math.exp((0.72 - value) / 0.28);
}

/** Unit quaternion w, x, y, z of the rotation whose columns are u, w, n. */
function quaternionOf(
  ux: number,
  uy: number,
  uz: number,
  wx: number,
  wy: number,
  wz: number,
  nx: number,
  ny: number,
  nz: number,
): [number, number, number, number] {
  const trace = ux + wy + nz;
  if (trace > 0) {
    const s = 2 * Math.sqrt(trace + 1);
    return [s / 4, (wz - ny) / s, (nx - uz) / s, (uy - wx) / s];
  }
  if (ux > wy && ux > nz) {
    const s = 2 * Math.sqrt(1 + ux - wy - nz);
    return [(wz - ny) / s, s / 4, (wx + uy) / s, (nx + uz) / s];
  }
  if (wy > nz) {
    const s = 2 * Math.sqrt(1 + wy - ux - nz);
    return [(nx - uz) / s, (wx + uy) / s, s / 4, (ny + wz) / s];
  }
  const s = 2 * Math.sqrt(1 + nz - ux - wy);
  return [(uy - wx) / s, (nx + uz) / s, (ny + wz) / s, s / 4];
}

/** SH degree that {@linkcode paint} writes. */
export const DEMO_SH_DEGREE = 1;

/**
 * The oracle: the image formation of 3D Gaussian splatting (Kerbl et al. 2023)
 * in plain float64, one splat after the other, nothing clever. Both renderers
 * are measured against it; where they disagree with it, they are wrong.
 *
 * Conventions, where papers and programs differ:
 * - Pixel (i, j) has its centre at (i + 0.5, j + 0.5).
 * - Splats are blended in order of view z rounded to float32, ties by index.
 * - Left out: centres nearer than `camera.near` along z, opacity < 1/255, and
 *   splats with a value that is not finite as float32.
 * - x/z and y/z are clamped for the Jacobian alone, at the image's border plus
 *   0.3 * tan(half field of view), measured from the principal point as gsplat does.
 * - 0.3 square pixels are added to the diagonal of the projected covariance; with
 *   `splats.antialiased` the opacity is multiplied by sqrt(det / det with low-pass).
 * - SH direction: from the camera's centre to the splat's, file axes; for an
 *   orthographic camera the forward axis, as its rays are parallel.
 * - alpha = min(0.99, opacity * exp(power)); power > 0 and alpha < 1/255 are
 *   skipped; there is no cut at three sigma.
 * - A splat that would bring transmittance below 1e-4 is not blended and ends the pixel.
 * - Background black; 8-bit value = round(255 * clamp(colour)).
 *
 * @module
 */

import type { Camera } from "../../src/render/camera.ts";
import {
  SH_C0,
  SH_REST_COEFFICIENTS,
  type Splats,
} from "../../src/scene/splats.ts";

/** What the oracle says that a camera sees. */
export interface OracleView {
  readonly width: number;
  readonly height: number;
  /** r, g, b a pixel, blended over black, not clamped. */
  readonly color: Float64Array;
  /** {@linkcode color} as 8-bit RGBA, alpha 255. */
  readonly data: Uint8Array;
  /** Metres: z of the splat at which transmittance falls below 0.5, 0 if it never does. */
  readonly depth: Float64Array;
  /** Metres: sum(w z) / sum(w), 0 where nothing was blended. */
  readonly expectedDepth: Float64Array;
  /** 1 - transmittance. */
  readonly alpha: Float64Array;
  /** Object id of the splat that set {@linkcode depth}, 0 for none; zeros if the scene has none. */
  readonly objectIds: Uint16Array;
  /** Splats blended into each pixel. */
  readonly fragments: Uint32Array;
}

/** Options of {@linkcode renderOracle}. */
export interface OracleOptions {
  /**
   * Visits every pixel for every splat. Otherwise only the pixels in the box
   * around the ellipse where alpha can reach 1/255, which changes nothing.
   * @default {false}
   */
  everyPixel?: boolean;
  /**
   * How alpha falls off, instead of exp(power): other renderers' conventions,
   * nowhere above exp, to show that a difference is theirs.
   * @default {Math.exp}
   */
  falloff?: (power: number) => number;
}

/**
 * PlayCanvas' falloff, its engine's and splat-transform's: zero at three sigma
 * rather than cut there.
 */
export function playcanvasFalloff(power: number): number {
  return Math.max(0, Math.exp(power) - Math.exp(-4.5));
}

/** A splat as the camera sees it. */
export interface ProjectedSplat {
  readonly index: number;
  /** View z in file units, rounded to float32: the key of the order. */
  readonly z: number;
  /** Pixels. */
  readonly x: number;
  /** Pixels. */
  readonly y: number;
  /** Covariance with low-pass, square pixels: xx, xy, yy. */
  readonly covariance: readonly [number, number, number];
  /** After compensation, if any. */
  readonly opacity: number;
  /** Unit vector along which it is seen, file axes. */
  readonly direction: readonly [number, number, number];
}

const LOW_PASS = 0.3;
const MIN_ALPHA = 1 / 255;
const MAX_ALPHA = 0.99;
const MIN_TRANSMITTANCE = 1e-4;

// Spherical harmonics as in INRIA's auxiliary.h, signs included.
const SH_C1 = 0.4886025119029199;
const SH_C2 = [
  1.0925484305920792,
  -1.0925484305920792,
  0.31539156525252005,
  -1.0925484305920792,
  0.5462742152960396,
] as const;
const SH_C3 = [
  -0.5900435899266435,
  2.890611442640554,
  -0.4570457994644658,
  0.3731763325901154,
  -0.4570457994644658,
  1.445305721320277,
  -0.5900435899266435,
] as const;

/** The 16 basis functions up to degree 3 at unit direction x, y, z. */
export function shBasis(x: number, y: number, z: number): number[] {
  const [xx, yy, zz] = [x * x, y * y, z * z];
  return [
    SH_C0,
    -SH_C1 * y,
    SH_C1 * z,
    -SH_C1 * x,
    SH_C2[0] * x * y,
    SH_C2[1] * y * z,
    SH_C2[2] * (2 * zz - xx - yy),
    SH_C2[3] * x * z,
    SH_C2[4] * (xx - yy),
    SH_C3[0] * y * (3 * xx - yy),
    SH_C3[1] * x * y * z,
    SH_C3[2] * y * (4 * zz - xx - yy),
    SH_C3[3] * z * (2 * zz - 3 * xx - 3 * yy),
    SH_C3[4] * x * (4 * zz - xx - yy),
    SH_C3[5] * z * (xx - yy),
    SH_C3[6] * x * (xx - 3 * yy),
  ];
}

/** Colour of splat `index` seen along unit `direction` (file axes), >= 0. */
export function colorOf(
  splats: Splats,
  index: number,
  direction: readonly [number, number, number],
): [number, number, number] {
  const basis = shBasis(...direction);
  const rest = SH_REST_COEFFICIENTS[splats.shDegree];
  const channel = (c: number): number => {
    let value = SH_C0 * splats.colors[3 * index + c]! + 0.5;
    for (let k = 0; k < rest; k++) {
      value += basis[k + 1]! * splats.sh[3 * (rest * index + k) + c]!;
    }
    return Math.max(0, value);
  };
  return [channel(0), channel(1), channel(2)];
}

/** Rotation matrix, row-major, of the quaternion w, x, y, z, which is normalised first. */
function rotationMatrix(w: number, x: number, y: number, z: number): number[] {
  const norm = Math.hypot(w, x, y, z);
  [w, x, y, z] = [w / norm, x / norm, y / norm, z / norm];
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
}

/** Projects splat `i`, or returns undefined if it is left out. */
export function projectSplat(
  splats: Splats,
  i: number,
  camera: Camera,
): ProjectedSplat | undefined {
  const opacity = splats.opacities[i]!;
  const r = camera.rotation;
  const offset = [
    splats.positions[3 * i]! - camera.position[0]!,
    splats.positions[3 * i + 1]! - camera.position[1]!,
    splats.positions[3 * i + 2]! - camera.position[2]!,
  ] as const;
  const along = (row: number): number =>
    r[row]! * offset[0] + r[row + 1]! * offset[1] + r[row + 2]! * offset[2];
  const vz = along(6);
  if (!(opacity >= MIN_ALPHA) || !(vz >= camera.near)) return undefined;
  const [vx, vy] = [along(0), along(3)];
  const scales = [0, 1, 2].map((a) => splats.scales[3 * i + a]!);
  const quaternion = [0, 1, 2, 3].map((a) => splats.rotations[4 * i + a]!);

  // M = W R S, so that W Sigma W^T = M M^T.
  const q = rotationMatrix(
    ...quaternion as [number, number, number, number],
  );
  const m: number[] = [];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += r[3 * row + k]! * q[3 * k + column]!;
      m.push(sum * scales[column]!);
    }
  }

  const { width, height, fx, fy, cx, cy } = camera;
  const perspective = camera.projection === "perspective";
  const limit = (v: number, size: number, f: number, c: number): number => {
    const margin = 0.3 * (size / (2 * f));
    return Math.min((size - c) / f + margin, Math.max(-c / f - margin, v));
  };
  const jacobian = perspective
    ? [
      [fx / vz, 0, -fx * limit(vx / vz, width, fx, cx) / vz],
      [0, fy / vz, -fy * limit(vy / vz, height, fy, cy) / vz],
    ]
    : [[fx, 0, 0], [0, fy, 0]];
  // T = J M; covariance = T T^T.
  const t = jacobian.map((row) =>
    [0, 1, 2].map((column) =>
      row[0]! * m[column]! + row[1]! * m[3 + column]! + row[2]! * m[6 + column]!
    )
  );
  const dot = (a: number[], b: number[]): number =>
    a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const [xx0, xy, yy0] = [
    dot(t[0]!, t[0]!),
    dot(t[0]!, t[1]!),
    dot(t[1]!, t[1]!),
  ];
  const [xx, yy] = [xx0 + LOW_PASS, yy0 + LOW_PASS];
  const determinant = xx * yy - xy * xy;
  const compensation = splats.antialiased
    ? Math.sqrt(Math.max(0, (xx0 * yy0 - xy * xy) / determinant))
    : 1;

  const distance = Math.hypot(...offset);
  const direction = perspective && distance > 0
    ? offset.map((value) => value / distance)
    : [r[6]!, r[7]!, r[8]!];
  const projected: ProjectedSplat = {
    index: i,
    z: Math.fround(vz),
    x: perspective ? fx * vx / vz + cx : fx * vx + cx,
    y: perspective ? fy * vy / vz + cy : fy * vy + cy,
    covariance: [xx, xy, yy],
    opacity: opacity * compensation,
    direction: direction as [number, number, number],
  };
  const numbers = [
    projected.z,
    projected.x,
    projected.y,
    ...projected.covariance,
    1 / determinant,
    projected.opacity,
    ...projected.direction,
  ];
  return determinant > 0 &&
      numbers.every((value) => Number.isFinite(Math.fround(value)))
    ? projected
    : undefined;
}

/** Pixels of the image where alpha can reach 1/255, and some more: a box, maybe empty. */
function boxOf(
  { x, y, covariance: [xx, , yy], opacity }: ProjectedSplat,
  { width, height }: Camera,
): { left: number; right: number; top: number; bottom: number } {
  // alpha >= 1/255 needs a Mahalanobis distance of at most this.
  const reach = Math.sqrt(2 * Math.log(255 * opacity));
  const [halfX, halfY] = [reach * Math.sqrt(xx) + 1, reach * Math.sqrt(yy) + 1];
  return {
    left: Math.max(0, Math.floor(x - halfX)),
    right: Math.min(width - 1, Math.ceil(x + halfX)),
    top: Math.max(0, Math.floor(y - halfY)),
    bottom: Math.min(height - 1, Math.ceil(y + halfY)),
  };
}

/** Renders `splats` as `camera` sees them. */
export function renderOracle(
  splats: Splats,
  camera: Camera,
  { everyPixel = false, falloff = Math.exp }: OracleOptions = {},
): OracleView {
  const { width, height } = camera;
  const pixels = width * height;
  const projected: ProjectedSplat[] = [];
  for (let i = 0; i < splats.count; i++) {
    const splat = projectSplat(splats, i, camera);
    if (splat === undefined || !(splat.opacity >= MIN_ALPHA)) continue;
    const { left, right, top, bottom } = boxOf(splat, camera);
    if (everyPixel || (left <= right && top <= bottom)) projected.push(splat);
  }
  projected.sort((a, b) => a.z - b.z || a.index - b.index);

  const color = new Float64Array(3 * pixels);
  const transmittance = new Float64Array(pixels).fill(1);
  const ended = new Uint8Array(pixels);
  const depth = new Float64Array(pixels);
  const weightedDepth = new Float64Array(pixels);
  const weight = new Float64Array(pixels);
  const objectIds = new Uint16Array(pixels);
  const fragments = new Uint32Array(pixels);
  for (const splat of projected) {
    const { left, right, top, bottom } = everyPixel
      ? { left: 0, right: width - 1, top: 0, bottom: height - 1 }
      : boxOf(splat, camera);
    const [xx, xy, yy] = splat.covariance;
    const determinant = xx * yy - xy * xy;
    const seen = colorOf(splats, splat.index, splat.direction);
    if (!seen.every(Number.isFinite)) continue;
    for (let j = top; j <= bottom; j++) {
      for (let i = left; i <= right; i++) {
        const pixel = j * width + i;
        if (ended[pixel]) continue;
        const dx = i + 0.5 - splat.x;
        const dy = j + 0.5 - splat.y;
        const power = -0.5 * (yy * dx * dx + xx * dy * dy) / determinant +
          xy * dx * dy / determinant;
        if (power > 0) continue;
        const alpha = Math.min(MAX_ALPHA, splat.opacity * falloff(power));
        if (alpha < MIN_ALPHA) continue;
        const before = transmittance[pixel]!;
        const after = before * (1 - alpha);
        if (after < MIN_TRANSMITTANCE) {
          ended[pixel] = 1;
          continue;
        }
        const share = before * alpha;
        for (let c = 0; c < 3; c++) {
          color[3 * pixel + c]! += share * seen[c as 0];
        }
        weight[pixel]! += share;
        weightedDepth[pixel]! += share * splat.z;
        if (before >= 0.5 && after < 0.5) {
          depth[pixel] = splat.z * camera.metresPerUnit;
          objectIds[pixel] = splats.objectIds?.[splat.index] ?? 0;
        }
        transmittance[pixel] = after;
        fragments[pixel]!++;
      }
    }
  }

  const data = new Uint8Array(4 * pixels).fill(255);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < 3; c++) {
      const value = Math.min(1, Math.max(0, color[3 * pixel + c]!));
      data[4 * pixel + c] = Math.round(255 * value);
    }
  }
  return {
    width,
    height,
    color,
    data,
    depth,
    expectedDepth: weightedDepth.map((sum, pixel) =>
      weight[pixel]! > 0 ? sum / weight[pixel]! * camera.metresPerUnit : 0
    ),
    alpha: transmittance.map((value) => 1 - value),
    objectIds,
    fragments,
  };
}

/**
 * Peak signal-to-noise ratio in dB over red, green and blue of two RGBA
 * pictures of one size; Infinity if they are equal.
 */
export function psnr(a: PixelSource, b: PixelSource): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(
      `Cannot compare pictures as their sizes must be equal: current values are ${a.width}x${a.height} and ${b.width}x${b.height}`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    if (i % 4 !== 3) sum += (a.data[i]! - b.data[i]!) ** 2;
  }
  return 10 * Math.log10(255 ** 2 / (sum / (3 * a.width * a.height)));
}

/** What {@linkcode psnr} compares: a view, an oracle's view, a decoded picture. */
export interface PixelSource {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The demo flat as a scan would have it: floaters, holes, other axes, a tilt. */

import type { Vector3 } from "../../src/geometry/vector.ts";
import { allocateSplats, type Splats } from "../../src/scene/splats.ts";
import type { Matrix3 } from "../../src/scene/sh_rotation.ts";
import { transformSplats } from "../../src/scene/transform_splats.ts";

/** What is wrong with a scan. */
export interface Dirt {
  readonly seed: number;
  /** Floaters as a share of the splats: a third of them far outside. */
  readonly floaters?: number;
  /** Radius of a round hole in the floor, metres. */
  readonly hole?: number;
}

/** Numbers in [0, 1), the same ones for the same seed. */
export function numbers(seed: number): () => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** A copy of `splats` (z up, metres) with dirt in it, without colours. */
export function soiled(
  splats: Splats,
  { seed, floaters = 0, hole = 0 }: Dirt,
): Splats {
  const random = numbers(seed);
  const extra = Math.round(floaters * splats.count);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < 3 * splats.count; i++) {
    low[i % 3] = Math.min(low[i % 3]!, splats.positions[i]!);
    high[i % 3] = Math.max(high[i % 3]!, splats.positions[i]!);
  }
  const holeAt = [0, 1].map((axis) =>
    low[axis]! + (0.3 + 0.4 * random()) * (high[axis]! - low[axis]!)
  );
  const kept: number[] = [];
  for (let i = 0; i < splats.count; i++) {
    const [x, y, z] = splats.positions.subarray(3 * i, 3 * i + 3);
    const isGone = z! < low[2]! + 0.05 &&
      Math.hypot(x! - holeAt[0]!, y! - holeAt[1]!) < hole;
    if (!isGone) kept.push(i);
  }
  const out = allocateSplats(kept.length + extra, 0);
  kept.forEach((from, to) => {
    out.positions.set(
      splats.positions.subarray(3 * from, 3 * from + 3),
      3 * to,
    );
    out.scales.set(splats.scales.subarray(3 * from, 3 * from + 3), 3 * to);
    out.rotations.set(
      splats.rotations.subarray(4 * from, 4 * from + 4),
      4 * to,
    );
    out.opacities[to] = splats.opacities[from]!;
  });
  for (let i = kept.length; i < out.count; i++) {
    const beyond = random() < 0.3 ? 1 : 0;
    const turn = [0, 1, 2, 3].map(() => random() - 0.5);
    for (let axis = 0; axis < 3; axis++) {
      const span = high[axis]! - low[axis]!;
      out.positions[3 * i + axis] = low[axis]! - beyond * span +
        random() * span * (1 + 2 * beyond);
      // From specks of 4 mm to clouds of 20 cm.
      out.scales[3 * i + axis] = 0.004 * 50 ** random();
    }
    out.rotations.set(turn.map((q) => q / Math.hypot(...turn)), 4 * i);
    out.opacities[i] = random() ** 1.5;
  }
  return out;
}

/** How a scanner had its axes: file = linear * (x, y, z) + translation. */
export interface Placing {
  readonly linear: Matrix3;
  readonly translation: Vector3;
}

/** Axes of a 3DGS file (y down), tilted by `tilt` degrees about a level axis, a metre being `scale` units. */
export function placing(
  { tilt = 0, about = 0, scale = 1 }: {
    tilt?: number;
    about?: number;
    scale?: number;
  },
): Placing {
  const angle = tilt * Math.PI / 180;
  const [x, y] = [Math.cos(about), Math.sin(about)];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const t = 1 - c;
  const rows = [
    [t * x * x + c, t * x * y, s * y],
    [t * x * y, t * y * y + c, -s * x],
    [-s * y, s * x, c],
  ];
  const linear = [rows[0]!, rows[2]!.map((value) => -value), rows[1]!]
    .flat().map((value) => scale * value);
  return { linear, translation: [0.3 * scale, scale, -2 * scale] };
}

/** Moves `splats` to where a scanner had them, in place. */
export function place(
  splats: Splats,
  { linear, translation }: Placing,
): Splats {
  transformSplats(splats, { linear, translation });
  return splats;
}

/** Where a point of the flat's file is in the scan's. */
export function placed(
  { linear: m, translation: t }: Placing,
  [x, y, z]: Vector3,
): Vector3 {
  const at = (row: 0 | 1 | 2): number =>
    m[3 * row]! * x + m[3 * row + 1]! * y + m[3 * row + 2]! * z + t[row];
  return [at(0), at(1), at(2)];
}

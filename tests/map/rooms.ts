/** Places made of splats by hand, for tests of the map: walls, floors, blocks, dirt. */

import type { Bounds } from "../../src/geometry/bounds.ts";
import type { SceneFrame } from "../../src/scene/scene_frame.ts";
import { allocateSplats, type Splats } from "../../src/scene/splats.ts";

/** Height of the eye above the floor, metres; the world's z is 0 there. */
export const EYE = 1.5;

/** One splat before it is stored: world metres. */
export interface Speck {
  readonly at: readonly [number, number, number];
  /** Standard deviations along x, y, z. */
  readonly size: readonly [number, number, number];
  readonly opacity: number;
}

/** Splats that cover the faces of a box, `spacing` apart. */
export function boxSpecks(
  { min, max }: Bounds,
  { spacing = 0.06, opacity = 0.9 } = {},
): Speck[] {
  const specks: Speck[] = [];
  const deviation = 0.7 * spacing;
  for (let axis = 0; axis < 3; axis++) {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    const columns = Math.max(1, Math.ceil((max[u]! - min[u]!) / spacing));
    const rows = Math.max(1, Math.ceil((max[v]! - min[v]!) / spacing));
    const size = [deviation, deviation, deviation];
    size[axis] = 0.004;
    for (const side of [min[axis]!, max[axis]!]) {
      for (let i = 0; i < columns; i++) {
        for (let j = 0; j < rows; j++) {
          const at = [side, side, side];
          at[u] = min[u]! + (i + 0.5) / columns * (max[u]! - min[u]!);
          at[v] = min[v]! + (j + 0.5) / rows * (max[v]! - min[v]!);
          specks.push({
            at: at as unknown as Speck["at"],
            size: size as unknown as Speck["size"],
            opacity,
          });
        }
      }
    }
  }
  return specks;
}

/** Stores `specks` in the file axes and units of `frame`. */
export function splatsOf(
  specks: readonly Speck[],
  metresPerUnit = 1,
): Splats {
  const splats = allocateSplats(specks.length, 0);
  specks.forEach(({ at, size, opacity }, i) => {
    for (let axis = 0; axis < 3; axis++) {
      splats.positions[3 * i + axis] = at[axis]! / metresPerUnit;
      splats.scales[3 * i + axis] = size[axis]! / metresPerUnit;
    }
    splats.rotations[4 * i] = 1;
    splats.opacities[i] = opacity;
  });
  return splats;
}

/** A frame whose file axes are the world's. */
export function frameOf(
  bounds: Bounds,
  { metresPerUnit = 1, guessed = [] as SceneFrame["guessed"] } = {},
): SceneFrame {
  return {
    up: "+z",
    metresPerUnit,
    axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    origin: [0, 0, 0],
    bounds,
    start: { x: 0, y: 0, z: 0, yaw: 0 },
    fov: 75,
    near: 0.05,
    reasons: [],
    guessed,
  };
}

/** A room of 6 x 4 x 2.6 m round the origin, its bounds, and more blocks in it. */
export function room(
  blocks: readonly Bounds[] = [],
): { specks: Speck[]; bounds: Bounds } {
  const shell: Bounds = { min: [-3, -2, -EYE], max: [3, 2, 2.6 - EYE] };
  return {
    specks: [shell, ...blocks].flatMap((box) => boxSpecks(box)),
    bounds: shell,
  };
}

/** A block that stands on the floor. */
export function block(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  height: number,
): Bounds {
  return { min: [x0, y0, -EYE], max: [x1, y1, height - EYE] };
}

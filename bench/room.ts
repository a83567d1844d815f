/**
 * A furnished room of any number of splats, SH degree 3: what the benches
 * render. Kept apart from the demo flat, whose looks may change, so that
 * figures of different days stay comparable.
 *
 * @module
 */

import {
  allocateSplats,
  SH_REST_COEFFICIENTS,
  type Splats,
} from "../src/scene/splats.ts";
import type { SceneFrame } from "../src/scene/scene_frame.ts";

/** Options for {@linkcode makeRoom}. */
export interface RoomOptions {
  /**
   * Mean standard deviation of a splat in its surface, metres. The default is
   * the distance between splats, as in trained scenes: surfaces are
   * closed, and overdraw is the same for any number of splats.
   * @default {Math.sqrt(surface / count)}
   */
  size?: number;
  /** @default {1} */
  seed?: number;
}

/** A frame for {@linkcode makeRoom}: 3DGS axes (y down), metres, eye height 1.5 m. */
export const ROOM_FRAME: SceneFrame = {
  up: "-y",
  metresPerUnit: 1,
  axes: [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
  origin: [0, 0, 0],
  bounds: { min: [-3.5, -2.5, -1.5], max: [3.5, 2.5, 1.2] },
  start: { x: 0, y: 0, z: 0, yaw: 0 },
  fov: 75,
  near: 0.05,
  reasons: [],
  guessed: [],
};

/** Box with its faces seen from outside, or from inside for the room itself. World axes, metres. */
interface Box {
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly color: readonly [number, number, number];
}

const ROOM: Box = {
  min: [-3.5, -2.5, -1.5],
  max: [3.5, 2.5, 1.2],
  color: [0.75, 0.72, 0.66],
};

const FURNITURE: readonly Box[] = [
  { min: [1.5, -1, -1.5], max: [3, 1, -0.9], color: [0.3, 0.36, 0.5] },
  { min: [-2.6, 1.2, -0.85], max: [-1, 2.1, -0.75], color: [0.5, 0.33, 0.2] },
  { min: [-2.1, 1.5, -1.5], max: [-1.9, 1.7, -0.85], color: [0.4, 0.27, 0.17] },
  { min: [3.1, -2.4, -1.5], max: [3.45, -1.2, 0.7], color: [0.55, 0.4, 0.26] },
  { min: [-3.4, -2.2, -1.5], max: [-2.9, -1.7, -0.6], color: [0.7, 0.12, 0.1] },
  { min: [0.4, 1.6, -1.5], max: [0.9, 2.1, -1.05], color: [0.2, 0.45, 0.25] },
];

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A room of `count` splats, the same one for the same arguments. */
export function makeRoom(
  count: number,
  { size: given, seed = 1 }: RoomOptions = {},
): Splats {
  const splats = allocateSplats(count, 3);
  const random = randomNumbers(seed);
  const faces = [ROOM, ...FURNITURE].flatMap((box) =>
    [0, 1, 2].flatMap((axis) =>
      [box.min, box.max].map((side) => ({ box, axis, at: side[axis]! }))
    )
  );
  const area = ({ box, axis }: typeof faces[number]): number =>
    [0, 1, 2].reduce(
      (product, a) =>
        a === axis ? product : product * (box.max[a]! - box.min[a]!),
      1,
    );
  const total = faces.reduce((sum, face) => sum + area(face), 0);
  const size = given ?? Math.sqrt(total / count);
  // A face's turn comes as often as its share of the surface says.
  let ends = 0;
  const shares = faces.map((face) => (ends += area(face) / total));
  const rest = 3 * SH_REST_COEFFICIENTS[3];
  for (let i = 0; i < count; i++) {
    const draw = random();
    const { box, axis, at } = faces[
      Math.min(faces.length - 1, shares.findIndex((end) => draw < end))
    ]!;
    const world = [0, 1, 2].map((a) =>
      a === axis
        ? at + 0.004 * (random() - 0.5)
        : box.min[a]! + random() * (box.max[a]! - box.min[a]!)
    );
    // World -> file axes of ROOM_FRAME.
    splats.positions.set([-world[1]!, -world[2]!, world[0]!], 3 * i);
    const [u, v] = [
      size * (0.4 + 1.2 * random()),
      size * (0.4 + 1.2 * random()),
    ];
    const fileAxis = [2, 0, 1][axis]!;
    const turn = Math.PI * random();
    // A turn about the face's normal.
    const quaternion = [Math.cos(turn / 2), 0, 0, 0];
    quaternion[1 + fileAxis] = Math.sin(turn / 2);
    splats.rotations.set(quaternion, 4 * i);
    const scales = [u, v, u];
    scales[fileAxis] = size * 0.06;
    splats.scales.set(scales, 3 * i);
    splats.opacities[i] = random() < 0.7
      ? 0.6 + 0.39 * random()
      : 0.3 * random();
    const [p, q] = [0, 1, 2].filter((a) => a !== axis).map((a) => world[a]!);
    const texture = 0.06 * Math.sin(21 * p! + 3 * Math.sin(5 * q!)) +
      0.05 * Math.sign(Math.sin(9 * q!) * Math.sin(9 * p!)) +
      0.05 * (random() - 0.5);
    for (let c = 0; c < 3; c++) {
      const value = box.color[c as 0] * (0.85 + 0.15 * Math.sin(1 + axis)) +
        texture;
      splats.colors[3 * i + c] = (value - 0.5) / 0.28209479177387814;
    }
    for (let k = 0; k < rest; k++) {
      splats.sh[rest * i + k] = 0.05 * (random() - 0.5);
    }
  }
  return splats;
}

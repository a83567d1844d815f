/**
 * Baked light: what arrives at a point of the flat from windows, doorways and
 * lamps, darkened where things stand close. Slow enough to be asked for some
 * thousands of points only; surfaces interpolate between them.
 *
 * @module
 */

import type { Layout, Opening, Room } from "./layout.ts";
import type { Colour, Occluder } from "./model.ts";
import { ShadowBoxes } from "./shadow.ts";

/** A lamp: a point that shines into its room. */
export interface Lamp {
  readonly room: number;
  readonly position: readonly [number, number, number];
  readonly colour: Colour;
  /** Irradiance at one metre, in units of full light. */
  readonly power: number;
}

/** Numbers a light sample has: irradiance r, g, b, then the mean direction to the light. */
export const LIGHT_VALUES = 6;

const DAYLIGHT: Colour = [1.0, 1.02, 1.06];
const AMBIENT_FROM_ABOVE: Colour = [0.63, 0.635, 0.64];
const AMBIENT_FROM_BELOW: Colour = [0.56, 0.535, 0.5];
/** Radiance of a window in units of full light, and of a doorway to a lit room. */
const WINDOW_RADIANCE = 3.6;
const DOOR_RADIANCE = 0.4;
/** Distance at which contact shadows have faded to a third, metres. */
const CONTACT = 0.38;
/** Share of the ambient light that a touching surface takes away. */
const CONTACT_STRENGTH = 0.8;
/** Boxes farther off throw no contact shadow, metres. */
const CONTACT_REACH = 3.5 * CONTACT;
/** Light below this is not worth a ray. */
const FAINTEST = 0.008;
/** Softens the inverse square near a light, square metres. */
const SOFTENING = 0.35;
/** Points on a window, and on a doorway, that light comes from. */
const WINDOW_SAMPLES: readonly (readonly [number, number])[] = [
  [0.25, 0.3],
  [0.75, 0.4],
  [0.4, 0.75],
];
const DOOR_SAMPLES: readonly (readonly [number, number])[] = [[0.5, 0.5]];
/** Rays for contact shadows: cosine-weighted about the normal (Vogel's spiral). */
const RAY_COUNT = 9;
const RAYS = makeRays();
/** Numbers an emitter has: x, y, z, strength, r, g, b, and the axis it faces or -1. */
const EMITTER_VALUES = 8;
/** Distance from the surface at which its rays start, metres. */
const LIFT = 0.012;
/** Width of a window's frame and half of its middle bar, as the sun sees them, metres. */
const FRAME = 0.06;
const BAR = 0.03;
/** Width over which the edge of a patch of sun fades, metres. */
const PENUMBRA = 0.05;

function makeRays(): Float64Array {
  const rays = new Float64Array(3 * RAY_COUNT);
  for (let i = 0; i < RAY_COUNT; i++) {
    const radius = Math.sqrt((i + 0.5) / RAY_COUNT);
    const angle = i * 2.399963;
    rays[3 * i] = radius * Math.cos(angle);
    rays[3 * i + 1] = radius * Math.sin(angle);
    rays[3 * i + 2] = Math.sqrt(1 - radius * radius);
  }
  return rays;
}

/** A window through which the sun falls into its room. */
interface SunlitWindow {
  readonly axis: 0 | 1;
  /** Inner face of the wall. */
  readonly plane: number;
  readonly from: number;
  readonly to: number;
  readonly bottom: number;
  readonly top: number;
}

/** Light of one room. */
interface RoomLight {
  readonly boxes: ShadowBoxes;
  readonly emitters: Float64Array;
  readonly sunlit: readonly SunlitWindow[];
}

/** Light of the whole flat. */
export class Light {
  readonly #rooms: readonly RoomLight[];
  readonly #sun: readonly [number, number, number];

  /** @param sun Unit vector towards the sun. */
  constructor(
    layout: Layout,
    { occluders, lamps, sun }: {
      occluders: readonly Occluder[];
      lamps: readonly Lamp[];
      sun: readonly [number, number, number];
    },
  ) {
    this.#sun = sun;
    this.#rooms = layout.rooms.map((room): RoomLight => ({
      boxes: new ShadowBoxes(
        room.inside,
        occluders.filter((box) => box.room === room.index),
      ),
      emitters: Float64Array.from([
        ...room.openings.flatMap((opening) => openingEmitters(room, opening)),
        ...lamps.filter((lamp) => lamp.room === room.index).flatMap((
          { position, power, colour },
        ) => [...position, power, ...colour, -1]),
      ]),
      sunlit: sunlitWindows(room, sun),
    }));
  }

  /** Light at the point in `at` (x, y, z, then the unit normal) in `room`, to `out`. */
  sample(room: number, at: Float64Array, out: Float64Array): void {
    const { boxes, emitters } = this.#rooms[room]!;
    const nx = at[3]!;
    const ny = at[4]!;
    const nz = at[5]!;
    const x = at[0]! + LIFT * nx;
    const y = at[1]! + LIFT * ny;
    const z = at[2]! + LIFT * nz;
    boxes.moveTo(x, y, z);
    const open = openness(boxes, nx, ny, nz);
    const above = 0.5 + 0.5 * nz;
    for (let channel = 0; channel < 3; channel++) {
      const low = AMBIENT_FROM_BELOW[channel]!;
      const high = AMBIENT_FROM_ABOVE[channel]!;
      out[channel] = open * (low + above * (high - low));
      out[3 + channel] = 0.2 * at[3 + channel]!;
    }
    for (let i = 0; i < emitters.length; i += EMITTER_VALUES) {
      const lx = emitters[i]! - x;
      const ly = emitters[i + 1]! - y;
      const lz = emitters[i + 2]! - z;
      const squared = lx * lx + ly * ly + lz * lz + 1e-6;
      const distance = Math.sqrt(squared);
      const cosine = (nx * lx + ny * ly + nz * lz) / distance;
      if (cosine <= 0) continue;
      // A pane shines along its normal; a lamp everywhere.
      const axis = emitters[i + 7]!;
      const facing = axis === 0
        ? Math.abs(lx) / distance
        : axis === 1
        ? Math.abs(ly) / distance
        : 1;
      const arriving = emitters[i + 3]! * cosine * facing /
        (squared + SOFTENING);
      if (arriving < FAINTEST) continue;
      const dx = lx / distance;
      const dy = ly / distance;
      const dz = lz / distance;
      if (boxes.isShaded(dx, dy, dz, distance)) continue;
      out[0]! += arriving * emitters[i + 4]!;
      out[1]! += arriving * emitters[i + 5]!;
      out[2]! += arriving * emitters[i + 6]!;
      out[3]! += arriving * dx;
      out[4]! += arriving * dy;
      out[5]! += arriving * dz;
    }
  }

  /** Whether any sun falls into `room`. */
  isSunlit(room: number): boolean {
    return this.#rooms[room]!.sunlit.length > 0;
  }

  /** Sunlight at a point, [0, 1]: what falls between the frames of the windows. */
  sunlight(room: number, x: number, y: number, z: number): number {
    const { boxes, sunlit } = this.#rooms[room]!;
    const [sx, sy, sz] = this.#sun;
    for (const { axis, plane, from, to, bottom, top } of sunlit) {
      const reach = axis === 0 ? (plane - x) / sx : (plane - y) / sy;
      if (reach < 0) continue;
      const height = z + reach * sz;
      const side = axis === 0 ? y + reach * sy : x + reach * sx;
      const margin = Math.min(
        side - from - FRAME,
        to - FRAME - side,
        height - bottom - FRAME,
        top - FRAME - height,
        Math.abs(side - (from + to) / 2) - BAR,
      );
      if (margin <= -PENUMBRA / 2) continue;
      boxes.moveTo(x, y, z);
      if (boxes.isShaded(sx, sy, sz, reach)) continue;
      return Math.min(1, (margin + PENUMBRA / 2) / PENUMBRA);
    }
    return 0;
  }
}

/** Inner face of the wall with `opening`, seen from `room`. */
function innerFace({ inside, index }: Room, { axis, rooms }: Opening): number {
  const isLow = rooms[1] === index;
  if (axis === 0) return isLow ? inside.x0 : inside.x1;
  return isLow ? inside.y0 : inside.y1;
}

function openingEmitters(room: Room, opening: Opening): number[] {
  const { kind, axis, from, to, bottom, top } = opening;
  const plane = innerFace(room, opening);
  const samples = kind === "window" ? WINDOW_SAMPLES : DOOR_SAMPLES;
  const radiance = kind === "window" ? WINDOW_RADIANCE : DOOR_RADIANCE;
  const strength = radiance * (to - from) * (top - bottom) / samples.length /
    Math.PI;
  return samples.flatMap(([s, t]) => {
    const along = from + s * (to - from);
    const up = bottom + t * (top - bottom);
    const place = axis === 0 ? [plane, along, up] : [along, plane, up];
    return [...place, strength, ...DAYLIGHT, axis];
  });
}

function sunlitWindows(
  room: Room,
  sun: readonly [number, number, number],
): SunlitWindow[] {
  return room.openings.filter(({ kind, axis, rooms }) => {
    // The sun must stand well outside of the wall.
    const outwards = rooms[1] === room.index ? -1 : 1;
    return kind === "window" && outwards * sun[axis] > 0.05;
  }).map(({ axis, from, to, bottom, top, ...rest }) => ({
    axis,
    plane: innerFace(room, { axis, from, to, bottom, top, ...rest }),
    from,
    to,
    bottom,
    top,
  }));
}

/** Share of the surroundings that is not close by, [0, 1]. */
function openness(
  boxes: ShadowBoxes,
  nx: number,
  ny: number,
  nz: number,
): number {
  // Points inside a wall's thickness (reveals, jambs) have no room around them.
  if (!boxes.isInside) return CONTACT_STRENGTH;
  boxes.gather(CONTACT_REACH);
  // Any frame about the normal will do.
  const isLevel = Math.abs(nz) > 0.9;
  let tx = isLevel ? 1 : -ny;
  let ty = isLevel ? 0 : nx;
  let tz = isLevel ? -nx / nz : 0;
  const norm = Math.hypot(tx, ty, tz) || 1;
  tx /= norm;
  ty /= norm;
  tz /= norm;
  const bx = ny * tz - nz * ty;
  const by = nz * tx - nx * tz;
  const bz = nx * ty - ny * tx;
  let open = 0;
  for (let i = 0; i < 3 * RAY_COUNT; i += 3) {
    const a = RAYS[i]!;
    const b = RAYS[i + 1]!;
    const c = RAYS[i + 2]!;
    const distance = boxes.distanceNearby(
      a * tx + b * bx + c * nx,
      a * ty + b * by + c * ny,
      a * tz + b * bz + c * nz,
    );
    open += 1 - CONTACT_STRENGTH * Math.exp(-distance / CONTACT);
  }
  return open / RAY_COUNT;
}

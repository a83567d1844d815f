/**
 * Baked light: what arrives at a point of the flat from windows, doorways and
 * lamps, darkened where things stand close. Slow enough to be asked for some
 * thousands of points only; surfaces interpolate between them.
 *
 * @module
 */

import {
  CEILING,
  type Layout,
  type Opening,
  type Rectangle,
} from "./layout.ts";
import type { Colour, Occluder } from "./model.ts";

/** A lamp: a point that shines into its room. */
export interface Lamp {
  readonly room: number;
  readonly position: readonly [number, number, number];
  readonly colour: Colour;
  readonly power: number;
}

/** Numbers a light sample has: irradiance r, g, b, then the mean direction to the light. */
export const LIGHT_VALUES = 6;

const DAYLIGHT: Colour = [1.0, 1.02, 1.06];
const AMBIENT_FROM_ABOVE: Colour = [0.46, 0.465, 0.47];
const AMBIENT_FROM_BELOW: Colour = [0.42, 0.4, 0.37];
/** Radiance of a window in units of full light, and of a doorway to a lit room. */
const WINDOW_RADIANCE = 2.3;
const DOOR_RADIANCE = 0.32;
/** Distance at which contact shadows have faded to a third, metres. */
const CONTACT = 0.38;
/** Points on a window or doorway that are asked whether they are seen. */
const AREA_SAMPLES: readonly (readonly [number, number])[] = [
  [0.25, 0.3],
  [0.75, 0.4],
  [0.4, 0.75],
];
/** Rays for contact shadows: cosine-weighted about the normal. */
const RAYS = Array.from({ length: 9 }, (_, i) => {
  const radius = Math.sqrt((i + 0.5) / 9);
  const angle = i * 2.399963;
  return [
    radius * Math.cos(angle),
    radius * Math.sin(angle),
    Math.sqrt(1 - radius * radius),
  ] as const;
});
const OCCLUDER_VALUES = 8;

/** Light of the whole flat. */
export class Light {
  readonly #rooms: readonly Rectangle[];
  readonly #openings: readonly (readonly Opening[])[];
  readonly #lamps: readonly (readonly Lamp[])[];
  readonly #occluders: readonly Float64Array[];
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
    this.#rooms = layout.rooms.map((room) => room.inside);
    this.#openings = layout.rooms.map((room) => room.openings);
    this.#lamps = layout.rooms.map((room) =>
      lamps.filter((lamp) => lamp.room === room.index)
    );
    this.#occluders = layout.rooms.map((room) =>
      Float64Array.from(
        occluders.filter((box) => box.room === room.index).flatMap((box) => [
          ...box.centre,
          box.cosine,
          box.sine,
          ...box.half,
        ]),
      )
    );
    this.#sun = sun;
  }

  /** Light at the point in `at` (x, y, z, then the unit normal) in `room`, to `out`. */
  sample(room: number, at: Float64Array, out: Float64Array): void {
    const nx = at[3]!;
    const ny = at[4]!;
    const nz = at[5]!;
    const x = at[0]! + 0.012 * nx;
    const y = at[1]! + 0.012 * ny;
    const z = at[2]! + 0.012 * nz;
    const open = this.#openness(room, x, y, z, nx, ny, nz);
    const above = 0.5 + 0.5 * nz;
    for (let channel = 0; channel < 3; channel++) {
      out[channel] = open *
        (AMBIENT_FROM_BELOW[channel]! +
          above *
            (AMBIENT_FROM_ABOVE[channel]! - AMBIENT_FROM_BELOW[channel]!));
    }
    out[3] = 0.2 * nx, out[4] = 0.2 * ny, out[5] = 0.2 * nz;
    const inside = this.#rooms[room]!;
    for (const opening of this.#openings[room]!) {
      const isWindow = opening.kind === "window";
      const radiance = isWindow ? WINDOW_RADIANCE : DOOR_RADIANCE;
      // Inner face of the wall with the opening; the light comes through it.
      const low = opening.rooms[1] === room;
      const plane = opening.axis === 0
        ? (low ? inside.x0 : inside.x1)
        : (low ? inside.y0 : inside.y1);
      const wide = opening.to - opening.from;
      const high = opening.top - opening.bottom;
      for (const [s, t] of AREA_SAMPLES) {
        const along = opening.from + s * wide;
        const lx = (opening.axis === 0 ? plane : along) - x;
        const ly = (opening.axis === 0 ? along : plane) - y;
        const lz = opening.bottom + t * high - z;
        this.#shine(room, [x, y, z, nx, ny, nz], [lx, ly, lz], {
          colour: DAYLIGHT,
          strength: radiance * wide * high / AREA_SAMPLES.length / Math.PI,
          facing: opening.axis,
          out,
        });
      }
    }
    for (const lamp of this.#lamps[room]!) {
      const [px, py, pz] = lamp.position;
      this.#shine(room, [x, y, z, nx, ny, nz], [px - x, py - y, pz - z], {
        colour: lamp.colour,
        strength: lamp.power,
        facing: -1,
        out,
      });
    }
  }

  /** Sunlight at a point, [0, 1]: through which panes of which windows it falls. */
  sunlight(room: number, x: number, y: number, z: number): number {
    const [sx, sy, sz] = this.#sun;
    const inside = this.#rooms[room]!;
    for (const opening of this.#openings[room]!) {
      if (opening.kind !== "window") continue;
      const low = opening.rooms[1] === room;
      const along = opening.axis === 0 ? sx : sy;
      if (low ? along > -0.05 : along < 0.05) continue;
      const plane = opening.axis === 0
        ? (low ? inside.x0 : inside.x1)
        : (low ? inside.y0 : inside.y1);
      const t = (plane - (opening.axis === 0 ? x : y)) / along;
      if (t < 0) continue;
      const height = z + t * sz;
      const side = (opening.axis === 0 ? y + t * sy : x + t * sx) -
        opening.from;
      const wide = opening.to - opening.from;
      const margin = Math.min(
        side - 0.06,
        wide - 0.06 - side,
        height - opening.bottom - 0.06,
        opening.top - 0.06 - height,
        Math.abs(side - wide / 2) - 0.03,
      );
      if (margin <= -0.02) continue;
      if (this.#hit(room, x, y, z, sx, sy, sz, t)) continue;
      return Math.min(1, (margin + 0.02) / 0.05);
    }
    return 0;
  }

  #shine(
    room: number,
    [x, y, z, nx, ny, nz]: readonly [
      number,
      number,
      number,
      number,
      number,
      number,
    ],
    [lx, ly, lz]: readonly [number, number, number],
    { colour, strength, facing, out }: {
      colour: Colour;
      strength: number;
      facing: number;
      out: Float64Array;
    },
  ): void {
    const squared = lx * lx + ly * ly + lz * lz + 1e-6;
    const distance = Math.sqrt(squared);
    const cosine = (nx * lx + ny * ly + nz * lz) / distance;
    if (cosine <= 0) return;
    const away = facing === 0
      ? Math.abs(lx) / distance
      : facing === 1
      ? Math.abs(ly) / distance
      : 1;
    const arriving = strength * cosine * away / (squared + 0.35);
    if (arriving < 0.004) return;
    if (
      this.#hit(
        room,
        x,
        y,
        z,
        lx / distance,
        ly / distance,
        lz / distance,
        distance,
      )
    ) return;
    for (let channel = 0; channel < 3; channel++) {
      out[channel]! += arriving * colour[channel]!;
    }
    out[3]! += arriving * lx / distance;
    out[4]! += arriving * ly / distance;
    out[5]! += arriving * lz / distance;
  }

  /** Share of the surroundings that is not close by, [0, 1]. */
  #openness(
    room: number,
    x: number,
    y: number,
    z: number,
    nx: number,
    ny: number,
    nz: number,
  ): number {
    // Points inside a wall's thickness (reveals, jambs) count as half open.
    const { x0, y0, x1, y1 } = this.#rooms[room]!;
    if (x < x0 || x > x1 || y < y0 || y > y1) return 0.8;
    // Any frame about the normal will do.
    const flat = Math.abs(nz) > 0.9;
    let tx = flat ? 1 : -ny;
    let ty = flat ? 0 : nx;
    let tz = flat ? -nx / nz : 0;
    const norm = Math.hypot(tx, ty, tz) || 1;
    tx /= norm, ty /= norm, tz /= norm;
    const bx = ny * tz - nz * ty;
    const by = nz * tx - nx * tz;
    const bz = nx * ty - ny * tx;
    let open = 0;
    for (const [a, b, c] of RAYS) {
      const dx = a * tx + b * bx + c * nx;
      const dy = a * ty + b * by + c * ny;
      const dz = a * tz + b * bz + c * nz;
      let nearest = this.#wall(room, x, y, z, dx, dy, dz);
      nearest = this.#nearest(room, x, y, z, dx, dy, dz, nearest);
      open += 1 - 0.8 * Math.exp(-nearest / CONTACT);
    }
    return open / RAYS.length;
  }

  #wall(
    room: number,
    x: number,
    y: number,
    z: number,
    dx: number,
    dy: number,
    dz: number,
  ): number {
    const { x0, y0, x1, y1 } = this.#rooms[room]!;
    const tx = dx > 0 ? (x1 - x) / dx : dx < 0 ? (x0 - x) / dx : Infinity;
    const ty = dy > 0 ? (y1 - y) / dy : dy < 0 ? (y0 - y) / dy : Infinity;
    const tz = dz > 0 ? (CEILING - z) / dz : dz < 0 ? -z / dz : Infinity;
    return Math.max(0, Math.min(tx, ty, tz));
  }

  #hit(
    room: number,
    x: number,
    y: number,
    z: number,
    dx: number,
    dy: number,
    dz: number,
    within: number,
  ): boolean {
    return this.#nearest(room, x, y, z, dx, dy, dz, within) < within;
  }

  /** Distance to the first shadow box along a ray, at most `within`. */
  #nearest(
    room: number,
    x: number,
    y: number,
    z: number,
    dx: number,
    dy: number,
    dz: number,
    within: number,
  ): number {
    const boxes = this.#occluders[room]!;
    let nearest = within;
    for (let at = 0; at < boxes.length; at += OCCLUDER_VALUES) {
      // Into the box's own axes, then the slab test.
      const ox = x - boxes[at]!;
      const oy = y - boxes[at + 1]!;
      const oz = z - boxes[at + 2]!;
      const hz = boxes[at + 7]!;
      const iz = 1 / dz;
      let enter = (-hz * Math.sign(iz) - oz) * iz;
      let leave = (hz * Math.sign(iz) - oz) * iz;
      if (leave < 0 || enter > nearest) continue;
      const cosine = boxes[at + 3]!;
      const sine = boxes[at + 4]!;
      const hx = boxes[at + 5]!;
      const hy = boxes[at + 6]!;
      const px = cosine * ox + sine * oy;
      const py = cosine * oy - sine * ox;
      const ix = 1 / (cosine * dx + sine * dy);
      const iy = 1 / (cosine * dy - sine * dx);
      const ax = (-hx * Math.sign(ix) - px) * ix;
      const bx = (hx * Math.sign(ix) - px) * ix;
      const ay = (-hy * Math.sign(iy) - py) * iy;
      const by = (hy * Math.sign(iy) - py) * iy;
      enter = Math.max(enter, ax, ay);
      leave = Math.min(leave, bx, by);
      if (enter <= leave && leave > 0.004 && enter < nearest && enter > -0.03) {
        nearest = Math.max(enter, 0);
      }
    }
    return nearest;
  }
}

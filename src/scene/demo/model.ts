/**
 * Surfaces before they become splats: four-cornered patches with a material,
 * gathered by a builder that knows boxes, turned bodies and cushions.
 *
 * @module
 */

import type { Texture } from "./texture.ts";

/** Linear albedo r, g, b in [0, 1]. */
export type Colour = readonly [r: number, g: number, b: number];

/** How a surface looks and how densely it is sampled. */
export interface Material {
  readonly texture: Texture;
  readonly colour: Colour;
  /** Second colour of a pattern. @default {colour} */
  readonly accent?: Colour;
  /** Metres between splats along the patch's two sides. */
  readonly spacing: readonly [along: number, across: number];
  /** Strength of the view-dependent sheen, [0, 1]. */
  readonly gloss: number;
  /** Light of its own, in units of albedo under full light. @default {0} */
  readonly glow?: number;
}

/** A bilinear patch: corners a, b, c, d at (0,0), (1,0), (0,1), (1,1). */
export interface Patch {
  /** Twelve numbers. */
  readonly corners: Float64Array;
  readonly material: Material;
  readonly objectId: number;
  readonly room: number;
  /** Offset of random textures. */
  readonly variant: number;
}

/** A box that throws shadows: turned about z. */
export interface Occluder {
  readonly room: number;
  readonly centre: readonly [number, number, number];
  readonly half: readonly [number, number, number];
  readonly cosine: number;
  readonly sine: number;
}

/** Where a piece stands: local +y is its front. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Radians, counter-clockwise. */
  readonly yaw: number;
}

/** A point in the piece's own axes, metres. */
export type Point = readonly [x: number, y: number, z: number];

/** Faces of a box: minus and plus x, y, z. */
export type Face = "-x" | "+x" | "-y" | "+y" | "-z" | "+z";

/** Options of {@linkcode Model.box}. */
export interface BoxOptions {
  /** Faces left out because nothing sees them. @default {["-z"]} */
  readonly without?: readonly Face[];
  /** Radians by which the box is turned about its own vertical axis. @default {0} */
  readonly turn?: number;
  /** Whether it darkens what is near. @default {true} */
  readonly shadow?: boolean;
}

/** Boxes smaller than this (longest side, metres) throw no shadow. */
const SMALLEST_SHADOW = 0.3;

/** Gathers patches and shadow boxes. */
export class Model {
  readonly patches: Patch[] = [];
  readonly occluders: Occluder[] = [];
  #objectId = 0;
  #room = 0;
  #placement: Placement = { x: 0, y: 0, z: 0, yaw: 0 };
  #cosine = 1;
  #sine = 0;

  /** What follows belongs to this object, in the axes of `placement`. */
  begin(objectId: number, room: number, placement: Placement): void {
    this.#objectId = objectId;
    this.#room = room;
    this.#placement = placement;
    this.#cosine = Math.cos(placement.yaw);
    this.#sine = Math.sin(placement.yaw);
  }

  /** One patch; seen from the front, a -> b -> d -> c runs counter-clockwise. */
  patch(
    corners: readonly [Point, Point, Point, Point],
    material: Material,
  ): void {
    const { x, y, z } = this.#placement;
    const flat = new Float64Array(12);
    for (let i = 0; i < 4; i++) {
      const point = corners[i]!;
      flat[3 * i] = x + this.#cosine * point[0] - this.#sine * point[1];
      flat[3 * i + 1] = y + this.#sine * point[0] + this.#cosine * point[1];
      flat[3 * i + 2] = z + point[2];
    }
    this.patches.push({
      corners: flat,
      material,
      objectId: this.#objectId,
      room: this.#room,
      variant: this.patches.length,
    });
  }

  /** A box around `centre` with full extents `size`. */
  box(
    centre: Point,
    size: Point,
    { material, without = ["-z"], turn = 0, shadow = true }: BoxOptions & {
      material: Material;
    },
  ): void {
    const at = this.#framed(centre, turn);
    const [x, y, z] = [size[0] / 2, size[1] / 2, size[2] / 2];
    const face = (
      name: Face,
      ...corners: [Point, Point, Point, Point]
    ): void => {
      if (without.includes(name)) return;
      this.patch([
        at(corners[0]),
        at(corners[1]),
        at(corners[2]),
        at(corners[3]),
      ], material);
    };
    face("+z", [-x, -y, z], [x, -y, z], [-x, y, z], [x, y, z]);
    face("-z", [x, -y, -z], [-x, -y, -z], [x, y, -z], [-x, y, -z]);
    face("+y", [x, y, -z], [-x, y, -z], [x, y, z], [-x, y, z]);
    face("-y", [-x, -y, -z], [x, -y, -z], [-x, -y, z], [x, -y, z]);
    face("+x", [x, -y, -z], [x, y, -z], [x, -y, z], [x, y, z]);
    face("-x", [-x, y, -z], [-x, -y, -z], [-x, y, z], [-x, -y, z]);
    if (shadow) this.#shadow(centre, size, turn);
  }

  /** A box with bevelled edges, `radius` metres wide: upholstery, mattresses. */
  softBox(
    centre: Point,
    size: Point,
    { material, radius = 0.05 }: { material: Material; radius?: number },
  ): void {
    const at = this.#framed(centre, 0);
    const outer = size.map((extent) => extent / 2);
    const inner = outer.map((half) => Math.max(half - radius, half * 0.2));
    const corner = (signs: Point, axis: number): Point =>
      at(
        [0, 1, 2].map((i) =>
          signs[i]! * (i === axis ? outer : inner)[i]!
        ) as unknown as Point,
      );
    const signs = [-1, 1] as const;
    for (let axis = 0; axis < 3; axis++) {
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      const point = (normal: number, a: number, b: number): Point => {
        const all = [0, 0, 0];
        all[axis] = normal, all[u] = a, all[v] = b;
        return all as unknown as Point;
      };
      for (const side of signs) {
        // The flat face; the order of a and b keeps the normal outwards.
        this.patch([
          corner(point(side, -side, -1), axis),
          corner(point(side, side, -1), axis),
          corner(point(side, -side, 1), axis),
          corner(point(side, side, 1), axis),
        ], material);
        // The bevel between this face and the next axis' face.
        for (const other of signs) {
          const order = side * other;
          this.patch([
            corner(point(side, other, -order), axis),
            corner(point(side, other, -order), u),
            corner(point(side, other, order), axis),
            corner(point(side, other, order), u),
          ], material);
        }
      }
    }
    for (const x of signs) {
      for (const y of signs) {
        for (const z of signs) {
          const order = x * y * z > 0 ? [0, 1, 2] : [1, 0, 2];
          const [a, b, c] = order.map((axis) => corner([x, y, z], axis));
          this.patch([a!, b!, c!, c!], material);
        }
      }
    }
    this.#shadow(centre, size, 0);
  }

  /** A body turned about the vertical through `centre`: `profile` is (radius, z) upwards. */
  lathe(
    centre: Point,
    profile: readonly (readonly [radius: number, z: number])[],
    { material, segments = 12 }: { material: Material; segments?: number },
  ): void {
    const at = (index: number, radius: number, z: number): Point => {
      const angle = 2 * Math.PI * index / segments;
      return [
        centre[0] + radius * Math.cos(angle),
        centre[1] + radius * Math.sin(angle),
        centre[2] + z,
      ];
    };
    for (let ring = 1; ring < profile.length; ring++) {
      const [lowRadius, low] = profile[ring - 1]!;
      const [highRadius, high] = profile[ring]!;
      for (let i = 0; i < segments; i++) {
        this.patch([
          at(i, lowRadius, low),
          at(i + 1, lowRadius, low),
          at(i, highRadius, high),
          at(i + 1, highRadius, high),
        ], material);
      }
    }
  }

  /** A pillow: thick in the middle, thin at the rim; `lean` tilts it back, radians. */
  cushion(
    centre: Point,
    size: Point,
    { material, lean }: { material: Material; lean: number },
  ): void {
    const steps = 5;
    const [cosine, sine] = [Math.cos(lean), Math.sin(lean)];
    const at = this.#framed(centre, 0);
    const point = (i: number, j: number, side: number): Point => {
      const [s, t] = [2 * i / steps - 1, 2 * j / steps - 1];
      const swell = Math.sqrt(Math.max(0, (1 - s ** 4) * (1 - t ** 4)));
      const pinch = 1 - 0.08 * (1 - s * s) * t * t - 0.08 * (1 - t * t) * s * s;
      const x = s * size[0] / 2 * pinch;
      const y = side * swell * size[1] / 2;
      const z = t * size[2] / 2 * pinch;
      return at([x, y * cosine - z * sine, y * sine + z * cosine]);
    };
    for (const side of [-1, 1]) {
      for (let i = 0; i < steps; i++) {
        for (let j = 0; j < steps; j++) {
          const [left, right] = side < 0 ? [i, i + 1] : [i + 1, i];
          this.patch([
            point(left, j, side),
            point(right, j, side),
            point(left, j + 1, side),
            point(right, j + 1, side),
          ], material);
        }
      }
    }
  }

  #framed(centre: Point, turn: number): (point: Point) => Point {
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    return (
      [x, y, z],
    ) => [
      centre[0] + cosine * x - sine * y,
      centre[1] + sine * x + cosine * y,
      centre[2] + z,
    ];
  }

  #shadow(centre: Point, size: Point, turn: number): void {
    if (Math.max(...size) < SMALLEST_SHADOW) return;
    const { x, y, z, yaw } = this.#placement;
    this.occluders.push({
      room: this.#room,
      centre: [
        x + this.#cosine * centre[0] - this.#sine * centre[1],
        y + this.#sine * centre[0] + this.#cosine * centre[1],
        z + centre[2],
      ],
      half: [size[0] / 2, size[1] / 2, size[2] / 2],
      cosine: Math.cos(yaw + turn),
      sine: Math.sin(yaw + turn),
    });
  }
}

/**
 * Rays among the furniture of one room: how far to the first box or wall.
 *
 * @module
 */

import { CEILING, type Rectangle } from "./layout.ts";
import type { Occluder } from "./model.ts";

/** Numbers a box has: centre x, y, z, cosine and sine of its turn, half extents. */
const BOX_VALUES = 8;
/** Boxes whose entry lies this far behind the start still count: metres. */
const BEHIND = 0.03;

/** The shadow boxes of a room, and a point from which rays start. */
export class ShadowBoxes {
  readonly #inside: Rectangle;
  readonly #boxes: Float64Array;
  /** Those of {@linkcode gather}, and how many numbers of it are in use. */
  readonly #near: Float64Array;
  #nearLength = 0;
  #x = 0;
  #y = 0;
  #z = 0;

  /** @param inside The room's inner faces; `occluders` are those in it. */
  constructor(inside: Rectangle, occluders: readonly Occluder[]) {
    this.#inside = inside;
    this.#boxes = new Float64Array(BOX_VALUES * occluders.length);
    this.#near = new Float64Array(this.#boxes.length);
    occluders.forEach(({ centre, cosine, sine, half }, i) =>
      this.#boxes.set([...centre, cosine, sine, ...half], BOX_VALUES * i)
    );
  }

  /** Rays start here from now on. */
  moveTo(x: number, y: number, z: number): void {
    this.#x = x;
    this.#y = y;
    this.#z = z;
  }

  /** Whether the start is between the room's walls. */
  get isInside(): boolean {
    const { x0, y0, x1, y1 } = this.#inside;
    return this.#x >= x0 && this.#x <= x1 && this.#y >= y0 && this.#y <= y1;
  }

  /** Picks the boxes within `reach` metres of the start for {@linkcode distanceNearby}. */
  gather(reach: number): void {
    const boxes = this.#boxes;
    this.#nearLength = 0;
    for (let at = 0; at < boxes.length; at += BOX_VALUES) {
      const dx = this.#x - boxes[at]!;
      const dy = this.#y - boxes[at + 1]!;
      const flat = boxes[at + 5]! + boxes[at + 6]! + reach;
      const dz = Math.abs(this.#z - boxes[at + 2]!) - boxes[at + 7]!;
      if (dz > reach || dx * dx + dy * dy > flat * flat) continue;
      for (let i = 0; i < BOX_VALUES; i++) {
        this.#near[this.#nearLength + i] = boxes[at + i]!;
      }
      this.#nearLength += BOX_VALUES;
    }
  }

  /** Metres along the unit direction to the first gathered box or wall. */
  distanceNearby(dx: number, dy: number, dz: number): number {
    const wall = this.#distanceToWall(dx, dy, dz);
    return this.#distance(this.#near, this.#nearLength, [dx, dy, dz], wall);
  }

  /** Whether any box stands within `reach` metres along the unit direction. */
  isShaded(dx: number, dy: number, dz: number, reach: number): boolean {
    const { length } = this.#boxes;
    return this.#distance(this.#boxes, length, [dx, dy, dz], reach) < reach;
  }

  #distanceToWall(dx: number, dy: number, dz: number): number {
    const { x0, y0, x1, y1 } = this.#inside;
    const x = ((dx > 0 ? x1 : x0) - this.#x) / dx;
    const y = ((dy > 0 ? y1 : y0) - this.#y) / dy;
    const z = ((dz > 0 ? CEILING : 0) - this.#z) / dz;
    let nearest = 100;
    // A direction along a wall gives an infinity or NaN, which loses here.
    if (x < nearest) nearest = x;
    if (y < nearest) nearest = y;
    if (z < nearest) nearest = z;
    return nearest > 0 ? nearest : 0;
  }

  #distance(
    boxes: Float64Array,
    length: number,
    [dx, dy, dz]: readonly [number, number, number],
    within: number,
  ): number {
    let nearest = within;
    const iz = 1 / dz;
    const signZ = dz < 0 ? -1 : 1;
    for (let at = 0; at < length; at += BOX_VALUES) {
      const oz = this.#z - boxes[at + 2]!;
      const hz = signZ * boxes[at + 7]!;
      let enter = (-hz - oz) * iz;
      let leave = (hz - oz) * iz;
      if (leave < 0 || enter > nearest) continue;
      // Into the box's own axes, then the slab test.
      const ox = this.#x - boxes[at]!;
      const oy = this.#y - boxes[at + 1]!;
      const cosine = boxes[at + 3]!;
      const sine = boxes[at + 4]!;
      const px = cosine * ox + sine * oy;
      const py = cosine * oy - sine * ox;
      const rx = cosine * dx + sine * dy;
      const ry = cosine * dy - sine * dx;
      const hx = (rx < 0 ? -1 : 1) * boxes[at + 5]!;
      const hy = (ry < 0 ? -1 : 1) * boxes[at + 6]!;
      const enterX = (-hx - px) / rx;
      const enterY = (-hy - py) / ry;
      const leaveX = (hx - px) / rx;
      const leaveY = (hy - py) / ry;
      if (enterX > enter) enter = enterX;
      if (enterY > enter) enter = enterY;
      if (leaveX < leave) leave = leaveX;
      if (leaveY < leave) leave = leaveY;
      if (enter > leave || leave < 0.004) continue;
      if (enter < nearest && enter > -BEHIND) nearest = enter > 0 ? enter : 0;
    }
    return nearest;
  }
}

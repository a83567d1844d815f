/**
 * Where places on the floor are in a picture, and whether the picture shows
 * them.
 *
 * @module
 */

import type { Point } from "../image/draw.ts";
import type { Observation } from "./policy.ts";

/** Depth may differ by so much from that of the floor: metres, and share of it. */
const SLACK = { metres: 0.2, share: 0.12 };
/** What is nearer to the plane of the eyes than this cannot be drawn, metres. */
const NEAREST = 0.05;

/** A position on the ground, world metres. */
interface Ground {
  readonly x: number;
  readonly y: number;
}

/** The floor as an observation shows it; pitch is 0, so the horizon is in the middle. */
export class FloorPicture {
  readonly #observation: Observation;
  /** Metres from the eyes down to the floor. */
  readonly #below: number;
  /** Pixels. */
  readonly #focal: number;

  /** @param floor world z, metres; below the eyes */
  constructor(observation: Observation, floor: number) {
    const { image, fov, pose } = observation;
    this.#observation = observation;
    this.#below = pose.z - floor;
    this.#focal = image.height / 2 / Math.tan(fov * Math.PI / 360);
  }

  /** Half of the horizontal field of view, degrees. */
  get halfWidth(): number {
    const { width } = this.#observation.image;
    return Math.atan(width / 2 / this.#focal) * 180 / Math.PI;
  }

  /** Metres ahead at which the floor enters the picture at its lower edge. */
  get nearest(): number {
    const { height } = this.#observation.image;
    return this.#below * this.#focal / (height / 2);
  }

  /** Where a place on the floor is, pixels; it must be ahead. It may lie below the picture. */
  project(at: Ground): Point {
    const { image: { width, height } } = this.#observation;
    const { forward, left } = this.#relative(at);
    const depth = Math.max(forward, NEAREST);
    return [
      width / 2 - this.#focal * left / depth,
      height / 2 + this.#focal * this.#below / depth,
    ];
  }

  /** Whether the picture shows the floor there, or, of what lies below the picture, right above it. */
  shows(at: Ground): boolean {
    const { image: { width, height }, depth } = this.#observation;
    const { forward } = this.#relative(at);
    const [u, v] = this.project(at);
    if (forward < NEAREST || u < 0 || u >= width) return false;
    const row = Math.min(Math.floor(v), height - 1);
    const expected = Math.max(forward, this.nearest);
    const slack = Math.max(SLACK.metres, SLACK.share * expected);
    const z = depth[row * width + Math.floor(u)]!;
    return Math.abs(z - expected) <= slack;
  }

  /** Metres ahead and to the left of the eyes. */
  #relative({ x, y }: Ground): { forward: number; left: number } {
    const { pose } = this.#observation;
    const radians = pose.yaw * Math.PI / 180;
    const [dx, dy] = [x - pose.x, y - pose.y];
    return {
      forward: dx * Math.cos(radians) + dy * Math.sin(radians),
      left: -dx * Math.sin(radians) + dy * Math.cos(radians),
    };
  }
}

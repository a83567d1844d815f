/**
 * What a camera must be before its numbers go to a backend.
 *
 * @module
 */

import type { Camera } from "./camera.ts";

/** Pixels a side: tiles are counted in 16 bits, pictures in 4 GiB. */
const MAX_SIDE = 16384;

/**
 * @throws {RangeError} If `camera` has a number that is not finite, or a size,
 * focal length or near distance out of range.
 */
export function checkCamera(camera: Camera): void {
  const { width, height, fx, fy, near } = camera;
  for (const [name, value] of Object.entries({ width, height })) {
    if (!Number.isInteger(value) || value < 1 || value > MAX_SIDE) {
      throw new RangeError(
        `Cannot render a view as its ${name} must be an integer in 1..${MAX_SIDE}: current value is ${value}`,
      );
    }
  }
  for (const [name, value] of Object.entries({ fx, fy, near })) {
    if (!(value > 0 && value < Infinity)) {
      throw new RangeError(
        `Cannot render a view as its ${name} must be finite and > 0: current value is ${value}`,
      );
    }
  }
  const { rotation, position, cx, cy, metresPerUnit } = camera;
  const numbers = [...rotation, ...position, cx, cy, metresPerUnit];
  if (numbers.length !== 15 || !numbers.every(Number.isFinite)) {
    throw new RangeError(
      `Cannot render a view as its camera must have finite numbers, 9 in rotation and 3 in position: current values are ${numbers}`,
    );
  }
}

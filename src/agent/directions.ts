/**
 * Places in words.
 *
 * @module
 */

import { type Pose, turnBetween } from "../geometry/pose.ts";
import type { Place } from "./locate.ts";

/** Within this of straight ahead, behind or aside the plain word is said, degrees. */
const PLAIN = 22.5;

/** Where `place` is and the way there from `start`, as the end of a description. */
export function describePlace({ position }: Place, start: Pose): string {
  const [x, y, z] = position;
  const distance = Math.hypot(x - start.x, y - start.y);
  const heading = Math.atan2(y - start.y, x - start.x) * 180 / Math.PI;
  const metres = (value: number): string => value.toFixed(2);
  return ` At (${metres(x)}, ${metres(y)}, ${metres(z)}): ${
    distance.toFixed(1)
  } m ${sideOf(turnBetween(start.yaw, heading))} of the agent's start.`;
}

/** `degrees` to the left of straight ahead, in words. */
export function sideOf(degrees: number): string {
  const aside = degrees > 0 ? "left" : "right";
  const angle = Math.abs(degrees);
  if (angle <= PLAIN) return "ahead";
  if (angle < 90 - PLAIN) return `ahead and ${aside}`;
  if (angle <= 90 + PLAIN) return `to the ${aside}`;
  if (angle < 180 - PLAIN) return `behind and ${aside}`;
  return "behind";
}

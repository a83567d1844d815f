/**
 * Places in words.
 *
 * @module
 */

import { type Pose, turnBetween } from "../geometry/pose.ts";
import type { Find } from "./find.ts";

/** Within this of straight ahead, behind or aside the plain word is said, degrees. */
const PLAIN = 22.5;

/** Shorter legs of a way are not worth a turn, metres. */
const SHORTEST_LEG = 0.3;

/** Where a find is and the way there from `start`, as the end of a description; empty if nobody knows. */
export function describePlace(
  { position, path, path_length }: Pick<
    Find,
    "position" | "path" | "path_length"
  >,
  start: Pose,
): string {
  if (position === null) return "";
  const { x, y, z } = position;
  const distance = Math.hypot(x - start.x, y - start.y);
  const heading = Math.atan2(y - start.y, x - start.x) * 180 / Math.PI;
  const metres = (value: number): string => value.toFixed(2);
  const side = sideOf(turnBetween(start.yaw, heading));
  return ` At (${metres(x)}, ${metres(y)}, ${metres(z)}): ${
    distance.toFixed(1)
  } m ${side === "behind" ? side : `${side} of`} the agent's start.${
    path_length === null ? "" : describeWay(path, start)
  }`;
}

/** The legs of a way, each with its turn from the one before. */
function describeWay(path: Find["path"], start: Pose): string {
  const legs: string[] = [];
  let from = path[0]!;
  let facing = start.yaw;
  path.forEach((corner, i) => {
    const length = Math.hypot(corner.x - from.x, corner.y - from.y);
    if (i < path.length - 1 && length < SHORTEST_LEG) return;
    if (length < SHORTEST_LEG / 2) return;
    const heading = Math.atan2(corner.y - from.y, corner.x - from.x) * 180 /
      Math.PI;
    legs.push(`${length.toFixed(1)} m ${sideOf(turnBetween(facing, heading))}`);
    facing = heading;
    from = corner;
  });
  return legs.length === 0
    ? " It stands right there."
    : ` The way there: ${legs.join(", then ")}.`;
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

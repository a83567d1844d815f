/**
 * Where an agent stands and looks: world frame, right-handed, z up, metres,
 * degrees counter-clockwise from above (ROS REP 103).
 *
 * @module
 */

import type { Vector3 } from "./vector.ts";

/** A viewpoint in the world frame, looking level. */
export interface Pose {
  /** Metres. */
  readonly x: number;
  /** Metres. */
  readonly y: number;
  /** Metres, upwards. */
  readonly z: number;
  /** Degrees in [0, 360); 0 looks along +x, 90 along +y. */
  readonly yaw: number;
}

/** A pose that may look up or down. */
export interface TiltedPose extends Pose {
  /** Degrees in [-90, 90], positive looks up. @default {0} */
  readonly pitch?: number;
}

/** `degrees` modulo 360, in [0, 360). */
export function wrapDegrees(degrees: number): number {
  const wrapped = degrees % 360;
  return wrapped < 0 ? (wrapped + 360) % 360 : wrapped + 0;
}

/** Signed smallest turn from `from` to `to`, degrees in [-180, 180). */
export function turnBetween(from: number, to: number): number {
  return wrapDegrees(to - from + 180) - 180;
}

/** `pose` turned by `degrees`, counter-clockwise if positive. */
export function turned(pose: Pose, degrees: number): Pose {
  return { ...pose, yaw: wrapDegrees(pose.yaw + degrees) };
}

/** `pose` moved `metres` along `heading` (degrees in the world frame), same yaw. */
export function moved(pose: Pose, heading: number, metres: number): Pose {
  const radians = heading * Math.PI / 180;
  return {
    ...pose,
    x: pose.x + metres * Math.cos(radians),
    y: pose.y + metres * Math.sin(radians),
  };
}

/** Unit vector along which `pose` looks. */
export function lookDirection({ yaw, pitch = 0 }: TiltedPose): Vector3 {
  const radians = yaw * Math.PI / 180;
  const tilt = pitch * Math.PI / 180;
  return [
    Math.cos(tilt) * Math.cos(radians),
    Math.cos(tilt) * Math.sin(radians),
    Math.sin(tilt),
  ];
}

/** Metres between two poses. */
export function distanceBetween(a: Pose, b: Pose): number {
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}

/**
 * A find as it is handed on: where it is, how sure it is, how to get there.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose, TiltedPose } from "../geometry/pose.ts";
import type { Judgement } from "./claims.ts";
import type { Ground } from "./ground.ts";
import type { PictureBox } from "./locate.ts";
import type { Claim } from "./verify.ts";

/** A position in the world, metres. */
type Position = Omit<Pose, "yaw">;

/** What is known of a find. */
export interface Find {
  /** World metres; `null` if the policy did not say where in the picture it is. */
  readonly position: Position | null;
  /** World box round what is seen of it, metres. */
  readonly box: Bounds | null;
  /** Where it was seen from, and its left, top, right, bottom in that picture, in [0, 1]. */
  readonly view: {
    readonly pose: TiltedPose;
    readonly box: PictureBox | null;
  };
  /** Whether nearer views were looked at and confirmed it. */
  readonly verified: boolean;
  /**
   * By the rule of succession from the views in which it was recognised,
   * (n + 1) / (n + 2) with n = 0 for what was not checked: no model's own number.
   */
  readonly confidence: number;
  /** What the check saw, in words; empty without one. */
  readonly evidence: string;
  /** Corners of the shortest way from the agent's start, both ends included; empty where none is known. */
  readonly path: readonly Position[];
  /** Metres along {@linkcode path}; `null` where none is known. */
  readonly path_length: number | null;
}

/** What {@linkcode describeFind} is told. */
export interface FindOptions {
  readonly judgement: Judgement;
  readonly ground: Ground;
  /** Start of the agent. */
  readonly start: Pose;
}

/** Puts together what is known of a claim that stands. */
export function describeFind(
  { look, box }: Claim,
  { judgement: { place, evidence, views }, ground, start }: FindOptions,
): Find {
  const position = place === undefined ? null : {
    x: place.position[0],
    y: place.position[1],
    z: place.position[2],
  };
  const path = position === null ? [] : ground.path(start, position);
  return {
    position,
    box: place?.box ?? null,
    view: { pose: look.pose, box: box ?? null },
    verified: views > 0,
    confidence: (views + 1) / (views + 2),
    evidence,
    path,
    path_length: path.length === 0 ? null : lengthOf(path),
  };
}

function lengthOf(path: readonly Position[]): number {
  return path.slice(1).reduce(
    (sum, { x, y }, i) => sum + Math.hypot(x - path[i]!.x, y - path[i]!.y),
    0,
  );
}

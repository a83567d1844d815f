/**
 * What the baseline sees and does, in words.
 *
 * @module
 */

import { distanceBetween, type Pose, turnBetween } from "../geometry/pose.ts";
import type { Blob } from "./blobs.ts";
import { STRIDE } from "./explorer.ts";
import type { NextView } from "./next_view.ts";
import type { Match } from "./shape_match.ts";
import type { TargetWords } from "./target_words.ts";

/** An area of the colour, and how it compares. */
export interface Sighting {
  readonly blob: Blob;
  readonly match: Match;
}

/** What is claimed: where it is now, and the measures that a view of all of it told. */
export function claimInWords(
  { colour, thing }: TargetWords,
  { blob, told, pose, floor }: {
    readonly blob: Blob;
    readonly told: Blob;
    readonly pose: Pose;
    /** World z, metres. */
    readonly floor: number;
  },
): string {
  return `The ${colour} ${thing} is ${blob.distance.toFixed(1)} m ${
    sideOf(blob, pose)
  }: ${colour}, ${told.across.toFixed(1)} m wide and ${
    (told.high - floor).toFixed(1)
  } m high, the usual size of such a thing, seen twice.`;
}

/** An area that is looked into: the beginning of a sentence. */
export function sightingInWords(
  { colour }: TargetWords,
  { blob, pose }: { readonly blob: Blob; readonly pose: Pose },
): string {
  return `A ${colour} area ${blob.across.toFixed(1)} m wide ${
    sideOf(blob, pose)
  } at ${blob.distance.toFixed(1)} m`;
}

/** What was seen that is not the target, or why nothing can be; `largest` is of its colour. */
export function seenInWords(
  { colour, thing, unknown }: TargetWords,
  largest: Sighting | undefined,
  pose: Pose,
): string {
  if (unknown !== undefined) {
    return `${unknown[0]!.toUpperCase()}${
      unknown.slice(1)
    }, so I can only explore.`;
  }
  if (largest === undefined) return `No ${colour} ${thing} in sight.`;
  const what = `Something ${colour} ${sideOf(largest.blob, pose)}`;
  return largest.match.verdict === "no"
    ? `${what} ${largest.match.reason} for a ${thing}.`
    : `${what} could not be made out.`;
}

/** A step of exploration. */
export function explorationInWords(next: NextView, pose: Pose): string {
  const metres = distanceBetween(pose, next.pose);
  const turn = turnBetween(pose.yaw, next.pose.yaw);
  const far = next.distance > STRIDE
    ? ` towards a place ${next.distance.toFixed(1)} m away`
    : "";
  const way = metres < 0.05
    ? `turning ${turn > 0 ? "left" : "right"} by ${
      Math.abs(turn).toFixed(0)
    } degrees`
    : `going ${metres.toFixed(1)} m${far}`;
  const hope = next.gain < 0.5
    ? "Little is unseen in reach"
    : `About ${next.gain.toFixed(0)} square metres are unseen there`;
  return `${hope}; ${way}.`;
}

/** `ahead`, `to the left` or `to the right`. */
function sideOf({ heading }: Blob, pose: Pose): string {
  const turn = turnBetween(pose.yaw, heading);
  return Math.abs(turn) < 12
    ? "ahead"
    : turn > 0
    ? "to the left"
    : "to the right";
}

/**
 * What counts as a success: the winning view was taken within a metre of the
 * target and plainly shows it.
 *
 * @module
 */

import { distanceToBox } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Image } from "../image/image.ts";
import { countPixels, type Truth } from "./truth.ts";

/** Habitat's ObjectNav: within so many metres of the thing, on the ground. */
export const WITHIN = 1;
/**
 * Least share of the picture that the target's visible pixels fill: 655 of
 * 256x256. A chair a metre off and in the open fills 2 to 5 %.
 */
export const LEAST_SHARE = 0.01;

/** What a view is worth as a find. */
export type Verdict =
  /** Near enough, and plainly in view. */
  | "success"
  /** In view, but from too far. */
  | "far"
  /** Something else, or it is hidden. */
  | "false";

/** Judges a find by the view that it was made in. */
export function judgeFind(
  view: { readonly image: Image; readonly pose: Pose },
  truth: Truth,
): Verdict {
  if (!isInView(view.image, truth)) return "false";
  return truth.targets.some((target) =>
      distanceToBox(target.box, view.pose) <= WITHIN
    )
    ? "success"
    : "far";
}

/** Whether the target is plainly in view. */
export function isInView(image: Image, truth: Truth): boolean {
  const pixels = countPixels(truth.idsOf(image), truth.targets);
  return pixels >= LEAST_SHARE * image.width * image.height;
}

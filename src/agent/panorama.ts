/**
 * What is around the start, seen once for a whole team before its first step.
 *
 * @module
 */

import { type Pose, turned } from "../geometry/pose.ts";
import type { Blackboard } from "../map/blackboard.ts";
import { floorHeight } from "../map/floor_height.ts";
import type { Eyes, Look } from "./look.ts";

/** Views that make a round, each as wide as its share of it. */
const VIEWS = 4;

/** Field of view of each picture, both ways, degrees: together they are a whole round. */
export const PANORAMA_FOV = 360 / VIEWS;
/** Side of each picture, pixels: 66 tokens of a model that takes patches of 32. */
export const PANORAMA_SIZE = 256;

/** What a panorama is made with. */
export interface PanoramaOptions {
  /** Eyes of {@linkcode PANORAMA_FOV}. */
  readonly eyes: Eyes;
  /** Where agent 0 starts; the first view looks there. */
  readonly start: Pose;
  /** Get what the views show. */
  readonly boards: Iterable<Blackboard>;
  /** Of the session. */
  readonly signal: AbortSignal;
}

/** The views of a panorama: to the start's yaw, then on to the left. */
export async function lookAround(
  { eyes, start, boards, signal }: PanoramaOptions,
): Promise<readonly Look[]> {
  const looks = await Promise.all(
    Array.from(
      { length: VIEWS },
      (_, view) => eyes(turned(start, view * PANORAMA_FOV), signal),
    ),
  );
  const views = looks.map(({ view, pose }) => ({
    width: view.width,
    height: view.height,
    depth: view.depth,
    fov: PANORAMA_FOV,
    pose,
  }));
  const floor = Math.min(...views.map(floorHeight));
  for (const { map } of boards) {
    for (const view of views) map.add({ ...view, floor });
  }
  return looks;
}

/**
 * Stands a place upright and finds its start.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import { type Axes, inAxes, tilted } from "./axes.ts";
import { findHeading, findStart, type FoundStart } from "./find_start.ts";
import { findTilt } from "./find_tilt.ts";
import { type PlaceSample, samplePlace } from "./place_sample.ts";
import { focusBox, robustBox } from "./robust_box.ts";
import type { Sidecar } from "./sidecar.ts";
import type { Splats } from "./splats.ts";

/** What {@linkcode placeStart} needs beside the sample. */
export interface Placing {
  readonly sidecar: Sidecar;
  readonly fov: number;
  readonly eyeHeight?: number;
}

/** Axes, box and start of a place. */
export interface Settled {
  readonly base: Axes;
  readonly sample: PlaceSample;
  /** Along the axes. */
  readonly box: Bounds;
  readonly found: FoundStart;
  /** By which the axes were levelled, degrees; absent if they were not. */
  readonly tilt?: number;
}

/** The start along `base`, or along axes that suit the floor better where those `mayTilt`. */
export function settle(
  splats: Splats,
  base: Axes,
  { mayTilt, ...placing }: Placing & { mayTilt: boolean },
): Settled {
  const along = (
    axes: Axes,
    sample: PlaceSample,
    box = robustBox(sample),
  ): Settled => {
    const found = placeStart(sample, { box, base: axes, ...placing });
    return { base: axes, sample, box, found };
  };
  const sample = samplePlace(splats, base);
  const box = robustBox(sample);
  const tilt = mayTilt ? findTilt(sample, focusBox(sample, box)) : undefined;
  if (tilt !== undefined) {
    const axes = tilted(base, tilt.up);
    const level = along(axes, samplePlace(splats, axes));
    // Objects have no floor to be levelled by.
    if (!level.found.isObject) return { ...level, tilt: tilt.degrees };
  }
  return along(base, sample, box);
}

/** A start that the sidecar states, or the one that is found. */
function placeStart(
  sample: PlaceSample,
  { box, base, sidecar, fov, eyeHeight }: Placing & {
    box: Bounds;
    base: Axes;
  },
): FoundStart {
  const stated = sidecar.start;
  if (!stated) {
    return findStart(sample, {
      box: focusBox(sample, box),
      fov: fov * Math.PI / 180,
      ...(eyeHeight === undefined ? {} : { eyeHeight }),
    });
  }
  const position = inAxes(base, stated.position);
  const start = { position, bounds: box, isObject: false };
  if (!stated.heading) {
    const heading = findHeading(sample, focusBox(sample, box), position);
    const reason = "the sidecar's, looking where most is to be seen";
    return { ...start, heading, reason };
  }
  const [x, y] = inAxes(base, stated.heading);
  if (Math.hypot(x, y) < 1e-6 * Math.hypot(...stated.heading)) {
    throw new RangeError(
      `Cannot start as the sidecar's heading must not point straight up or down: current value is [${stated.heading}]`,
    );
  }
  return { ...start, heading: Math.atan2(y, x), reason: "the sidecar's" };
}

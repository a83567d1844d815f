/**
 * A place from straight above, as on a plan: an orthographic picture with the
 * ceiling cut away, x to the right and y up, every pixel as many metres wide.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Image } from "../image/image.ts";
import { fileFromWorld, type SceneFrame } from "../scene/scene_frame.ts";
import type { Camera } from "./camera.ts";
import type { Renderer, RenderOptions, View } from "./renderer.ts";

/** Longer side of a map, pixels. */
const DEFAULT_SIZE = 1024;

/** Longer side of the view in which a ceiling is looked for, pixels. */
const SCOUT_SIZE = 128;

/** Share of the place's longer side that is shown around it. */
const MARGIN = 0.04;

/** A ceiling is what hides the start from above: so far around it, as a share of the longer side, */
const CEILING_REACH = 0.08;

/** this share of it, */
const CEILING_SHARE = 0.5;

/** and not lower than this share of the way from the start's eye to the place's top. */
const CEILING_LEVEL = 0.4;

/** Paper: what is seen where there are no splats. */
const BACKGROUND = [244, 244, 242] as const;

/** A rectangle of the ground, world metres. */
export interface MapArea {
  readonly min: readonly [x: number, y: number];
  readonly max: readonly [x: number, y: number];
}

/** Options of {@linkcode renderMap}. */
export interface MapOptions extends Pick<RenderOptions, "signal"> {
  /** Longer side, pixels. @default {1024} */
  readonly size?: number;
  /** What is shown. @default {the frame's bounds and a margin} */
  readonly area?: MapArea;
  /**
   * Splats whose centres are higher are left out, world metres.
   *
   * @default {between the start's eye and the ceiling if there is one, else above the bounds}
   */
  readonly cut?: number;
}

/** A picture from above and what its pixels mean. */
export interface MapView {
  /** Row 0 is the greatest y. */
  readonly image: Image;
  /** What the whole picture shows: pixel (0, 0)'s outer corner is (min x, max y). */
  readonly area: MapArea;
  readonly metresPerPixel: number;
  /** Splats above it were left out, world metres. */
  readonly cut: number;
  /** Height of the uppermost surface a pixel, world metres; NaN where there is none. */
  readonly heights: Float32Array;
}

/**
 * Renders the scene of `renderer` from above.
 *
 * @throws {RangeError} If the area is empty or the picture larger than the device allows.
 * @throws The signal's reason if aborted.
 */
export async function renderMap(
  renderer: Renderer,
  frame: SceneFrame,
  { size = DEFAULT_SIZE, area = areaOf(frame.bounds), cut, signal }:
    MapOptions = {},
): Promise<MapView> {
  const options = signal === undefined ? {} : { signal };
  const level = cut ?? cutBelowCeiling(
    frame,
    await shoot({
      area: areaOf(frame.bounds),
      size: SCOUT_SIZE,
      cut: topOf(frame.bounds),
    }),
  );
  const { view, camera, heights } = await shoot({ area, size, cut: level });
  const { width, height } = view;
  const metresPerPixel = frame.metresPerUnit / camera.fx;
  return {
    image: { width, height, data: onPaper(view) },
    area: {
      min: [area.min[0], area.max[1] - height * metresPerPixel],
      max: [area.min[0] + width * metresPerPixel, area.max[1]],
    },
    metresPerPixel,
    cut: level,
    heights,
  };

  async function shoot(plan: Plan): Promise<Shot> {
    const camera = cameraFromAbove(frame, plan);
    const view = await renderer.render(camera, options);
    const heights = view.depth.map((depth) =>
      depth > 0 ? plan.cut + camera.near * frame.metresPerUnit - depth : NaN
    );
    return { camera, view, heights };
  }
}

/** What a camera from above is to show. */
interface Plan {
  readonly area: MapArea;
  /** Longer side, pixels. */
  readonly size: number;
  /** World metres. */
  readonly cut: number;
}

interface Shot {
  readonly camera: Camera;
  readonly view: View;
  /** World metres a pixel, NaN for none. */
  readonly heights: Float32Array;
}

/** Splats nearer than `near` are left out: a camera just above the cut leaves out what is higher. */
function cameraFromAbove(
  frame: SceneFrame,
  { area: { min, max }, size, cut }: Plan,
): Camera {
  const across = max[0] - min[0];
  const along = max[1] - min[1];
  if (!(across > 0 && along > 0 && across < Infinity && along < Infinity)) {
    throw new RangeError(
      `Cannot draw a map as its area must not be empty: current value is ${min} to ${max}`,
    );
  }
  const { metresPerUnit, axes: [x, y, z], near } = frame;
  const metresPerPixel = Math.max(across, along) / size;
  const width = Math.max(1, Math.round(across / metresPerPixel));
  const height = Math.max(1, Math.round(along / metresPerPixel));
  const focal = metresPerUnit / metresPerPixel;
  return {
    projection: "orthographic",
    width,
    height,
    fx: focal,
    fy: focal,
    cx: 0,
    cy: 0,
    rotation: Float64Array.from([
      ...x,
      ...y.map((part) => -part),
      ...z.map((part) => -part),
    ]),
    position: Float64Array.from(
      fileFromWorld(frame, [min[0], max[1], cut + near * metresPerUnit]),
    ),
    near,
    metresPerUnit,
  };
}

/** The ground of `bounds` with a margin. */
function areaOf({ min, max }: Bounds): MapArea {
  const margin = MARGIN * Math.max(max[0] - min[0], max[1] - min[1]);
  return {
    min: [min[0] - margin, min[1] - margin],
    max: [max[0] + margin, max[1] + margin],
  };
}

/** A height above what belongs to the place, below what floats over it. */
function topOf({ min, max }: Bounds): number {
  return max[2] + 0.1 * (max[2] - min[2]);
}

/** Between eye and ceiling if the start is below one; else above everything. */
function cutBelowCeiling(
  { bounds, start, metresPerUnit }: SceneFrame,
  { heights, camera: { fx, width, height } }: Shot,
): number {
  const lowest = start.z + CEILING_LEVEL * (bounds.max[2] - start.z);
  const reach = CEILING_REACH * Math.max(width, height);
  const area = areaOf(bounds);
  const column = (start.x - area.min[0]) * fx / metresPerUnit;
  const row = (area.max[1] - start.y) * fx / metresPerUnit;
  const around = heights.filter((_, pixel) =>
    Math.hypot(
      pixel % width + 0.5 - column,
      Math.floor(pixel / width) + 0.5 - row,
    ) < reach
  );
  const ceiling = around.filter((z) => z > lowest).toSorted();
  return ceiling.length < Math.max(1, CEILING_SHARE * around.length)
    ? topOf(bounds)
    : (start.z + ceiling[ceiling.length >> 1]!) / 2;
}

/** The colours over paper instead of black. */
function onPaper({ data, alpha }: View): Uint8Array {
  const out = new Uint8Array(data);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const rest = 1 - alpha[pixel]!;
    for (let channel = 0; channel < 3; channel++) {
      out[4 * pixel + channel] = Math.min(
        255,
        Math.round(out[4 * pixel + channel]! + rest * BACKGROUND[channel]!),
      );
    }
  }
  return out;
}

/**
 * The place from above, its floor, and how much of the ground a pose shows.
 *
 * @module
 */

import { type EyesOptions, openEyes } from "../agent/look.ts";
import { encodePng } from "../image/png.ts";
import type { FloorPlan } from "../map/floor_plan.ts";
import { makeFloorPlan } from "../map/make_floor_plan.ts";
import { visibleGround } from "../map/visible_ground.ts";
import { type MapView, renderMap } from "../render/map_view.ts";
import type { World } from "../world.ts";
import type { AppOptions } from "./app_options.ts";
import type { PlaceMap } from "./schemas.ts";

/** Longer side of a view of which only the depth is wanted, pixels. */
const glancePixels = 64;

/** Options of {@linkcode openOverview}. */
export interface OverviewOptions extends EyesOptions {
  /** Where agents can go. */
  readonly freeSpace: World["freeSpace"];
}

/** Draws with `renderer`; glances are as wide as views of `width` by `height`. */
export function openOverview(
  { renderer, frame, width, height, freeSpace }: OverviewOptions,
): Pick<AppOptions, "map" | "floor" | "visibleGround"> {
  const scale = glancePixels / Math.max(width, height);
  const glance = openEyes({
    renderer,
    frame,
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  });
  let map: Promise<PlaceMap> | undefined;
  let floor: FloorPlan | undefined;
  return {
    map: () =>
      map ??= renderer()
        .then((renderer) => renderMap(renderer, frame))
        .then(describeMap)
        .catch((error) => {
          map = undefined; // The next one to ask has it tried again.
          throw error;
        }),
    floor: async () => {
      if (floor !== undefined) return floor;
      const space = await freeSpace(frame.start);
      return floor = space && makeFloorPlan(space, frame.start);
    },
    visibleGround: async (pose, signal) => {
      const { view } = await glance(pose, signal);
      return visibleGround({ ...view, fov: frame.fov, pose });
    },
  };
}

async function describeMap(
  { image, area, metresPerPixel, cut }: MapView,
): Promise<PlaceMap> {
  return {
    image: (await encodePng(image)).toBase64(),
    mimeType: "image/png",
    min: [...area.min],
    max: [...area.max],
    metres_per_pixel: metresPerPixel,
    cut,
  };
}

/**
 * The place from above, and how much of its ground a pose shows.
 *
 * @module
 */

import { type EyesOptions, openEyes } from "../agent/look.ts";
import { encodePng } from "../image/png.ts";
import { visibleGround } from "../map/visible_ground.ts";
import { type MapView, renderMap } from "../render/map_view.ts";
import type { AppOptions } from "./app.ts";
import type { PlaceMap } from "./schemas.ts";

/** Longer side of a view of which only the depth is wanted, pixels. */
const glancePixels = 64;

/** Draws with `renderer`; glances are as wide as views of `width` by `height`. */
export function openOverview(
  { renderer, frame, width, height }: EyesOptions,
): Pick<AppOptions, "map" | "visibleGround"> {
  const scale = glancePixels / Math.max(width, height);
  const glance = openEyes({
    renderer,
    frame,
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  });
  let map: Promise<PlaceMap> | undefined;
  return {
    map: () =>
      map ??= renderer()
        .then((renderer) => renderMap(renderer, frame))
        .then(describeMap)
        .catch((error) => {
          map = undefined; // The next one to ask has it tried again.
          throw error;
        }),
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

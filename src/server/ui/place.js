/**
 * The scene that the server has, and its map.
 *
 * @module
 */

import { pictureFrom } from "./pictures.js";
import { RefusedError, requestJson } from "./connection.js";

/** @import { Pose } from "../../geometry/pose.ts" */
/** @import { Place } from "./map_view.js" */

/**
 * What is seen from a pose, and where one may go from there.
 *
 * @typedef {object} Sight
 * @property {Blob | undefined} picture
 * @property {Pose} pose
 * @property {Record<string, boolean>} allowed
 */

/**
 * @typedef {object} Scene
 * @property {string} name
 * @property {number | undefined} splats
 * @property {{ min: number[], max: number[] }} bounds World metres.
 * @property {Pose} start
 */

/**
 * The scene.
 *
 * @returns {Promise<Scene>}
 * @throws {RefusedError}
 */
export async function loadScene() {
  const { file, count, bounds, start } = await requestJson("scene");
  return {
    name: `${file ?? ""}`.split(/[\\/]/).at(-1) ?? "",
    splats: count,
    bounds,
    start,
  };
}

/**
 * The scene's map; only its outline if the server cannot draw it.
 *
 * @param {Scene} scene
 * @returns {Promise<Place>}
 */
export async function loadPlace({ bounds }) {
  const [left, bottom] = bounds.min;
  const [right, top] = bounds.max;
  const outline = {
    bounds,
    area: /** @type {import("./map_frame.js").Area} */ ({
      min: [left ?? 0, bottom ?? 0],
      max: [right ?? 0, top ?? 0],
    }),
    picture: undefined,
  };
  try {
    const { image, min, max } = await requestJson("map");
    const picture = pictureFrom(image);
    return picture === undefined ? outline : {
      bounds,
      area: { min, max },
      picture: await createImageBitmap(picture),
    };
  } catch (error) {
    if (error instanceof RefusedError) return outline;
    throw error;
  }
}

/**
 * What is seen from `pose`.
 *
 * @param {Pose} pose
 * @param {AbortSignal} signal
 * @returns {Promise<Sight>}
 * @throws {RefusedError}
 */
export async function lookFrom(pose, signal) {
  const query = new URLSearchParams(
    Object.entries(pose).map(([name, value]) => [name, `${value}`]),
  );
  const { image, allowed, x, y, z, yaw } = await requestJson(
    `getImage?${query}`,
    { signal },
  );
  return { picture: pictureFrom(image), pose: { x, y, z, yaw }, allowed };
}

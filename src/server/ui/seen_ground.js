/**
 * The ground that each look shows, asked from the server one after the other:
 * agents need its renderer more.
 *
 * @module
 */

import { RefusedError, requestJson } from "./connection.js";

/** @import { PageLook } from "./map_view.js" */
/** @import { Polygon } from "./seen_mask.js" */

export class SeenGround {
  /** @type {WeakMap<PageLook, Polygon>} */
  #known = new WeakMap();
  /** @type {PageLook[]} */
  #wanted = [];
  #isAsking = false;
  /** Whether this server can tell at all. */
  #isThere = true;
  #onChange;

  /** @param {() => void} onChange More is known. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * What is known of the ground that `looks` show, in their order up to the
   * first that is not known yet; `undefined` if nothing can be known.
   *
   * @param {readonly PageLook[]} looks
   * @returns {Polygon[] | undefined}
   */
  of(looks) {
    if (!this.#isThere) return undefined;
    /** @type {Polygon[]} */
    const polygons = [];
    for (const look of looks) {
      const polygon = this.#known.get(look);
      if (polygon === undefined) break;
      polygons.push(polygon);
    }
    this.#wanted = looks.slice(polygons.length);
    if (this.#wanted.length > 0) void this.#ask();
    return polygons.length > 0 || looks.length === 0 ? polygons : undefined;
  }

  async #ask() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      for (;;) {
        const look = this.#wanted.find((look) => !this.#known.has(look));
        if (look === undefined) break;
        const { x, y, z, yaw } = look.pose;
        const { polygon } = await requestJson(
          `visible?x=${x}&y=${y}&z=${z}&yaw=${yaw}`,
        );
        this.#known.set(look, polygon);
        this.#onChange();
      }
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // Without the veil the map still says where everybody was.
      this.#isThere = error.status !== 404 && error.status !== 405 &&
        error.status !== 500 && error.status !== 503;
      this.#onChange();
    } finally {
      this.#isAsking = false;
    }
  }
}

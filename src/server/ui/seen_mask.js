/**
 * The veil over what has not been seen.
 *
 * @module
 */

/** @import { Area } from "./map_frame.js" */

/** Corners, world metres. */
/** @typedef {readonly (readonly [number, number])[]} Polygon */

/** Pixels of the longer side. */
const size = 768;

/** Keeps what has been drawn, so that each polygon is drawn once. */
export class SeenMask {
  #seen = document.createElement("canvas");
  #veil = document.createElement("canvas");
  #drawn = 0;
  /** @type {Polygon | undefined} */
  #first;

  /**
   * A picture of `area`, of one colour where nothing was seen.
   *
   * @param {Area} area World metres.
   * @param {readonly Polygon[]} polygons
   * @param {string} colour
   */
  veil({ min, max }, polygons, colour) {
    const scale = size / Math.max(max[0] - min[0], max[1] - min[1]);
    const width = Math.max(1, Math.round((max[0] - min[0]) * scale));
    const height = Math.max(1, Math.round((max[1] - min[1]) * scale));
    const seen = this.#seen.getContext("2d");
    const veil = this.#veil.getContext("2d");
    if (seen === null || veil === null) return this.#veil;
    if (
      polygons.length < this.#drawn || polygons[0] !== this.#first ||
      this.#seen.width !== width || this.#seen.height !== height
    ) {
      this.#seen.width = width;
      this.#seen.height = height;
      this.#drawn = 0;
    }
    this.#first = polygons[0];
    for (; this.#drawn < polygons.length; this.#drawn++) {
      seen.beginPath();
      for (const [x, y] of polygons[this.#drawn] ?? []) {
        seen.lineTo((x - min[0]) * scale, (max[1] - y) * scale);
      }
      seen.fill();
    }
    this.#veil.width = width;
    this.#veil.height = height;
    veil.fillStyle = colour;
    veil.fillRect(0, 0, width, height);
    veil.globalCompositeOperation = "destination-out";
    veil.drawImage(this.#seen, 0, 0);
    return this.#veil;
  }
}

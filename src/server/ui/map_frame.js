/**
 * From world metres to the map's pixels and back. Pure.
 *
 * @module
 */

/**
 * A rectangle of the world seen from above, metres.
 *
 * @typedef {object} Area
 * @property {readonly [number, number]} min
 * @property {readonly [number, number]} max
 */

/** Where a part of the world stands in a picture of given size; x to the right, y up. */
export class MapFrame {
  /**
   * Fits `area` into `width` by `height` pixels, in the middle; enlarged by
   * `zoom` round `centre`, world metres.
   *
   * @param {Area} area
   * @param {{ width: number, height: number, margin?: number, zoom?: number, centre?: readonly [number, number] }} view
   */
  constructor(area, { width, height, margin = 0, zoom = 1, centre }) {
    const across = Math.max(area.max[0] - area.min[0], 1e-6);
    const along = Math.max(area.max[1] - area.min[1], 1e-6);
    /** Pixels a metre. */
    this.scale = zoom * Math.max(
      Math.min((width - 2 * margin) / across, (height - 2 * margin) / along),
      1e-6,
    );
    const [x, y] = centre ??
      [(area.min[0] + area.max[0]) / 2, (area.min[1] + area.max[1]) / 2];
    /** Pixels of the world's origin. */
    this.originX = width / 2 - x * this.scale;
    this.originY = height / 2 + y * this.scale;
  }

  /**
   * @param {{ x: number, y: number }} world
   * @returns {[number, number]} pixels
   */
  toPixels({ x, y }) {
    return [this.originX + x * this.scale, this.originY - y * this.scale];
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {{ x: number, y: number }} world metres
   */
  toWorld(px, py) {
    return {
      x: (px - this.originX) / this.scale,
      y: (this.originY - py) / this.scale,
    };
  }
}

/**
 * The heading from one place to another: degrees in [0, 360), 0 along +x,
 * counter-clockwise.
 *
 * @param {{ x: number, y: number }} from
 * @param {{ x: number, y: number }} to
 */
export function headingTo(from, to) {
  const degrees = Math.atan2(to.y - from.y, to.x - from.x) * 180 / Math.PI;
  return (degrees + 360) % 360;
}

/**
 * The greatest of 1, 2 and 5 times a power of ten that is at most `length`.
 *
 * @param {number} length
 */
export function roundLength(length) {
  const power = 10 ** Math.floor(Math.log10(length));
  return power * (length >= 5 * power ? 5 : length >= 2 * power ? 2 : 1);
}

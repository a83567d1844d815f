/**
 * Pixels in memory.
 *
 * @module
 */

/** Eight-bit RGBA picture, rows from the top, no padding. */
export interface Image {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** r, g, b, a a pixel; colour as displayed (the space in which splats are blended and stored). */
  readonly data: Uint8Array;
}

/** What is used of gifenc, which has no types of its own. */

/** Colours of a frame: R, G, B each 0..255. */
export type Palette = number[][];

/** Builds a GIF frame by frame. */
export interface Encoder {
  writeFrame(
    indices: Uint8Array,
    width: number,
    height: number,
    options: { palette: Palette; delay: number },
  ): void;
  finish(): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

declare const gifenc: {
  GIFEncoder(): Encoder;
  quantize(rgba: Uint8Array, maxColors: number): Palette;
  applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array;
};

export default gifenc;

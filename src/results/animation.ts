/**
 * A run as an animated GIF: the agents' views side by side, a frame a step.
 *
 * @module
 */

// @ts-types="./gifenc.d.ts"
import gifenc from "gifenc";
import type { Image } from "../image/image.ts";

/** Options of {@linkcode encodeGif}. */
export interface GifOptions {
  /** Milliseconds a frame is shown. @default {700} */
  readonly frameDelay?: number;
  /** Milliseconds the last frame is shown. @default {3000} */
  readonly lastDelay?: number;
}

/** Colours a frame may have: the format's limit. */
const COLORS = 256;

/** Space between views, and what shows in it. */
const GAP = 4;
const GAP_COLOR = [24, 26, 28, 255] as const;

/** `images` of one size beside each other, in rows of at most four; an agent that has ended keeps its last view. */
function tile(images: readonly Image[]): Image {
  const [{ width, height }] = images as [Image, ...Image[]];
  const columns = Math.min(4, images.length);
  const rows = Math.ceil(images.length / columns);
  const whole = {
    width: columns * width + (columns - 1) * GAP,
    height: rows * height + (rows - 1) * GAP,
  };
  const data = new Uint8Array(4 * whole.width * whole.height);
  for (let i = 0; i < data.length; i += 4) data.set(GAP_COLOR, i);
  for (const [index, image] of images.entries()) {
    const left = (index % columns) * (width + GAP);
    const top = Math.floor(index / columns) * (height + GAP);
    for (let y = 0; y < height; y++) {
      data.set(
        image.data.subarray(4 * y * width, 4 * (y + 1) * width),
        4 * ((top + y) * whole.width + left),
      );
    }
  }
  return { ...whole, data };
}

/** GIF bytes of `frames`, all of one size; it plays for ever. */
export function encodeGif(
  frames: readonly Image[],
  { frameDelay = 700, lastDelay = 3000 }: GifOptions = {},
): Uint8Array {
  const gif = gifenc.GIFEncoder();
  for (const [index, { width, height, data }] of frames.entries()) {
    const palette = gifenc.quantize(data, COLORS);
    gif.writeFrame(gifenc.applyPalette(data, palette), width, height, {
      palette,
      delay: index === frames.length - 1 ? lastDelay : frameDelay,
    });
  }
  gif.finish();
  return gif.bytes();
}

/** The frames of a run from its views, agent, then step: an agent that has ended keeps its last view. */
export function framesOf(views: readonly (readonly Image[])[]): Image[] {
  const agents = views.filter((own) => own.length > 0);
  const steps = Math.max(0, ...agents.map(({ length }) => length));
  return Array.from(
    { length: steps },
    (_, step) => tile(agents.map((own) => own[step] ?? own.at(-1)!)),
  );
}

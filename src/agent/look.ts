/**
 * One look: what is seen from a pose, and its pictures, each encoded once and
 * only if somebody asks.
 *
 * @module
 */

import type { TiltedPose } from "../geometry/pose.ts";
import { encodePng } from "../image/png.ts";
import { resizeLanczos } from "../image/resize.ts";
import { cameraAtPose } from "../render/camera.ts";
import type { Renderer, View } from "../render/renderer.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";

/** Side of the picture in `agent_step`, pixels; the front end's contract. */
const THUMBNAIL_SIZE = 256;

/** What is seen from a pose. */
export interface Look {
  /** From where, in the world. */
  readonly pose: TiltedPose;
  /** Colour and depth of each pixel. */
  readonly view: View;
  /** PNG at full resolution. */
  readonly png: () => Promise<Uint8Array>;
  /** PNG of 256x256 pixels, Lanczos-downscaled. */
  readonly thumbnail: () => Promise<Uint8Array>;
}

/** Looks from a pose; throws the signal's reason if aborted. */
export type Eyes = (
  pose: TiltedPose,
  signal: AbortSignal,
) => Promise<Look>;

/** What eyes see with. */
export interface EyesOptions {
  /** Asked for at the first look, so that a session can start before it is ready. */
  readonly renderer: () => Promise<Renderer>;
  readonly frame: SceneFrame;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Whether small pictures are wanted; else they are empty. @default {true} */
  readonly thumbnails?: boolean;
}

/** Eyes on a scene. */
export function openEyes(
  { renderer, frame, width, height, thumbnails = true }: EyesOptions,
): Eyes {
  return async (pose, signal) => {
    const camera = cameraAtPose(frame, pose, { width, height });
    const view = await (await renderer()).render(camera, { signal });
    signal.throwIfAborted();
    let whole: Promise<Uint8Array> | undefined;
    const png = once(() => whole = encodePng(view));
    const thumbnail = once(async () => {
      if (!thumbnails) return new Uint8Array();
      if (width === THUMBNAIL_SIZE && height === THUMBNAIL_SIZE) {
        return await png();
      }
      // Whoever decides waits for the whole picture, nobody for the small one:
      // it is made once the other is, and on its way.
      await nextTurn();
      await whole;
      await nextTurn();
      return await encodePng(
        resizeLanczos(view, THUMBNAIL_SIZE, THUMBNAIL_SIZE),
      );
    });
    return { pose, view, png, thumbnail };
  };
}

/** Lets what is ready to go on do so first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => made ??= make();
}

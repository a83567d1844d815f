/**
 * An agent's way as SuperSplat's experience settings, version 2: a camera
 * track, and a note at each look, for its viewer and for splat-transform.
 *
 * Source: developer.playcanvas.com, Experience Settings.
 *
 * @module
 */

import { moved, type Pose } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";
import { fileFromWorld, type SceneFrame } from "../scene/scene_frame.ts";
import type { TimedLook } from "./run_record.ts";

/** Options of {@linkcode supersplatSettingsOf}. */
export interface SupersplatOptions {
  readonly frame: SceneFrame;
  /** What was looked for, for the names. */
  readonly query: string;
  /** Where the target was found, world metres; a note marks it. */
  readonly found?: { readonly position: Vector3; readonly text: string };
}

/** Seconds from one look to the next: the run's own waits say nothing. */
const SECONDS_A_LOOK = 1.5;

const FRAMES_A_SECOND = 30;

/** The viewer takes that many notes, of that many characters. */
const NOTES = { count: 25, title: 60, text: 280 };

/** A camera looks at a point so far ahead, metres. */
const AHEAD = 1;

/** The settings for one agent's looks: the viewer plays the first track alone. */
export function supersplatSettingsOf(
  looks: readonly TimedLook[],
  { frame, query, found }: SupersplatOptions,
): unknown {
  const toViewer = (x: number, y: number, z: number): Vector3 => {
    // The viewer turns what it loads by 180 degrees about z.
    const [fileX, fileY, fileZ] = fileFromWorld(frame, [x, y, z]);
    return [-fileX, -fileY, fileZ];
  };
  const cameraAt = (pose: Pose): Camera => {
    const ahead = moved(pose, pose.yaw, AHEAD);
    return {
      position: toViewer(pose.x, pose.y, pose.z),
      target: toViewer(ahead.x, ahead.y, ahead.z),
      fov: frame.fov,
    };
  };
  const cameras = looks.map(({ pose }) => cameraAt(pose));
  const [first = cameraAt(frame.start)] = cameras;
  const frames = cameras.map((_, i) => i * SECONDS_A_LOOK * FRAMES_A_SECOND);
  const notes = looks.map(({ step, pose, event }, i) => ({
    // Beside the way, at the height of a table: not in the eye of the camera.
    position: toViewer(pose.x, pose.y, pose.z - 0.3),
    title: `Step ${step + 1}`,
    text: event.reasoning.slice(0, NOTES.text),
    camera: { initial: cameras[i]! },
    extras: { action: event.action, pose },
  }));
  const last = cameras.at(-1) ?? first;
  return {
    version: 2,
    tonemapping: "linear",
    highPrecisionRendering: false,
    background: { color: [0, 0, 0] },
    postEffectSettings: {
      sharpness: { enabled: false, amount: 0 },
      bloom: { enabled: false, intensity: 0.1, blurLevel: 2 },
      grading: {
        enabled: false,
        brightness: 1,
        contrast: 1,
        saturation: 1,
        tint: [1, 1, 1],
      },
      vignette: {
        enabled: false,
        intensity: 0.5,
        inner: 0.3,
        outer: 0.75,
        curvature: 1,
      },
      fringing: { enabled: false, intensity: 0.5 },
    },
    animTracks: cameras.length < 2 ? [] : [{
      name: query.slice(0, NOTES.title),
      duration: (cameras.length - 1) * SECONDS_A_LOOK,
      frameRate: FRAMES_A_SECOND,
      loopMode: "none",
      interpolation: "spline",
      smoothness: 0,
      keyframes: {
        times: frames,
        values: {
          position: cameras.flatMap(({ position }) => position),
          target: cameras.flatMap(({ target }) => target),
          fov: cameras.map(({ fov }) => fov),
        },
      },
    }],
    cameras: [{ initial: first }],
    annotations: [
      ...(found === undefined ? [] : [{
        position: toViewer(...found.position),
        title: query.slice(0, NOTES.title),
        text: found.text.slice(0, NOTES.text),
        camera: { initial: last },
        extras: { position: found.position },
      }]),
      ...notes,
    ].slice(0, NOTES.count),
    startMode: cameras.length < 2 ? "default" : "animTrack",
  };
}

interface Camera {
  readonly position: Vector3;
  readonly target: Vector3;
  /** Degrees, vertical. */
  readonly fov: number;
}

/**
 * Makes the frame of a scene: which way is up, how long a metre is, where the
 * world begins and where an agent may go.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import { wrapDegrees } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";
import { doubtUp } from "./doubt_up.ts";
import { type Axes, BASE_AXES, toFile, turned } from "./axes.ts";
import type { PlaceSample } from "./place_sample.ts";
import { focusBox, robustBox } from "./robust_box.ts";
import { settle } from "./settle.ts";
import type { SceneFile, UpAxis } from "./scene_file.ts";
import { type SceneFrame, worldFromFile } from "./scene_frame.ts";
import type { Sidecar } from "./sidecar.ts";

/** Height of the eye over the floor, metres, where metres are known. */
const EYE_HEIGHT = 1.5;

/** Vertical field of view, degrees. */
const DEFAULT_FOV = 75;

/** Nearest distance, metres: splats nearer than a hand are those one stands in. */
const NEAR = 0.2;

/** Nearest distance as a share of the robust diagonal, for small things. */
const NEAR_SHARE = 0.05;

/** A place is flat along an axis if it is so much shorter than along both others: streets are, rooms are not. */
const THIN = 0.4;

/** Formats whose standard says what is up and that units are metres. */
const DEFINED_FORMATS: readonly string[] = ["gltf", "glb", "demo"];

/** Options of {@linkcode makeFrame}; they outrank the sidecar. */
export interface FrameOptions {
  /** Axis of the file that points up. */
  up?: UpAxis;
  /** Metres a file unit, > 0. */
  scale?: number;
  /** What stands beside the file. */
  sidecar?: Sidecar;
  /** Where the world's origin is. @default {"start"} */
  origin?: "start" | "scene";
  /** Of a start that nobody states, above the floor, metres. @default {1.5, or a share of the room where metres are unknown} */
  eyeHeight?: number;
  /** Vertical field of view, degrees. @default {75} */
  fov?: number;
}

/**
 * The frame of a scene: from `options`, then the sidecar, then what the file
 * says, then the convention of its format; a start that nobody states is found.
 *
 * @throws {RangeError} If `scale` is not positive and finite, the place has no finite size, or the sidecar's heading points straight up or down.
 */
export function makeFrame(
  { splats, format, up: conventionalUp, upReason }: Omit<
    SceneFile,
    "version" | "fileShDegree" | "warnings"
  >,
  options: FrameOptions = {},
): SceneFrame {
  const { sidecar = {} } = options;
  const isDefined = DEFINED_FORMATS.includes(format);
  const reasons: string[] = [];
  const guessed: ("up" | "scale")[] = [];
  const up = options.up ?? sidecar.up ?? conventionalUp;
  reasons.push(
    `up is ${up}: ${
      options.up
        ? "as asked for"
        : sidecar.up
        ? "the sidecar says so"
        : upReason ?? (isDefined
          ? `${format} defines it`
          : `the convention of ${format}, a guess (--up sets it)`)
    }`,
  );
  if (!(options.up ?? sidecar.up ?? upReason) && !isDefined) guessed.push("up");
  const givenScale = options.scale ?? sidecar.scale;
  const metresPerUnit = givenScale ?? 1;
  if (!(metresPerUnit > 0 && metresPerUnit < Infinity)) {
    throw new RangeError(
      `Cannot place the scene as scale must be > 0 and finite: current value is ${metresPerUnit}`,
    );
  }
  const isMetric = givenScale !== undefined || isDefined;
  reasons.push(
    `a unit of the file is ${metresPerUnit} m: ${
      options.scale !== undefined
        ? "as asked for"
        : sidecar.scale !== undefined
        ? "the sidecar says so"
        : isDefined
        ? `${format} defines it`
        : "a guess (--scale sets it)"
    }`,
  );
  if (!isMetric) guessed.push("scale");

  const fov = options.fov ?? sidecar.fov ?? DEFAULT_FOV;
  const eyeHeight = options.eyeHeight ?? (isMetric ? EYE_HEIGHT : undefined);
  const keepsOrigin = (options.origin ?? sidecar.origin) === "scene";
  const { base, sample, box, found, tilt } = settle(splats, BASE_AXES[up], {
    mayTilt: guessed.includes("up") && !keepsOrigin,
    sidecar,
    fov,
    ...(eyeHeight === undefined
      ? {}
      : { eyeHeight: eyeHeight / metresPerUnit }),
  });
  const doubt = guessed.includes("up")
    ? doubtUp(sample, { box: focusBox(sample, box), base })
    : undefined;
  if (doubt !== undefined) reasons.push(doubt);
  else if (guessed.includes("up")) reasons.push(...thinAxis(base, box));
  if (tilt !== undefined) {
    reasons.push(
      `the file is ${
        tilt.toFixed(1)
      } degrees aslant: levelled by the floor that is seen (--up=${up} keeps it as it is)`,
    );
  }
  reasons.push(`the start is ${found.reason}`);

  const turn = keepsOrigin ? 0 : found.heading;
  const startInFile = toFile(base, found.position);
  const frame = {
    up,
    metresPerUnit,
    axes: turned(base, turn),
    origin: keepsOrigin ? [0, 0, 0] as Vector3 : startInFile,
    ...(options.eyeHeight === undefined || sidecar.start !== undefined
      ? {}
      : { eyeHeight: options.eyeHeight }),
    fov,
    near: Math.min(NEAR / metresPerUnit, NEAR_SHARE * diagonal(box)),
    reasons,
    guessed,
    ...(doubt === undefined ? {} : { doubt }),
  };
  const at = worldFromFile(frame, startInFile);
  const bounds = including(
    sidecar.bounds
      ? boundsOfCorners(sidecar.bounds, (c) => worldFromFile(frame, c))
      : found.isObject
      ? boundsOfCorners(
        found.bounds,
        (c) => worldFromFile(frame, toFile(base, c)),
      )
      : turnedBox(sample, {
        turn,
        toWorld: (c) => worldFromFile(frame, toFile(turned(base, turn), c)),
      }),
    at,
  );
  if (!Number.isFinite(diagonal(bounds))) {
    throw new RangeError(
      `Cannot place the scene as its size must be finite: it reaches from (${
        bounds.min.join(", ")
      }) to (${bounds.max.join(", ")}) m`,
    );
  }
  return {
    ...frame,
    bounds,
    start: keepsOrigin
      ? {
        x: at[0],
        y: at[1],
        z: at[2],
        yaw: wrapDegrees(found.heading * 180 / Math.PI),
      }
      : { x: 0, y: 0, z: 0, yaw: 0 },
  };
}

/** Says it where the place lies flat along another axis than up: then up may be wrong. */
function thinAxis(base: Axes, { min, max }: Bounds): string[] {
  const [x, y, z] = [max[0] - min[0], max[1] - min[1], max[2] - min[2]];
  const flat = x < THIN * Math.min(y, z)
    ? base[0]
    : y < THIN * Math.min(x, z)
    ? base[1]
    : undefined;
  if (!flat) return [];
  const axis = "xyz"[flat.findIndex((part) => part !== 0)];
  return [
    `the place lies flat along ${axis}: if that is its height, say --up=+${axis} or --up=-${axis}`,
  ];
}

/** The robust box along axes turned by `turn`, in the world. */
function turnedBox(
  sample: PlaceSample,
  { turn, toWorld }: { turn: number; toWorld: (point: Vector3) => Vector3 },
): Bounds {
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const box = robustBox({
    ...sample,
    x: sample.x.map((x, i) => c * x + s * sample.y[i]!),
    y: sample.y.map((y, i) => c * y - s * sample.x[i]!),
  });
  return { min: toWorld(box.min), max: toWorld(box.max) };
}

/** The box round the corners of `box` after `map`. */
function boundsOfCorners(
  box: Bounds,
  map: (corner: Vector3) => Vector3,
): Bounds {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
    map([
      (bits & 1 ? box.max : box.min)[0],
      (bits & 2 ? box.max : box.min)[1],
      (bits & 4 ? box.max : box.min)[2],
    ])
  );
  return corners.reduce<Bounds>(including, {
    min: corners[0]!,
    max: corners[0]!,
  });
}

/** The smallest box that holds `bounds` and `point`. */
function including({ min, max }: Bounds, point: Vector3): Bounds {
  return {
    min: [
      Math.min(min[0], point[0]),
      Math.min(min[1], point[1]),
      Math.min(min[2], point[2]),
    ],
    max: [
      Math.max(max[0], point[0]),
      Math.max(max[1], point[1]),
      Math.max(max[2], point[2]),
    ],
  };
}

function diagonal({ min, max }: Bounds): number {
  return Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
}

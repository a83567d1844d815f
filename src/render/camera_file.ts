/**
 * Cameras from nerfstudio's transforms.json: intrinsics for all frames or for
 * each, and camera-to-world matrices in the scene file's axes, the camera's own
 * axes being OpenGL's (x right, y up, z backwards).
 *
 * @module
 */

import { z } from "zod";
import { cross, normalize, type Vector3 } from "../geometry/vector.ts";
import type { Camera } from "./camera.ts";

/** Largest side of a view, pixels, as of `--size`: a picture of it is a quarter of a gigabyte. */
const MAX_SIDE = 8192;
/** Pixels of a view where neither the file nor the caller says. */
const DEFAULT_SIDE = 512;
/** How far a rotation may be from orthonormal: files round to some six digits. */
const ROTATION_TOLERANCE = 1e-3;

const side = z.number().min(1).max(MAX_SIDE).transform(Math.round);
const focal = z.number().positive();
const angle = z.number().positive().lt(Math.PI);

/** Keys that a frame may repeat with a value of its own. */
const intrinsics = {
  w: side.optional(),
  h: side.optional(),
  fl_x: focal.optional(),
  fl_y: focal.optional(),
  cx: z.number().optional(),
  cy: z.number().optional(),
  camera_angle_x: angle.optional(),
  camera_angle_y: angle.optional(),
  camera_model: z.string().optional(),
  k1: z.number().optional(),
  k2: z.number().optional(),
  k3: z.number().optional(),
  k4: z.number().optional(),
  p1: z.number().optional(),
  p2: z.number().optional(),
};

const row = z.tuple([z.number(), z.number(), z.number(), z.number()]);

const transforms = z.object({
  ...intrinsics,
  frames: z.array(z.object({
    ...intrinsics,
    file_path: z.string().optional(),
    transform_matrix: z.tuple([row, row, row]).rest(row),
  })).min(1),
});

type Intrinsics = Omit<z.output<typeof transforms>, "frames">;
type Matrix = z.output<typeof transforms>["frames"][number]["transform_matrix"];

/** Camera models without a lens of their own; distortion is reported and left out. */
const PINHOLES = ["PINHOLE", "SIMPLE_PINHOLE", "OPENCV", "PERSPECTIVE"];

/** One camera of the file. */
export interface FileCamera {
  /** All but what the scene's frame says. */
  readonly camera: Omit<Camera, "near" | "metresPerUnit">;
  /** `file_path` as the file gives it. */
  readonly filePath: string | undefined;
}

/** Options of {@linkcode readTransforms}. */
export interface TransformsOptions {
  /** As errors call the file. */
  readonly name: string;
  /** Pixels; wins over the file's, focal lengths and principal point scaled along. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Vertical field of view, degrees, where the file gives no focal length. */
  readonly fov?: number;
}

/** The cameras of a file, in its order. */
export interface Transforms {
  readonly cameras: readonly FileCamera[];
  /** One line each: what was left out. */
  readonly warnings: readonly string[];
}

/**
 * Reads the text of a transforms.json.
 *
 * @throws {SyntaxError} If it is no JSON, or a value is missing or wrong: the message names it.
 */
export function readTransforms(
  text: string,
  options: TransformsOptions,
): Transforms {
  const { name } = options;
  const parsed = transforms.safeParse(parseJson(text, name));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SyntaxError(
      `Cannot read ${name} as transforms.json: ${
        pathOf(issue?.path ?? [])
      }: ${issue?.message}`,
    );
  }
  const { frames, ...global } = parsed.data;
  const cameras = frames.map((frame, index): FileCamera => {
    const where = `frames[${index}]`;
    const own = Object.entries(frame).filter(([, value]) =>
      value !== undefined
    );
    try {
      return {
        camera: {
          ...lens({ ...global, ...Object.fromEntries(own) }, options),
          ...place(frame.transform_matrix),
        },
        filePath: frame.file_path,
      };
    } catch (cause) {
      throw new SyntaxError(
        `Cannot read ${name} as transforms.json: ${where}: ${
          (cause as Error).message
        }`,
        { cause },
      );
    }
  });
  return { cameras, warnings: warningsOf([global, ...frames]) };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read ${name} as transforms.json: it is no JSON: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number"
        ? `${text}[${key}]`
        : text === ""
        ? String(key)
        : `${text}.${String(key)}`,
    "",
  ) || "the whole";
}

function lens(
  values: Intrinsics,
  { size, fov }: TransformsOptions,
): Pick<Camera, "projection" | "width" | "height" | "fx" | "fy" | "cx" | "cy"> {
  const { camera_model: model = "PINHOLE" } = values;
  if (!PINHOLES.includes(model.toUpperCase())) {
    throw new RangeError(
      `camera_model must be a pinhole (${
        PINHOLES.join(", ")
      }): current value is ${JSON.stringify(model)}`,
    );
  }
  const width = values.w ?? size?.width ?? DEFAULT_SIDE;
  const height = values.h ?? size?.height ?? DEFAULT_SIDE;
  const fx = values.fl_x ?? focalOf(width, values.camera_angle_x);
  const fy = values.fl_y ?? focalOf(height, values.camera_angle_y) ?? fx ??
    focalOf(height, fov === undefined ? undefined : fov * Math.PI / 180);
  if (fy === undefined) {
    throw new RangeError(
      "fl_x or camera_angle_x must be given, there or for the whole file, or a field of view",
    );
  }
  const [scaleX, scaleY] = size
    ? [size.width / width, size.height / height]
    : [1, 1];
  return {
    projection: "perspective",
    width: size?.width ?? width,
    height: size?.height ?? height,
    fx: (fx ?? fy) * scaleX,
    fy: fy * scaleY,
    cx: (values.cx ?? width / 2) * scaleX,
    cy: (values.cy ?? height / 2) * scaleY,
  };
}

function focalOf(
  pixels: number,
  radians: number | undefined,
): number | undefined {
  return radians === undefined ? undefined : pixels / 2 / Math.tan(radians / 2);
}

/** Rotation rows right, down, forward out of columns right, up, back. */
function place(
  [x, y, z]: Matrix,
): Pick<Camera, "rotation" | "position"> {
  const column = (i: 0 | 1 | 2): Vector3 => [x[i], y[i], z[i]];
  const [right, up, back] = [column(0), column(1), column(2)];
  const straight = cross(right, up);
  const error = Math.max(
    ...[right, up, back].map((axis) => Math.abs(Math.hypot(...axis) - 1)),
    ...straight.map((value, i) => Math.abs(value - back[i as 0]!)),
  );
  if (!(error < ROTATION_TOLERANCE)) {
    throw new RangeError(
      `transform_matrix must begin with a rotation, orthonormal and right-handed: it is off by ${
        error.toPrecision(3)
      }`,
    );
  }
  const forward = normalize([-back[0], -back[1], -back[2]]);
  const down = normalize(cross(forward, right));
  return {
    rotation: Float64Array.from([...cross(down, forward), ...down, ...forward]),
    position: Float64Array.from([x[3], y[3], z[3]]),
  };
}

function warningsOf(parts: readonly Intrinsics[]): string[] {
  const distorted = parts.some(({ k1, k2, k3, k4, p1, p2 }) =>
    [k1, k2, k3, k4, p1, p2].some((value) => value !== undefined && value !== 0)
  );
  return distorted
    ? ["the lens distortion that the cameras give (k1 ... p2) is left out"]
    : [];
}

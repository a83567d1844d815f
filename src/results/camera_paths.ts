/**
 * The ways of the agents as other tools read them: nerfstudio's
 * transforms.json, CSV, and the TUM format of trajectory tools.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import { cameraAtPose } from "../render/camera.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { TimedLook } from "./run_record.ts";

/** Options of {@linkcode transformsOf}. */
export interface TransformsFileOptions {
  readonly frame: SceneFrame;
  /** Pixels of a view. */
  readonly width: number;
  /** Pixels of a view. */
  readonly height: number;
  /** Path of a look's picture, from the file's folder. */
  readonly pathOf: (look: TimedLook) => string;
}

/**
 * nerfstudio's transforms.json: OpenGL cameras (x right, y up, z backwards) to
 * the axes and units of the scene's file, so that `render --cameras` and
 * trainers show what the agents saw.
 *
 * Source: nerfstudio's data conventions, docs.nerf.studio.
 */
export function transformsOf(
  looks: readonly TimedLook[],
  { frame, width, height, pathOf }: TransformsFileOptions,
): unknown {
  const { fx, fy, cx, cy } = cameraAtPose(frame, frame.start, {
    width,
    height,
  });
  return {
    camera_model: "OPENCV",
    w: width,
    h: height,
    fl_x: fx,
    fl_y: fy,
    cx,
    cy,
    frames: looks.map((look) => ({
      file_path: pathOf(look),
      transform_matrix: matrixOf(look.pose, { frame, width, height }),
      agent_id: look.agentId,
      step: look.step,
      time: look.at / 1000,
    })),
  };
}

/** Camera-to-file, OpenGL axes, four rows. */
function matrixOf(
  pose: Pose,
  { frame, width, height }: Omit<TransformsFileOptions, "pathOf">,
): number[][] {
  const { rotation, position } = cameraAtPose(frame, pose, { width, height });
  // Rows are right, down, forward in file axes; OpenGL has up and backwards.
  return [
    ...[0, 1, 2].map((axis) => [
      rotation[axis]!,
      -rotation[3 + axis]!,
      -rotation[6 + axis]!,
      position[axis]!,
    ]),
    [0, 0, 0, 1],
  ];
}

/** One line a look, world metres and degrees, with a heading. */
export function csvOf(looks: readonly TimedLook[]): string {
  const lines = looks.map(({ agentId, step, at, pose, event }) =>
    [
      agentId,
      step,
      (at / 1000).toFixed(3),
      ...[pose.x, pose.y, pose.z, pose.yaw].map((value) => String(value)),
      event.action,
      quoted(event.reasoning),
    ].join(",")
  );
  return [
    "agent_id,step,time_s,x_m,y_m,z_m,yaw_deg,action,reasoning",
    ...lines,
    "",
  ].join("\n");
}

/** As RFC 4180 has it; a leading = + - @ would be a formula to a spreadsheet. */
function quoted(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${inert.replaceAll('"', '""')}"`;
}

/**
 * The TUM format: `time tx ty tz qx qy qz qw` a line, seconds and metres, of a
 * body whose x points ahead and z up (ROS REP 103) in the world.
 *
 * Source: the TUM RGB-D benchmark's file formats.
 */
export function tumOf(looks: readonly TimedLook[]): string {
  const lines = looks.map(({ at, pose: { x, y, z, yaw } }) => {
    const half = yaw * Math.PI / 360;
    const numbers = [x, y, z, 0, 0, Math.sin(half), Math.cos(half)];
    return [(at / 1000).toFixed(6), ...numbers.map((n) => n.toFixed(9))]
      .join(" ");
  });
  return `# time tx ty tz qx qy qz qw\n${lines.join("\n")}\n`;
}

/**
 * What is rendered, and with what.
 *
 * @module
 */

import { z } from "zod";
import { option, scenes, views } from "./option.ts";
import { number, numbers, text, toggle } from "./values.ts";

/** By the name under which `Config` holds them. */
export const VIEW_OPTIONS = {
  pose: option({
    flag: "pose",
    placeholder: "X,Y,Z,YAW[,PITCH]",
    schema: numbers(4, 5).optional(),
    expects: "four or five numbers x,y,z,yaw[,pitch]",
    help: "Pose to render from: metres and degrees in the world",
    commands: ["render"],
  }),
  cameras: option({
    flag: "cameras",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "the path of a nerfstudio transforms.json",
    help: "Cameras to render: nerfstudio's transforms.json in the file's axes",
    commands: ["render"],
  }),
  depth: option({
    flag: "depth",
    schema: toggle,
    expects: "given without a value",
    help: "Also write NAME.depth.png: 16-bit grey, millimetres, 0 for none",
    commands: ["render"],
  }),
  fov: option({
    flag: "fov",
    placeholder: "DEGREES",
    schema: number().pipe(z.number().min(5).max(150)).optional(),
    expects: "a number from 5 to 150",
    help: "Vertical field of view. Default: the sidecar's, or 75",
    commands: views,
  }),
  backend: option({
    flag: "backend",
    placeholder: "auto|webgpu|cpu",
    schema: z.enum(["auto", "webgpu", "cpu"]).default("auto"),
    expects: "auto, webgpu or cpu",
    help: "Renderer. Default: auto, a GPU if there is one, else the processor",
    commands: scenes,
  }),
} as const;

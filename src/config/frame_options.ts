/**
 * How a scene file is understood, and what is said of it.
 *
 * @module
 */

import { z } from "zod";
import { option, scenes } from "./option.ts";
import { integer, number, toggle } from "./values.ts";

/** By the name under which `Config` holds them. */
export const FRAME_OPTIONS = {
  up: option({
    flag: "up",
    placeholder: "AXIS",
    schema: z.enum(["+x", "-x", "+y", "-y", "+z", "-z"]).optional(),
    expects: "one of +x -x +y -y +z -z",
    help:
      "Axis of the file that points up (--up=-y). Default: the format's convention",
    commands: scenes,
  }),
  scale: option({
    flag: "scale",
    placeholder: "METRES",
    schema: number().pipe(z.number().min(1e-6).max(1e6)).optional(),
    expects: "a number from 1e-6 to 1e6",
    help: "Metres a file unit. Default: the sidecar's, or 1 as a guess",
    commands: scenes,
  }),
  origin: option({
    flag: "origin",
    placeholder: "start|scene",
    schema: z.enum(["start", "scene"]).optional(),
    expects: "start or scene",
    help:
      "The world's origin: the start viewpoint or the file's. Default: start",
    commands: scenes,
  }),
  lod: option({
    flag: "lod",
    placeholder: "N",
    schema: integer(0, 32).prefault("0"),
    expects: "an integer from 0 to 32",
    help: "Level of a streamed SOG, 0 the finest. Default: 0",
    commands: scenes,
  }),
  json: option({
    flag: "json",
    schema: toggle,
    expects: "given without a value",
    help: "Print one JSON object",
    commands: ["inspect", "eval", "doctor"],
  }),
  map: option({
    flag: "map",
    placeholder: "FILE.png",
    schema: z.string().regex(/\.png$/i).optional(),
    expects: "the path of a .png",
    help:
      "Also draw the place from above: bounds, free space, start and its heading",
    commands: ["inspect"],
  }),
} as const;

/**
 * What is searched, by how many agents, from where.
 *
 * @module
 */

import { z } from "zod";
import { decides, option, runs, scenes, views } from "./option.ts";
import { integer, number, numbers, text } from "./values.ts";

/** By the name under which `Config` holds them. */
export const SEARCH_OPTIONS = {
  scene: option({
    flag: "scene",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "a path or http(s) URL",
    help: "Splat file, folder or URL. Default: a furnished flat made in memory",
    commands: ["find", "render", "serve", "mcp", "doctor"],
  }),
  agents: option({
    flag: "agents",
    placeholder: "N",
    schema: integer(1, 16).prefault("2"),
    expects: "an integer from 1 to 16",
    help: "Agents that search at once. Default: 2",
    commands: decides,
  }),
  maxSteps: option({
    flag: "max-steps",
    placeholder: "N",
    schema: integer(1, 100).prefault("15"),
    expects: "an integer from 1 to 100",
    help: "Looks that each agent has. Default: 15",
    commands: decides,
  }),
  start: option({
    flag: "start",
    placeholder: "X,Y,Z,YAW",
    schema: numbers(4, 4).optional(),
    expects: "four numbers x,y,z,yaw",
    help:
      "Start pose in the world: metres, degrees. Default: the scene's start (0,0,0,0)",
    commands: runs,
  }),
  agentRadius: option({
    flag: "agent-radius",
    placeholder: "METRES",
    schema: number().pipe(z.number().min(0).max(100)).optional(),
    expects: "a number of metres from 0 to 100",
    help: "Room that an agent keeps to what is solid. Default: 0.18",
    commands: [...runs, "inspect"],
  }),
  cache: option({
    flag: "cache",
    placeholder: "on|off",
    schema: z.enum(["on", "off"]).default("on"),
    expects: "on or off",
    help:
      "Keep where a scene is solid in SCENE.splatscout-grid for the next run, if writing there is granted. Default: on",
    commands: runs,
  }),
  cameraHeight: option({
    flag: "camera-height",
    placeholder: "METRES",
    schema: number().pipe(z.number().min(0.05).max(1000)).optional(),
    expects: "a number of metres from 0.05 to 1000",
    help:
      "Height of the camera above the floor, at the start and wherever an agent goes. Default: 1.5 at the start, then any",
    commands: scenes,
  }),
  size: option({
    flag: "size",
    placeholder: "PX|WxH",
    schema: z.string().regex(/^\d+(x\d+)?$/)
      .transform((text) => text.split("x").map(Number))
      .pipe(z.array(z.int().min(16).max(8192)))
      .transform(([width = 512, height = width]) => ({ width, height }))
      .optional(),
    expects:
      "a size in pixels such as 512 or 640x480, each side from 16 to 8192",
    help: "Size of a view in pixels. Default: 512, or what --cameras says",
    commands: views,
  }),
} as const;

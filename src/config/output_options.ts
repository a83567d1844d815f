/**
 * Where a run or its replay goes, and how it looks.
 *
 * @module
 */

import { z } from "zod";
import { option } from "./option.ts";
import { number, text, toggle } from "./values.ts";

/** By the name under which `Config` holds them. */
export const OUTPUT_OPTIONS = {
  out: option({
    flag: "out",
    placeholder: "PATH",
    schema: text.optional(),
    expects: "a path",
    help:
      "find: folder for views and events; render: the .png, or a folder with --cameras; eval: folder for the results",
    commands: ["find", "render", "eval"],
  }),
  gif: option({
    flag: "gif",
    schema: toggle,
    expects: "given without a value",
    help: "Also make run.gif in --out: the agents' views side by side",
    commands: ["find"],
  }),
  pretty: option({
    flag: "pretty",
    schema: toggle,
    expects: "given without a value",
    help: "Show a person's view of the run on stderr",
    commands: ["find", "replay"],
  }),
  speed: option({
    flag: "speed",
    placeholder: "N",
    schema: number().pipe(z.number().min(0.01).max(1e6)).prefault("1"),
    expects: "a number from 0.01 to 1000000",
    help: "How many times as fast as it was the run is played. Default: 1",
    commands: ["replay"],
  }),
  serve: option({
    flag: "serve",
    schema: toggle,
    expects: "given without a value",
    help: "Play the run on the page instead, at --host and --port",
    commands: ["replay"],
  }),
} as const;

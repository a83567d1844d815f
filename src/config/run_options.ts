/**
 * What a run may cost, what is kept of its exchanges, what it can be repeated by.
 *
 * @module
 */

import { z } from "zod";
import { option, runs, views } from "./option.ts";
import { duration, integer, text } from "./values.ts";

/** By the name under which `Config` holds them. */
export const RUN_OPTIONS = {
  deadline: option({
    flag: "deadline",
    placeholder: "TIME",
    schema: duration.optional(),
    expects: "a time such as 90s or 10m, up to 576h",
    help: "End the run in order after this time. Default: none",
    commands: runs,
  }),
  maxTokensTotal: option({
    flag: "max-tokens-total",
    placeholder: "N",
    schema: integer(1, 2 ** 31 - 1).optional(),
    expects: "an integer from 1",
    help:
      "End the run in order once the model has used so many tokens. Default: none",
    commands: runs,
  }),
  record: option({
    flag: "record",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "a path",
    help: "Keep every exchange with the model: keys redacted, pictures by hash",
    commands: ["find"],
  }),
  replay: option({
    flag: "replay",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "the path of a recording",
    help: "Answer from a recording instead of an endpoint",
    commands: ["find"],
  }),
  verify: option({
    flag: "verify",
    placeholder: "on|off",
    schema: z.enum(["on", "off"]).default("on"),
    expects: "on or off",
    help: "Check a find from nearer before it wins. Default: on",
    commands: runs,
  }),
  panorama: option({
    flag: "panorama",
    placeholder: "on|off",
    schema: z.enum(["on", "off"]).default("off"),
    expects: "on or off",
    help:
      "Look around once at the start, in four views for all agents. Default: off",
    commands: runs,
  }),
  seed: option({
    flag: "seed",
    placeholder: "N",
    schema: integer(0, 2 ** 31 - 1).prefault("1"),
    expects: "an integer from 0 to 2147483647",
    help: "Seed of demo flat, policy and sampling. Default: 1",
    commands: [...views, "eval"],
  }),
} as const;

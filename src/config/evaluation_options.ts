/**
 * How many flats are searched, by whom.
 *
 * @module
 */

import { z } from "zod";
import { option } from "./option.ts";
import { integer } from "./values.ts";

/** By the name under which `Config` holds them. */
export const EVALUATION_OPTIONS = {
  episodes: option({
    flag: "episodes",
    placeholder: "N",
    schema: integer(1, 1000).prefault("100"),
    expects: "an integer from 1 to 1000",
    help: "Flats to search, the first N of the list of --seed. Default: 100",
    commands: ["eval"],
  }),
  policies: option({
    flag: "policies",
    placeholder: "NAME,...",
    schema: z.string().regex(/^[\w-]+(,[\w-]+)*$/)
      .transform((names) => [...new Set(names.split(","))])
      .optional(),
    expects: "names, separated by commas",
    help:
      "Who searches; a wrong name lists the right ones. Default: all that need no model",
    commands: ["eval"],
  }),
  jobs: option({
    flag: "jobs",
    placeholder: "N",
    schema: integer(1, 64).prefault("2"),
    expects: "an integer from 1 to 64",
    help: "Flats that are searched at once. Default: 2",
    commands: ["eval"],
  }),
} as const;

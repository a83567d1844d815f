/**
 * Every option once, in the order in which help lists them.
 *
 * @module
 */

import type { z } from "zod";
import { type Command, COMMANDS, type Option, option } from "./option.ts";
import { toggle } from "./values.ts";
import { EVALUATION_OPTIONS } from "./evaluation_options.ts";
import { FRAME_OPTIONS } from "./frame_options.ts";
import { LISTEN_OPTIONS } from "./listen_options.ts";
import { MODEL_OPTIONS } from "./model_options.ts";
import { OUTPUT_OPTIONS } from "./output_options.ts";
import { RUN_OPTIONS } from "./run_options.ts";
import { SEARCH_OPTIONS } from "./search_options.ts";
import { SESSION_OPTIONS } from "./session_options.ts";
import { VIEW_OPTIONS } from "./view_options.ts";

/** All options by the name under which {@linkcode Config} holds them. */
export const OPTIONS = {
  ...SEARCH_OPTIONS,
  ...MODEL_OPTIONS,
  ...RUN_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...VIEW_OPTIONS,
  ...FRAME_OPTIONS,
  ...LISTEN_OPTIONS,
  ...SESSION_OPTIONS,
  ...EVALUATION_OPTIONS,
  help: option({
    flag: "help",
    schema: toggle,
    expects: "given without a value",
    help: "Show this help",
    commands: COMMANDS,
  }),
  version: option({
    flag: "version",
    schema: toggle,
    expects: "given without a value",
    help: "Show which version this is",
    commands: ["find"],
  }),
} as const satisfies Record<string, Option>;

/** The value of every option; those that a command does not take hold their defaults. */
export type Config = {
  readonly [Name in keyof typeof OPTIONS]: z.output<
    typeof OPTIONS[Name]["schema"]
  >;
};

/** The options that a command takes. */
export function optionsOf(command: Command): Option[] {
  return Object.values(OPTIONS as Record<string, Option>)
    .filter(({ commands }) => commands.includes(command));
}

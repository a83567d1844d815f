/**
 * What an option is, and the commands that take it.
 *
 * @module
 */

import type { z } from "zod";

/** Subcommands; `find` is meant where none is named. */
export const COMMANDS = [
  "find",
  "render",
  "inspect",
  "serve",
  "replay",
  "mcp",
  "doctor",
  "eval",
  "completions",
] as const;

/** A subcommand. */
export type Command = typeof COMMANDS[number];

/** One option of the program. */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** Name after `--`; absent for what only the environment gives (secrets). */
  readonly flag?: string;
  /** From the text of the flag (or `true`, for a switch) to the value; its default is the option's. */
  readonly schema: Schema;
  /** What a value must be, in words: errors and help say it. */
  readonly expects: string;
  /** What it does, with unit and default. */
  readonly help: string;
  /** Name of the value in help; switches have none. */
  readonly placeholder?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Environment variable that stands in for the flag; empty means unset. */
  readonly env?: string;
  /** Commands that take it. */
  readonly commands: readonly Command[];
}

/** Commands that read a scene. */
export const scenes: readonly Command[] = [
  "find",
  "render",
  "inspect",
  "serve",
  "mcp",
  "doctor",
];
/** Commands that search. */
export const runs: readonly Command[] = ["find", "serve", "mcp"];
/** Commands that render. */
export const views: readonly Command[] = [
  "find",
  "render",
  "serve",
  "mcp",
  "doctor",
];
/** Commands that ask a model. */
export const asks: readonly Command[] = [
  "find",
  "serve",
  "mcp",
  "eval",
  "doctor",
];
/** Commands in which a model decides. */
export const decides: readonly Command[] = ["find", "serve", "mcp", "eval"];

/** Keeps the type of an option's schema. */
export function option<Schema extends z.ZodType>(
  spec: Option<Schema>,
): Option<Schema> {
  return spec;
}

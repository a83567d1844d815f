/**
 * How argv and the environment become a {@linkcode Config}.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Command, COMMANDS, type Option } from "./option.ts";
import { type Config, OPTIONS } from "./options.ts";

/** A flag that names no option, a value out of range, a missing argument: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command line that has been understood. */
export interface CommandLine {
  readonly command: Command;
  /** What is no flag: the query's words, the file of `inspect`. */
  readonly positionals: readonly string[];
  readonly config: Config;
}

/**
 * Reads argv and the environment.
 *
 * @param readEnv the variable's value, or `undefined` if unset or not permitted
 * @throws {UsageError} If a flag is unknown, lacks its value or has a wrong one.
 */
export function parseCommandLine(
  argv: readonly string[],
  readEnv: (variable: string) => string | undefined,
): CommandLine {
  const named = COMMANDS.find((command) => command === argv[0]);
  const command = named ?? "find";
  const entries = Object.entries(OPTIONS) as [keyof Config, Option][];
  const taken = entries.filter(([, { commands }]) =>
    commands.includes(command)
  );
  const { values, positionals } = parse(argv.slice(named ? 1 : 0), taken);
  const config = Object.fromEntries(entries.map(([name, spec]) => {
    if (!spec.commands.includes(command)) {
      return [name, spec.schema.parse(undefined)];
    }
    const given = spec.flag === undefined ? undefined : values[spec.flag];
    const fromEnv = given === undefined && spec.env
      ? readEnv(spec.env) || undefined
      : undefined;
    return [
      name,
      convert(spec, given ?? fromEnv, fromEnv !== undefined),
    ];
  })) as unknown as Config;
  return { command, positionals, config };
}

function parse(
  args: readonly string[],
  options: readonly [string, Option][],
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: Object.fromEntries(
        options.flatMap(([, spec]) =>
          spec.flag === undefined ? [] : [[spec.flag, {
            type: spec.placeholder === undefined ? "boolean" : "string",
            multiple: spec.multiple ?? false,
            ...(spec.flag === "help" ? { short: "h" } : {}),
          }]]
        ),
      ),
    });
    return { values, positionals };
  } catch (cause) {
    const [message = ""] = (cause as Error).message.split(/\.? ?\n|\. /);
    const mend = message.includes("ambiguous")
      ? "a value that begins with a minus is written --option=-value"
      : "--help lists the options";
    throw new UsageError(`${message}; ${mend}`, { cause });
  }
}

function convert(spec: Option, value: unknown, fromEnv: boolean): unknown {
  const result = spec.schema.safeParse(value);
  if (result.success) return result.data;
  const source = fromEnv ? spec.env : `--${spec.flag}`;
  throw new UsageError(
    `Cannot use ${source} as it must be ${spec.expects}: current value is ${
      spec.flag === undefined ? "hidden" : JSON.stringify(value)
    }`,
  );
}

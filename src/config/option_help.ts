/**
 * The options of a command, in words.
 *
 * @module
 */

import type { Command } from "./option.ts";
import { optionsOf } from "./options.ts";

/** Help of a command: its options, one a line. */
export function optionHelp(command: Command): string {
  const rows = optionsOf(command)
    .map(({ flag, placeholder, help, env }) =>
      [
        `  ${flag ? `--${flag}` : `${env}=`}${
          placeholder ? `${flag ? " " : ""}${placeholder}` : ""
        }`,
        help + (flag && env ? ` [or ${env}]` : ""),
      ] as const
    );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => left.padEnd(width) + right).join("\n");
}

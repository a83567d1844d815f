/**
 * Every option once: flag, environment variable, unit, default, help; and how
 * argv and the environment become a {@linkcode Config}. Only floors 6 and up
 * read it.
 *
 * @module
 */

export {
  type CommandLine,
  parseCommandLine,
  UsageError,
} from "./command_line.ts";
export { type Command, COMMANDS, type Option } from "./option.ts";
export { optionHelp } from "./option_help.ts";
export { type Config, optionsOf } from "./options.ts";

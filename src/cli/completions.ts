/**
 * `splatscout completions`: scripts that complete commands, options and their
 * values in a shell, made from the table of options.
 *
 * @module
 */

import { COMMANDS, type Option, optionsOf, UsageError } from "../config/mod.ts";
import { helpText } from "./help.ts";
import { writeOut } from "./terminal.ts";

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/**
 * Prints the script for a shell.
 *
 * @param words the shell's name
 * @returns the exit code, 0
 * @throws {UsageError} If the shell is none of those known.
 */
export async function completions(words: readonly string[]): Promise<number> {
  const [shell = ""] = words;
  const script = words.length === 1 && Object.hasOwn(SHELLS, shell)
    ? SHELLS[shell]
    : undefined;
  if (script === undefined) {
    throw new UsageError(
      `Cannot make completions as the shell must be one of ${
        Object.keys(SHELLS).join(", ")
      }: current value is ${JSON.stringify(words.join(" "))}`,
    );
  }
  await writeOut(script());
  return 0;
}

/** What may follow an option. */
interface Values {
  /** To choose from, if the value is one of a few. */
  readonly choices: readonly string[];
  /** Whether it is the path of a file or folder. */
  readonly isPath: boolean;
}

function valuesOf({ placeholder = "" }: Option): Values {
  return {
    choices: /^[a-z+-]+(\|[a-z+-]+)+$/.test(placeholder)
      ? placeholder.split("|")
      : [],
    isPath: /^(FILE|DIR|PATH)(\.\w+)?$/.test(placeholder),
  };
}

/** First sentence of a text. */
function brief(text: string): string {
  return text.split(/[.;:](?:\s|$)/)[0]!;
}

/** First sentence of what a command's help says. */
function about(command: typeof COMMANDS[number]): string {
  return brief(helpText(command));
}

function flagged(command: typeof COMMANDS[number]): (Option & {
  readonly flag: string;
})[] {
  return optionsOf(command).filter(
    (option): option is Option & { flag: string } => option.flag !== undefined,
  );
}

function bash(): string {
  const options = COMMANDS.map((command) =>
    `    ${command}) options="${
      flagged(command).map(({ flag }) => `--${flag}`).join(" ")
    }" ;;`
  );
  const values = new Map<string, string>();
  for (const command of COMMANDS) {
    for (const option of flagged(command)) {
      const { choices, isPath } = valuesOf(option);
      if (choices.length > 0) {
        values.set(
          option.flag,
          `COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$word"))`,
        );
      } else if (isPath) {
        values.set(option.flag, `COMPREPLY=($(compgen -f -- "$word"))`);
      } else if (option.placeholder !== undefined) {
        values.set(option.flag, "COMPREPLY=()");
      }
    }
  }
  return `# Completions of splatscout for bash.
_splatscout() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command=find options
  case "\${COMP_WORDS[1]}" in
    ${COMMANDS.join("|")}) command="\${COMP_WORDS[1]}" ;;
  esac
  case "$before" in
${
    [...values].map(([flag, reply]) => `    --${flag}) ${reply}; return ;;`)
      .join("\n")
  }
  esac
  case "$command" in
${options.join("\n")}
  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${COMMANDS.join(" ")}" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _splatscout splatscout
`;
}

function zsh(): string {
  const quoted = (text: string): string =>
    text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
  const commands = COMMANDS.map((command) =>
    `    '${command}:${quoted(about(command))}'`
  );
  const cases = COMMANDS.map((command) => {
    const specs = flagged(command).map((option) => {
      const { choices, isPath } = valuesOf(option);
      const value = option.placeholder === undefined
        ? ""
        : choices.length > 0
        ? `:value:(${choices.join(" ")})`
        : isPath
        ? ":path:_files"
        : `:${quoted(option.placeholder.toLowerCase())}:`;
      const many = option.multiple ? "*" : "";
      return `      '${many}--${option.flag}[${
        quoted(brief(option.help))
      }]${value}' \\`;
    });
    return `    ${command})
      _arguments \\
${specs.join("\n")}
      '*:file:_files' ;;`;
  });
  return `#compdef splatscout
# Completions of splatscout for zsh.
_splatscout() {
  local -a commands=(
${commands.join("\n")}
  )
  local command=find
  if ((CURRENT == 2)) && [[ "$words[2]" != -* ]]; then
    _describe command commands
    return
  fi
  if ((\${commands[(I)$words[2]:*]})); then
    command=$words[2]
    shift words
    ((CURRENT--))
  fi
  case $command in
${cases.join("\n")}
  esac
}
compdef _splatscout splatscout
`;
}

function fish(): string {
  const quoted = (text: string): string =>
    `'${text.replace(/['\\]/g, "\\$&")}'`;
  const named = `__fish_seen_subcommand_from ${COMMANDS.join(" ")}`;
  const lines = COMMANDS.map((command) =>
    `complete -c splatscout -n 'not ${named}' -f -a ${command} -d ${
      quoted(about(command))
    }`
  );
  for (const command of COMMANDS) {
    const condition = command === "find"
      ? `not ${named}; or __fish_seen_subcommand_from find`
      : `__fish_seen_subcommand_from ${command}`;
    for (const option of flagged(command)) {
      const { choices, isPath } = valuesOf(option);
      const value = option.placeholder === undefined
        ? ""
        : choices.length > 0
        ? ` -x -a ${quoted(choices.join(" "))}`
        : isPath
        ? " -r -F"
        : " -x";
      lines.push(
        `complete -c splatscout -n '${condition}' -l ${option.flag}${value} -d ${
          quoted(brief(option.help))
        }`,
      );
    }
  }
  return `# Completions of splatscout for fish.\n${lines.join("\n")}\n`;
}

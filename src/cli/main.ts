/**
 * The command line: parses, hands over to a command, and turns its end into an
 * exit code. stdout belongs to events and data alone.
 *
 * @module
 */

import { readEnv } from "./permissions.ts";
import { VERSION } from "../version.ts";
import { isClosedPipe, printable, say, writeOut } from "./terminal.ts";
import {
  type Command,
  type CommandLine,
  optionsOf,
  parseCommandLine,
  UsageError,
} from "../config/mod.ts";

const USAGE = 2;
/** As shells tell of a process that SIGINT or SIGTERM ended. */
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Commands to which a word that belongs to no option says something. */
const TAKE_WORDS: readonly Command[] = [
  "find",
  "inspect",
  "replay",
  "completions",
];

/** Runs a command to its end and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  let stoppedBy: keyof typeof SIGNAL_CODES | undefined;
  const unlisten = listen((signal) => {
    if (stoppedBy) Deno.exit(SIGNAL_CODES[signal]); // Asked twice: at once.
    stoppedBy = signal;
    stop.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
  });
  try {
    const line = parseCommandLine(argv, readEnv);
    const code = await dispatch(line, stop.signal);
    // A server that is told to stop has done what it should.
    return stoppedBy && !isService(line) ? SIGNAL_CODES[stoppedBy] : code;
  } catch (fault) {
    if (stoppedBy) return SIGNAL_CODES[stoppedBy];
    if (isClosedPipe(fault)) return 0; // The reader has left: it has had enough.
    const words = fault instanceof Error ? fault.message : String(fault);
    say(`splatscout: ${words.split("\n").map(printable).join("\n")}`);
    return USAGE;
  } finally {
    unlisten();
  }
}

/** Whether it runs until somebody stops it. */
function isService({ command, config }: CommandLine): boolean {
  return command === "serve" || command === "mcp" || config.serve;
}

/** Loads only the command that is asked for. */
async function dispatch(
  { command, positionals, config }: CommandLine,
  signal: AbortSignal,
): Promise<number> {
  if (config.help) {
    const { helpText } = await import("./help.ts");
    await writeOut(helpText(command));
    return 0;
  }
  if (config.version) {
    await writeOut(`splatscout ${VERSION}\n`);
    return 0;
  }
  refuseWords(command, positionals);
  switch (command) {
    case "find": {
      const { find } = await import("./find.ts");
      return await find(positionals, config, signal);
    }
    case "render": {
      const { render } = await import("./render.ts");
      return await render(config, signal);
    }
    case "inspect": {
      const { inspect } = await import("./inspect.ts");
      return await inspect(positionals, config, signal);
    }
    case "serve": {
      const { serve } = await import("./serve.ts");
      return await serve(config, signal);
    }
    case "replay": {
      const { replay } = await import("./replay.ts");
      return await replay(positionals, config, signal);
    }
    case "mcp": {
      const { mcp } = await import("./mcp.ts");
      return await mcp(config, signal);
    }
    case "doctor": {
      const { doctor } = await import("./doctor.ts");
      return await doctor(config, signal);
    }
    case "eval": {
      const { evaluatePolicies } = await import("./eval.ts");
      return await evaluatePolicies(config, signal);
    }
    case "completions": {
      const { completions } = await import("./completions.ts");
      return await completions(positionals);
    }
  }
}

/**
 * A scene that is named without its option would be passed over in silence.
 *
 * @throws {UsageError} If there are words, and the command has no use for any.
 */
function refuseWords(command: Command, words: readonly string[]): void {
  if (words.length === 0 || TAKE_WORDS.includes(command)) return;
  const takesScene = optionsOf(command).some(({ flag }) => flag === "scene");
  throw new UsageError(
    `Cannot ${command} ${words.join(" ")} as only options are known: ${
      takesScene ? "a scene is --scene FILE" : "--help lists them"
    }`,
  );
}

function listen(
  onSignal: (signal: keyof typeof SIGNAL_CODES) => void,
): () => void {
  const signals: (keyof typeof SIGNAL_CODES)[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => {
    const listener = (): void => onSignal(signal);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => listeners.forEach((remove) => remove());
}

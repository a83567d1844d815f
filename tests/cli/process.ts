/** Runs the program as its users do: a process of its own. */

import { type AgentEvent, agentEvent } from "../../src/events/event.ts";

const root = new URL("../../", import.meta.url);

/** How the program is run. */
export interface CliOptions {
  /** Permission flags. @default {none at all} */
  permissions?: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Sends SIGINT when that many lines have come. */
  interruptAfter?: number;
}

/** How it went. */
export interface CliResult {
  code: number;
  /** Lines of stdout with the time since the start at which each came, ms. */
  lines: { text: string; at: number }[];
  stderr: string;
}

/** Path of the program. */
export const cliPath: string = decodeURIComponent(
  new URL("cli.ts", root).pathname,
);

/** Milliseconds for which a program may run that is to end by itself. */
const patience = 180_000;

/** Runs `deno run <permissions> cli.ts <args>` to its end, stdin closed. */
export async function cli(
  args: readonly string[],
  { permissions = [], env = {}, cwd, interruptAfter }: CliOptions = {},
): Promise<CliResult> {
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, cliPath, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(patience),
    env: {
      VLLM_BASE_URL: "",
      VLLM_MODEL: "",
      VLLM_API_KEY: "",
      NO_COLOR: "1",
      ...env,
    },
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  const lines: CliResult["lines"] = [];
  const reading = (async () => {
    let rest = "";
    for await (
      const chunk of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop()!;
      for (const text of parts) {
        lines.push({ text, at: performance.now() - started });
        if (lines.length === interruptAfter) child.kill("SIGINT");
      }
    }
    if (rest !== "") {
      lines.push({ text: rest, at: performance.now() - started });
    }
  })();
  const errors = new Response(child.stderr).text();
  const [{ code }, stderr] = await Promise.all([child.status, errors, reading]);
  return { code, lines, stderr };
}

/** Each line as an event of the wire; throws on any other line. */
export function parseEvents(lines: CliResult["lines"]): AgentEvent[] {
  return lines.map(({ text }) => agentEvent.parse(JSON.parse(text)));
}

/** Other systems' `script` takes other arguments than that of util-linux. */
export const ignoreTerminal: boolean = Deno.build.os !== "linux";

/**
 * Runs `deno <args>` on a terminal of its own (`script`), where a prompt would
 * wait for ever.
 */
export async function onTerminal(
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const quoted = [Deno.execPath(), ...args].map((word) =>
    `'${word.replaceAll("'", "'\\''")}'`
  );
  const { code, stdout } = await new Deno.Command("script", {
    args: ["-qec", quoted.join(" "), "/dev/null"],
    stdin: "null",
    env: { VLLM_BASE_URL: "", VLLM_MODEL: "", VLLM_API_KEY: "" },
    signal: AbortSignal.timeout(60_000), // A prompt waits for ever.
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

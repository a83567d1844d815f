/**
 * Starts the fake vLLM server as a process of its own, for tests.
 *
 * @module
 */

import type { FakeServerOptions } from "./checks.ts";
import type { FakeScript } from "./script.ts";
import type { FakeState, LoggedRequest } from "./server.ts";

/** Options for {@linkcode startFakeVllm}: the server's, and what it says. */
export interface StartFakeVllmOptions extends FakeServerOptions {
  /** A name, a path of a module, or the script itself. @default {"move"} */
  readonly script?: string | FakeScript;
  /** Delay of every reply that has none of its own, milliseconds. @default {0} */
  readonly latencyMs?: number;
}

/** A running server. */
export interface FakeVllm extends AsyncDisposable {
  /** Without /v1. */
  readonly url: string;
  /** Completions so far, in order of arrival. */
  requests(): Promise<LoggedRequest[]>;
  /** Completions under way. */
  running(): Promise<number>;
  /** Counts. */
  state(): Promise<FakeState>;
  /** Resolves once `condition` holds of the counts; throws after five seconds. */
  until(condition: (state: FakeState) => boolean): Promise<FakeState>;
  /** Replaces the script; `first` and `agents` count from the server's start. */
  say(script: FakeScript): Promise<void>;
  /** Kills the process. */
  stop(): Promise<void>;
}

/** Starts a server; `await using` or {@linkcode FakeVllm.stop} ends it. */
export async function startFakeVllm(
  { script = "move", latencyMs = 0, ...options }: StartFakeVllmOptions = {},
): Promise<FakeVllm> {
  const entry = new URL("./server.ts", import.meta.url);
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-config",
      "--no-lock",
      "--allow-net",
      "--allow-read",
      entry.href,
      `--script=${
        typeof script === "string" ? script : JSON.stringify(script)
      }`,
      `--latency=${latencyMs}`,
      `--options=${JSON.stringify(options)}`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  for await (
    const text of process.stdout.pipeThrough(new TextDecoderStream())
  ) {
    printed += text;
    if (printed.includes("\n")) break;
  }
  const url = printed.trim();
  if (url === "") {
    throw new Error(
      `Cannot start the fake server: exit code ${(await process.status).code}`,
    );
  }
  const get = async <T>(path: string): Promise<T> =>
    await (await fetch(url + path)).json();
  const state = (): Promise<FakeState> => get("/fake/state");
  const stop = async (): Promise<void> => {
    try {
      process.kill("SIGKILL");
    } catch {
      // gone already
    }
    await process.status;
  };
  return {
    url,
    requests: () => get("/fake/requests"),
    running: async () => (await state()).running,
    state,
    async until(condition): Promise<FakeState> {
      const giveUpAt = performance.now() + 5000;
      for (;;) {
        const now = await state();
        if (condition(now)) return now;
        if (performance.now() > giveUpAt) {
          throw new Error(`Never came true; at last ${JSON.stringify(now)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async say(replacement): Promise<void> {
      const response = await fetch(`${url}/fake/script`, {
        method: "PUT",
        body: JSON.stringify(replacement),
      });
      await response.body?.cancel();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

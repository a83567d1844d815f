/**
 * `deno task serve` as a process of its own, as operators run it.
 *
 * @module
 */

import { RawClient, until } from "./harness.ts";

const root = new URL("../../", import.meta.url);

/** The server as users know it. */
export interface ServeProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** What it has said on stderr so far, one JSON object a line. */
  readonly log: () => string;
  kill(signal: Deno.Signal): void;
  readonly status: Promise<Deno.CommandStatus>;
}

/** Options of {@linkcode startServe}. */
export interface ServeOptions {
  /** Makes it PID 1 of a namespace of its own, as in a container. */
  readonly asInit?: boolean;
  /** A module that is run before the program. */
  readonly preload?: URL;
}

/**
 * Runs `main.ts`, with `flags`, and waits until it listens.
 *
 * @throws {Error} With its exit code and what it said, if it ends before that.
 */
export async function startServe(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { asInit = false, preload }: ServeOptions = {},
): Promise<ServeProcess> {
  const program = [
    Deno.execPath(),
    "run",
    "--no-check",
    "-A",
    ...(preload === undefined ? [] : [`--preload=${preload}`]),
    "main.ts",
  ];
  const command = asInit
    ? ["unshare", "-Urpf", "--mount-proc", "--kill-child", ...program]
    : program;
  const child = new Deno.Command(command[0]!, {
    args: [...command.slice(1), "--port=0", ...flags],
    cwd: decodeURIComponent(root.pathname),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    env: {
      VLLM_BASE_URL: "",
      VLLM_MODEL: "",
      VLLM_API_KEY: "",
      NO_COLOR: "1",
      ...env,
    },
  }).spawn();
  let log = "";
  const logging = child.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write: (text) => {
        log += text;
      },
    }),
  );
  let ended = false;
  const status = child.status.then((status) => {
    ended = true;
    return status;
  });
  const port = (): string | undefined =>
    /"url":"http:\/\/[^"]*:(\d+)\/"/.exec(log)?.[1];
  await until(() => ended || port() !== undefined, 60_000);
  if (port() === undefined) {
    await logging;
    const { code } = await status;
    throw new Error(`The server did not start (${code}): ${log}`);
  }
  return {
    port: Number(port()),
    url: `http://127.0.0.1:${port()}`,
    log: () => log,
    status,
    kill: (signal) =>
      Deno.kill(asInit ? onlyChildOf(child.pid) : child.pid, signal),
    async [Symbol.asyncDispose](): Promise<void> {
      if (!ended) child.kill("SIGKILL");
      await Promise.all([status, logging]);
    },
  };
}

/** The process that `unshare` has forked. */
function onlyChildOf(pid: number): number {
  return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`));
}

/** Starts a run over a connection of its own. @returns that connection, to be left */
export async function postRaw(
  port: number,
  body: Record<string, unknown>,
): Promise<RawClient> {
  const text = JSON.stringify(body);
  return await RawClient.send(
    port,
    `POST /stream_agents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}

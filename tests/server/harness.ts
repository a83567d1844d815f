/**
 * A scripted server as a process of its own, and clients for it that keep
 * closer to the wire than `fetch`.
 *
 * @module
 */

import type { ServerLimits } from "../../src/server/limits.ts";
import type { ServerConfig } from "../../src/server/server.ts";

/** Changes to the test configuration. */
export type Changes = Partial<Omit<ServerConfig, "limits">> & {
  readonly limits?: Partial<ServerLimits>;
};

/** A server process. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** What it has said on stderr so far. */
  readonly log: () => string;
  readonly pid: number;
  kill(signal: Deno.Signal): void;
  /** Its exit code, once it has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** One number of /metrics. */
  metric(name: string): Promise<number>;
}

/** Options of {@linkcode startProcess}. */
export interface ProcessOptions {
  /** File descriptors that it may have. */
  readonly descriptors?: number;
  /** Blocks of 1024 bytes that a file may have: a disk that fills up. */
  readonly fileBlocks?: number;
  /** Path of another server than the scripted one. */
  readonly script?: string;
}

const scriptedServer =
  new URL("./scripted_server.ts", import.meta.url).pathname;

/** Starts a server and waits until it listens. */
export async function startProcess(
  changes: Changes = {},
  { descriptors, fileBlocks, script = scriptedServer }: ProcessOptions = {},
): Promise<ServerProcess> {
  const args = ["run", "--no-check", "-A", script, JSON.stringify(changes)];
  const limits = [
    ...(descriptors === undefined ? [] : [`ulimit -n ${descriptors}`]),
    ...(fileBlocks === undefined
      ? []
      : [`trap "" XFSZ; ulimit -S -f ${fileBlocks}`]),
  ];
  const limited = limits.length === 0 ? { command: Deno.execPath(), args } : {
    command: "bash",
    args: [
      "-c",
      `${limits.join("; ")}; exec "$0" "$@"`,
      Deno.execPath(),
      ...args,
    ],
  };
  const child = new Deno.Command(limited.command, {
    args: limited.args,
    // Never written to: its end tells the server that this process is gone.
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  let log = "";
  const logging = child.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write: (text) => {
        log += text;
      },
    }),
  );
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  if (value === undefined) {
    await logging;
    throw new Error(`The server did not start: ${log}`);
  }
  const { port } = JSON.parse(value);
  const draining = (async () => {
    while (!(await reader.read()).done);
  })();
  const url = `http://127.0.0.1:${port}`;
  let ended = false;
  const status = child.status.then((status) => {
    ended = true;
    return status;
  });
  return {
    port,
    url,
    pid: child.pid,
    status,
    log: () => log,
    kill: (signal) => child.kill(signal),
    async metric(name): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text.split("\n").find((line) => line.startsWith(`${name} `));
      return Number(line?.slice(name.length + 1));
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (!ended) child.kill("SIGKILL");
      await Promise.all([status, logging, draining]);
      await child.stdin.close().catch(() => {
        // Closed by the server's end.
      });
    },
  };
}

/** Body and headers of a request to search. */
export function startRequest(
  query: string,
  rest: Record<string, unknown> = {},
): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, num_agents: 1, ...rest }),
  };
}

/** Starts a session without a reader. @returns its id */
export async function startSession(
  { url }: { readonly url: string },
  query: string,
  rest: Record<string, unknown> = {},
): Promise<string> {
  const answer = await fetch(`${url}/sessions`, startRequest(query, rest));
  const { session_id, error } = await answer.json();
  if (session_id === undefined) throw new Error(error.message);
  return session_id;
}

/** A connection that is spoken to in bytes. */
export class RawClient implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #decoder = new TextDecoder();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<RawClient> {
    return new RawClient(
      await Deno.connect({ hostname: "127.0.0.1", port }),
    );
  }

  /** Connects and sends. */
  static async send(port: number, text: string): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.write(text);
    return client;
  }

  async write(text: string | Uint8Array): Promise<void> {
    let bytes = typeof text === "string"
      ? new TextEncoder().encode(text)
      : text;
    while (bytes.length > 0) {
      bytes = bytes.subarray(await this.#connection.write(bytes));
    }
  }

  /** What comes next; `undefined` at the end or if the connection was cut. */
  async read(): Promise<string | undefined> {
    const buffer = new Uint8Array(65_536);
    const n = await this.#connection.read(buffer).catch(() => null);
    return n === null
      ? undefined
      : this.#decoder.decode(buffer.subarray(0, n), { stream: true });
  }

  /** Reads until `part` has come, or the end. */
  async readUntil(part: string): Promise<string> {
    let text = "";
    while (!text.includes(part)) {
      const more = await this.read();
      if (more === undefined) break;
      text += more;
    }
    return text;
  }

  /** Reads to the end. */
  async readAll(): Promise<string> {
    return await this.readUntil("\0never");
  }

  /** Says that nothing more will be sent. */
  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite();
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // Closed already.
    }
  }
}

/** Waits until `condition` holds. @throws {Error} If it does not within `milliseconds`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  milliseconds: number,
): Promise<number> {
  const start = performance.now();
  while (!await condition()) {
    if (performance.now() - start > milliseconds) {
      throw new Error(`It did not happen within ${milliseconds} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}

/** The promise's value, or `undefined` after `milliseconds`. */
export async function within<Value>(
  promise: Promise<Value>,
  milliseconds: number,
): Promise<Value | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, milliseconds, undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

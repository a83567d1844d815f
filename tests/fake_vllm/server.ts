/**
 * A server that behaves like vLLM, for tests: real sockets, scripted replies,
 * latency and faults. Prints its base URL as the only line on stdout.
 *
 *     deno run --allow-net tests/fake_vllm/server.ts --port 0 --script found:3@1
 *     deno run --allow-net --allow-read tests/fake_vllm/server.ts --script replies.ts
 *
 * `--script` takes a name (see script.ts), JSON, or a module whose default
 * export answers requests; `--latency MS` delays every reply; `--options JSON`
 * sets up the server (see checks.ts).
 *
 * Beside vLLM's own paths: GET /fake/requests, GET /fake/state, PUT /fake/script.
 *
 * @module
 */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { deliver } from "./answer.ts";
import {
  type FakeServerOptions,
  PrefixCache,
  promptTokens,
  refusalOf,
} from "./checks.ts";
import {
  chooseReply,
  type FakeReply,
  type FakeRequest,
  type FakeScriptFunction,
  type Json,
  namedScript,
} from "./script.ts";

/** What GET /fake/requests tells of a completion. */
export interface LoggedRequest {
  readonly agent: number;
  readonly step: number;
  readonly kind: FakeRequest["kind"];
  readonly headers: Record<string, string>;
  /** As sent, byte for byte. */
  readonly text: string;
  /** The client left before the end. */
  aborted: boolean;
  /** Prompt tokens that were in the prefix cache. */
  cached: number;
  /** Client's port: tells connections apart. */
  readonly connection: number;
}

/** What GET /fake/state tells. */
export interface FakeState {
  readonly running: number;
  readonly aborted: number;
}

class FakeServer {
  readonly #options: FakeServerOptions;
  readonly #requests: LoggedRequest[] = [];
  readonly #turns = new Map<number, number>();
  readonly #served = new WeakSet<object>();
  readonly #expiries = new WeakMap<object, ReturnType<typeof setTimeout>>();
  readonly #cache = new PrefixCache();
  readonly #readyAt: number;
  #script: FakeScriptFunction;
  #running = 0;
  #aborted = 0;

  constructor(script: FakeScriptFunction, options: FakeServerOptions) {
    this.#script = script;
    this.#options = options;
    this.#readyAt = options.loadingStatus === undefined
      ? 0
      : performance.now() + (options.loadingMs ?? 0);
  }

  create(): Server {
    const server = createServer((incoming, response) => {
      this.#route(incoming, response).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    });
    return server;
  }

  async #route(
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const arrivedAt = performance.now();
    this.#expireWhenIdle(incoming, response);
    const body = await readBody(incoming);
    const path = incoming.url!.split("?")[0]!;
    const json = (value: unknown, status = 200): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    switch (path) {
      case "/fake/requests":
        return json(this.#requests);
      case "/fake/state":
        return json(
          {
            running: this.#running,
            aborted: this.#aborted,
          } satisfies FakeState,
        );
      case "/fake/script":
        this.#script = asFunction(namedScript(body)!);
        return json({});
    }
    if (performance.now() < this.#readyAt) {
      return json(
        { error: { message: "loading" } },
        this.#options.loadingStatus,
      );
    }
    const { apiKey } = this.#options;
    if (
      apiKey !== undefined && path.startsWith("/v1") &&
      incoming.headers.authorization !== `Bearer ${apiKey}`
    ) return json({ error: "Unauthorized" }, 401);
    switch (`${incoming.method} ${path}`) {
      case "GET /health":
        response.end();
        return;
      case "GET /version":
        return json({ version: "0.32.0-fake" });
      case "GET /metrics":
        response.end(this.#metrics());
        return;
      case "GET /v1/models":
        return json({ object: "list", data: this.#models() });
      case "POST /v1/chat/completions":
        return await this.#complete(incoming, response, {
          text: body,
          arrivedAt,
        });
    }
    json({ detail: "Not Found" }, 404);
  }

  #models(): unknown[] {
    const { models = ["tiny"], maxModelLength = 32_768 } = this.#options;
    return models.map((id) => ({
      id,
      object: "model",
      owned_by: "vllm",
      max_model_len: maxModelLength,
    }));
  }

  async #complete(
    incoming: IncomingMessage,
    response: ServerResponse,
    { text, arrivedAt }: { text: string; arrivedAt: number },
  ): Promise<void> {
    const reused = this.#served.has(incoming.socket);
    this.#served.add(incoming.socket);
    const body = JSON.parse(text);
    const headers = incoming.headers as Record<string, string>;
    const request = describe(body, headers, {
      index: this.#requests.length,
      turns: this.#turns,
    });
    const logged: LoggedRequest = {
      agent: request.agent,
      step: request.step,
      kind: request.kind,
      headers,
      text,
      aborted: false,
      cached: 0,
      connection: incoming.socket.remotePort ?? 0,
    };
    this.#requests.push(logged);
    const { maxBody = Infinity } = this.#options;
    const refusal = text.length > maxBody
      ? { status: 413, body: "<html>413 Request Entity Too Large</html>" }
      : refusalOf(body, this.#options);
    const reply: FakeReply = refusal
      ? { status: refusal.status, error: refusal.body }
      : await this.#script(request);
    logged.cached = refusal ? 0 : this.#cache.look(body);

    const gone = new AbortController();
    response.on("close", () => {
      if (response.writableFinished) return;
      logged.aborted = reply.fault !== "reset" && reply.fault !== "reset-mid";
      if (logged.aborted) this.#aborted++;
      gone.abort();
    });
    this.#running++;
    try {
      await deliver(incoming, response, {
        request,
        reply,
        usage: { prompt: promptTokens(body), cached: logged.cached },
        arrivedAt,
        reused,
        signal: gone.signal,
      });
    } finally {
      this.#running--;
    }
  }

  /** Resets the connection if nothing follows: the client may be writing just then. */
  #expireWhenIdle({ socket }: IncomingMessage, response: ServerResponse): void {
    clearTimeout(this.#expiries.get(socket));
    response.on("finish", () => {
      const { keepAliveMs = 5000 } = this.#options;
      const expiry = setTimeout(() => socket.resetAndDestroy(), keepAliveMs);
      this.#expiries.set(socket, expiry);
    });
  }

  #metrics(): string {
    const label = `{engine="0",model_name="${
      this.#options.models?.[0] ?? "tiny"
    }"}`;
    return [
      `vllm:num_requests_running${label} ${this.#running.toFixed(1)}`,
      `vllm:prefix_cache_queries_total${label} ${
        this.#cache.queries.toFixed(1)
      }`,
      `vllm:prefix_cache_hits_total${label} ${this.#cache.hits.toFixed(1)}`,
      "",
    ].join("\n");
  }
}

/** What a script may know of a request. */
function describe(
  body: Json,
  headers: Record<string, string>,
  { index, turns }: { index: number; turns: Map<number, number> },
): FakeRequest {
  const agent = Number(
    headers["x-request-id"]?.match(/agent-(\d+)/)?.[1] ??
      headers["x-agent-id"] ?? 0,
  );
  const turn = turns.get(agent) ?? 0;
  turns.set(agent, turn + 1);
  const content = body.messages.at(-1).content;
  const text: string = typeof content === "string"
    ? content
    : content.map((part: Json) => part.text ?? "").join("\n");
  const numbers = text.match(/Position: \(([^)]*)\), yaw=(-?\d+(?:\.\d+)?)/);
  const [x = 0, y = 0, z = 0] = (numbers?.[1] ?? "").split(",").map(Number);
  return {
    index,
    agent,
    turn,
    step: Number(text.match(/Step (\d+)\//)?.[1] ?? -1),
    pose: { x, y, z, yaw: Number(numbers?.[2] ?? 0) },
    kind: numbers ? "step" : "question",
    body,
  };
}

function asFunction(
  script: Exclude<ReturnType<typeof namedScript>, undefined>,
): FakeScriptFunction {
  return (request) => chooseReply(script, request);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of incoming) parts.push(part);
  return new TextDecoder().decode(await new Blob(parts as BlobPart[]).bytes());
}

/** Listens now, or once `loadingMs` are over on a port chosen now. */
async function listen(
  server: Server,
  options: FakeServerOptions,
): Promise<string> {
  const { port = 0, loadingMs = 0, loadingStatus } = options;
  const started = (on: number): Promise<number> =>
    new Promise((resolve) =>
      server.listen(
        on,
        "127.0.0.1",
        () => resolve((server.address() as AddressInfo).port),
      )
    );
  let chosen = port;
  if (loadingMs > 0 && loadingStatus === undefined) {
    using probe = Deno.listen({ hostname: "127.0.0.1", port });
    chosen = probe.addr.port;
    setTimeout(() => started(chosen), loadingMs);
  } else {
    chosen = await started(port);
  }
  return `http://127.0.0.1:${chosen}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      port: { type: "string", default: "0" },
      script: { type: "string", default: "move" },
      latency: { type: "string", default: "0" },
      options: { type: "string", default: "{}" },
    },
  });
  const named = namedScript(values.script);
  const base: FakeScriptFunction = named
    ? asFunction(named)
    : (await import(new URL(values.script, `file://${Deno.cwd()}/`).href))
      .default;
  const latency = Number(values.latency);
  const script: FakeScriptFunction = async (request) => {
    const reply = await base(request);
    return { ...reply, latencyMs: reply.latencyMs ?? latency };
  };
  const options: FakeServerOptions = {
    port: Number(values.port),
    ...JSON.parse(values.options),
  };
  const server = new FakeServer(script, options).create();
  await Deno.stdout.write(
    new TextEncoder().encode(`${await listen(server, options)}\n`),
  );
}

if (import.meta.main) await main();

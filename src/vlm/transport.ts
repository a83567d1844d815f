/**
 * HTTP to an endpoint by the `openai` package: loaded at the first request, so
 * that a run without a model never pays for it.
 *
 * @module
 */

import type OpenAI from "openai";
import { EndpointError } from "./errors.ts";
import type { StreamChunk } from "./read_stream.ts";

/**
 * Idle connections are dropped after so long, milliseconds: vLLM closes them
 * after five seconds, and a request on a dying one is answered by a reset.
 */
const POOL_IDLE = 4_000;
/** The package's own limit, milliseconds; the caller's signal is the real one. */
const PACKAGE_TIMEOUT = 24 * 3600 * 1000;

/** How to reach the endpoint. */
export interface TransportOptions {
  /** With its version, without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

/** What one request carries. */
export interface TransportRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A connection pool to one endpoint. It neither retries nor waits by itself. */
export class Transport implements Disposable {
  readonly #options: TransportOptions;
  #pool: Deno.HttpClient | undefined;
  #client: Promise<OpenAI> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The models that the endpoint lists, with vLLM's extra fields. */
  async models(
    { headers, signal }: Omit<TransportRequest, "body">,
  ): Promise<{ id: string; max_model_len?: number }[]> {
    const client = await this.#load();
    const { data } = await client.get<{
      data?: { id: string; max_model_len?: number }[];
    }>("/models", { headers, signal });
    return data ?? [];
  }

  /** Asks for a completion; the chunks of a stream, or a plain completion as the only one. */
  async complete(
    { body, headers, signal }: TransportRequest,
  ): Promise<AsyncIterable<StreamChunk>> {
    const client = await this.#load();
    const { data, response } = await client.post<AsyncIterable<StreamChunk>>(
      "/chat/completions",
      {
        body,
        headers: { ...headers, "content-type": "application/json" },
        signal,
        stream: true,
      },
    ).withResponse();
    const type = response.headers.get("content-type") ?? "";
    if (type.includes("text/html")) {
      await response.body?.cancel();
      throw new EndpointError(
        `${this.#options.baseUrl} answers with a page for people. Correct --base-url`,
      );
    }
    return type.includes("json") ? once(await response.json()) : data;
  }

  /** Closes idle connections. */
  [Symbol.dispose](): void {
    this.#pool?.close();
  }

  #load(): Promise<OpenAI> {
    return this.#client ??= import("openai").catch((cause) => {
      throw new EndpointError(
        `Cannot ask a model as the openai package is not there: ${cause.message}. Fetch it with deno install`,
        { cause },
      );
    }).then(({ OpenAI }) => {
      const { baseUrl, apiKey } = this.#options;
      const pool = this.#pool ??= Deno.createHttpClient({
        poolIdleTimeout: POOL_IDLE,
      });
      return withoutEnvironment(() =>
        new OpenAI({
          baseURL: baseUrl,
          // The package insists on a key; without one none is sent.
          apiKey: apiKey ?? "none",
          defaultHeaders: apiKey === undefined ? { Authorization: null } : {},
          adminAPIKey: null,
          organization: null,
          project: null,
          webhookSecret: null,
          maxRetries: 0,
          timeout: PACKAGE_TIMEOUT,
          logLevel: "off",
          fetch: (input, init) => fetch(input, { ...init, client: pool }),
        })
      );
    });
  }
}

/**
 * Runs `make` where no environment is seen. The package's constructor reads
 * OPENAI_CUSTOM_HEADERS whatever it is given, which would prompt on a terminal
 * without --allow-env, and would send one service's headers to another.
 */
function withoutEnvironment<Value>(make: () => Value): Value {
  const process = Object.getOwnPropertyDescriptor(globalThis, "process")!;
  Object.defineProperty(globalThis, "process", {
    configurable: true,
    value: { env: {} },
  });
  try {
    return make();
  } finally {
    Object.defineProperty(globalThis, "process", process);
  }
}

async function* once<Value>(value: Value): AsyncGenerator<Value, void> {
  yield await Promise.resolve(value);
}

/**
 * HTTP to an endpoint by the `openai` package: loaded at the first request, so
 * that a run without a model never pays for it.
 *
 * @module
 */

import type OpenAI from "openai";
import type { APIError } from "openai";
import { z } from "zod";
import { BrokenOffError, EndpointError } from "./errors.ts";
import type { StreamChunk } from "./read_stream.ts";

/**
 * Idle connections are dropped after so long, milliseconds: vLLM closes them
 * after five seconds, and a request on a dying one is answered by a reset.
 */
const POOL_IDLE = 4_000;
/** The package's own limit, milliseconds; the caller's signal is the real one. */
const PACKAGE_TIMEOUT = 24 * 3600 * 1000;
/** What ends a stream, and the most line breaks that follow it. */
const END = "[DONE]";
const LINE_BREAKS = 4;

/** The list of models as far as it is looked at; what is none lists nothing. */
const MODELS = z.object({
  data: z.array(z.object({
    id: z.string().min(1),
    max_model_len: z.int().positive().optional().catch(undefined),
  })),
}).catch({ data: [] });

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

/** A completion on its way. */
export interface Completion {
  readonly chunks: AsyncIterable<StreamChunk>;
  /** Whether the server has said that all is sent; asked once the chunks are read. */
  readonly isWhole: () => boolean;
}

/** A model as it is listed. */
export interface ListedModel {
  readonly id: string;
  /** Tokens of prompt and answer together; vLLM tells it, few others do. */
  readonly maxLength: number | undefined;
}

/** A connection pool to one endpoint. It neither retries nor waits by itself. */
export class Transport implements Disposable {
  readonly #options: TransportOptions;
  /** Streams that have come to `[DONE]`. */
  readonly #whole = new WeakSet<Response>();
  #pool: Deno.HttpClient | undefined;
  #client: Promise<OpenAI> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The models that the endpoint lists. */
  async models(
    { headers, signal }: Omit<TransportRequest, "body">,
  ): Promise<ListedModel[]> {
    const client = await this.#load();
    const list: unknown = await client.get("/models", { headers, signal });
    if (typeof list === "string" && list.trimStart().startsWith("<")) {
      throw this.#pageError();
    }
    return MODELS.parse(list).data
      .map(({ id, max_model_len }) => ({ id, maxLength: max_model_len }));
  }

  /** Asks for a completion; the chunks of a stream, or a plain completion as the only one. */
  async complete(
    { body, headers, signal }: TransportRequest,
  ): Promise<Completion> {
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
      throw this.#pageError();
    }
    if (!type.includes("json")) {
      return { chunks: data, isWhole: () => this.#whole.has(response) };
    }
    const completion = await response.json();
    if (completion?.error) throw new BrokenOffError(completion.error);
    return { chunks: once(completion), isWhole: () => true };
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
      class Client extends OpenAI {
        /** Keeps bodies that are no `{"error": ...}`, such as FastAPI's `{"detail": ...}`. */
        protected override makeStatusError(
          status: number,
          body: object,
          message: string | undefined,
          headers: Headers,
        ): APIError {
          const error = body && !("error" in body) ? { error: body } : body;
          return super.makeStatusError(status, error, message, headers);
        }
      }
      return withoutEnvironment(() =>
        new Client({
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
          fetch: async (input, init) =>
            this.#watched(await fetch(input, { ...init, client: pool })),
        })
      );
    });
  }

  #pageError(): EndpointError {
    return new EndpointError(
      `${this.#options.baseUrl} answers with a page for people. Correct --base-url`,
    );
  }

  /** `response`, its stream looked at for the mark of its end, which the package keeps to itself. */
  #watched(response: Response): Response {
    if (response.body === null || !response.ok) return response;
    const decoder = new TextDecoder();
    let tail = "";
    const watch = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        tail = (tail + decoder.decode(bytes, { stream: true }))
          .slice(-END.length - LINE_BREAKS);
        if (tail.trimEnd().endsWith(END)) this.#whole.add(watched);
        controller.enqueue(bytes);
      },
    });
    const watched = new Response(response.body.pipeThrough(watch), response);
    return watched;
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

/**
 * An OpenAI-compatible endpoint: which model it serves, what it does not
 * understand, and how to get an answer out of it in spite of its faults.
 *
 * @module
 */

import type {
  ChatOptions,
  ChatReply,
  ChatRequest,
  ChatSource,
  VlmModel,
} from "./chat.ts";
import {
  BrokenOffError,
  classifyFailure,
  EndpointError,
  type Failure,
  type FailureContext,
  NotReadyError,
  oneLine,
  StepTimeoutError,
} from "./errors.ts";
import { encodeBody } from "./message.ts";
import { readStream, type StreamProgress } from "./read_stream.ts";
import { backoff, delay } from "./retry.ts";
import type { Redactor } from "./secrets.ts";
import { promptTokens } from "./tokens.ts";
import { Transport } from "./transport.ts";

/** Time for the list of models, milliseconds, and tries at it: it is a short answer of any server that is up. */
const LISTING = 10_000;
const LISTING_TRIES = 3;
/** Silence within a running stream that counts as a fault, milliseconds. */
const LONGEST_STALL = 30_000;
/** How long counts are waited for once the finish reason is there, milliseconds. */
const LAST_WORDS = 2_000;
/** Characters a token, for servers that do not count. */
const CHARACTERS_PER_TOKEN = 4;

/** How to reach an endpoint. */
export interface EndpointOptions {
  /** Normalized: with its version, without a slash at the end. */
  readonly baseUrl: string;
  /** The model to ask; undefined for the only one listed. */
  readonly model: string | undefined;
  readonly apiKey: string | undefined;
  /** Further headers; `{agent}` becomes the agent's number. */
  readonly headers: Readonly<Record<string, string>>;
  readonly redactor: Redactor;
  /** Told one line each: what is retried, what the endpoint does not understand. */
  readonly onNotice: (line: string) => void;
}

/** Request fields that a server may refuse, and that an answer can be had without. */
const OPTIONAL_FIELDS = [
  "response_format",
  "chat_template_kwargs",
  "stream_options",
  "max_completion_tokens",
  "temperature",
  "seed",
] as const;
type OptionalField = typeof OPTIONAL_FIELDS[number];
/** What a server most likely means that does not say. */
const LIKELIEST: readonly OptionalField[] = [
  "response_format",
  "chat_template_kwargs",
];

/** The live source of answers. */
export class Endpoint implements ChatSource {
  readonly #options: EndpointOptions;
  readonly #transport: Transport;
  /** Names this client's requests apart from others'. */
  readonly #name = `splatscout-${crypto.randomUUID().slice(0, 8)}`;
  readonly #life = new AbortController();
  /** Fields that this endpoint refused once: never sent again. */
  readonly #refused = new Set<OptionalField>();
  #serial = 0;
  #modelId: string | undefined;
  #hasAnswered = false;
  #model: Promise<VlmModel> | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
  }

  model(signal: AbortSignal): Promise<VlmModel> {
    signal.throwIfAborted();
    // Asked once for all agents, so no single agent's signal stops it.
    this.#model ??= this.#findModel().catch((error) => {
      this.#model = undefined;
      throw error;
    });
    return abortable(this.#model, signal);
  }

  async chat(request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    const { signal, deadline } = options;
    const guessed: OptionalField[] = [];
    let failures = 0;
    let last = "no answer";
    for (;;) {
      const left = deadline - performance.now();
      if (left <= 0) throw this.#tooLate(last);
      const fields = this.#fields(request, await this.model(signal));
      let failure: Failure;
      try {
        return await this.#attempt(request, fields, {
          ...options,
          // Half of the time at first, so that another try fits in.
          patience: failures === 0 ? left / 2 : left,
        });
      } catch (thrown) {
        signal.throwIfAborted();
        failure = classifyFailure(thrown, this.#context());
      }
      if (failure.kind === "refused") {
        this.#giveUpField(failure, { sent: fields, guessed });
        continue;
      }
      if (failure.kind !== "passing") {
        // The server may have been started anew with another model.
        if (failure.kind === "final" && this.#options.model === undefined) {
          this.#model = undefined;
        }
        throw failure.error;
      }
      failures++;
      last = failure.cause;
      // A pooled connection that had died says nothing about the server.
      const wait = failure.stale && failures === 1
        ? 0
        : Math.max(failure.retryAfter ?? 0, backoff(failures));
      if (wait >= deadline - performance.now()) {
        throw this.#tooLate(last, failure.retryAfter);
      }
      if (wait > 0) {
        this.#options.onNotice(
          `agent ${request.agent}: ${last}; asking again in ${
            (wait / 1000).toFixed(1)
          } s`,
        );
        await delay(wait, signal);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    this.#transport[Symbol.dispose]();
    return Promise.resolve();
  }

  async #findModel(): Promise<VlmModel> {
    const { baseUrl, model, redactor } = this.#options;
    await requireNet(baseUrl);
    const listed = await this.#listModels();
    const chosen = model === undefined && listed.length === 1
      ? listed[0]!
      : listed.find(({ id }) => id === model);
    if (chosen !== undefined) {
      this.#modelId = chosen.id;
      return chosen;
    }
    // A router may serve more than it lists.
    if (model !== undefined) return { id: model, maxLength: undefined };
    const names = oneLine(
      redactor.redact(listed.map(({ id }) => id).join(", ")),
    );
    throw new EndpointError(
      listed.length === 0
        ? `Cannot choose a model as ${baseUrl} lists none. Name one with --model`
        : `Cannot choose a model as ${baseUrl} lists several: ${names}. Name one with --model`,
    );
  }

  /** The models that are listed; none if the server lists nothing but one is named. */
  async #listModels(): Promise<VlmModel[]> {
    const { baseUrl, model } = this.#options;
    for (let failures = 1;; failures++) {
      const late = AbortSignal.timeout(LISTING);
      try {
        const listed = await this.#transport.models({
          headers: this.#headers(0),
          signal: AbortSignal.any([this.#life.signal, late]),
        });
        this.#hasAnswered = true;
        return listed;
      } catch (thrown) {
        this.#life.signal.throwIfAborted();
        const { status } = thrown as { status?: number };
        if (model !== undefined && (status === 404 || status === 405)) {
          return []; // the first completion will tell
        }
        const failure = classifyFailure(
          late.aborted
            ? new Error(`no answer within ${LISTING / 1000} s`)
            : thrown,
          this.#context(),
        );
        if (failure.kind !== "passing") throw failure.error;
        if (failures >= LISTING_TRIES) {
          throw new NotReadyError(
            `Cannot use ${baseUrl} as it does not list its models: ${failure.cause}. Wait for a server that is loading with --wait 300`,
          );
        }
        await delay(backoff(failures), this.#life.signal);
      }
    }
  }

  /** One request, from its bytes to the end of its stream. */
  async #attempt(
    request: ChatRequest,
    fields: Readonly<Record<string, unknown>>,
    { signal, deadline, patience }: ChatOptions & { patience: number },
  ): Promise<ChatReply> {
    const stop = new AbortController();
    let silence: Error | undefined;
    let progress: StreamProgress = { characters: 0, finished: false };
    const left = deadline - performance.now();
    const giveUp = (words: string): void => {
      // Whoever has told its finish reason has told all, open as the stream may be.
      if (!progress.finished) silence = new Error(words);
      stop.abort(silence);
    };
    let stall = setTimeout(() => giveUp("no byte came"), patience);
    const end = setTimeout(
      () => giveUp(`the answer had come to ${progress.characters} characters`),
      left,
    );
    try {
      const { chunks, isWhole } = await this.#transport.complete({
        body: encodeBody(request.messages, fields),
        headers: this.#headers(request.agent),
        signal: AbortSignal.any([signal, stop.signal]),
      });
      this.#hasAnswered = true;
      const reply = await readStream(chunks, (now) => {
        progress = now;
        clearTimeout(stall);
        stall = setTimeout(
          () =>
            giveUp(`the stream stood still after ${now.characters} characters`),
          now.finished ? LAST_WORDS : Math.min(LONGEST_STALL, patience),
        );
      });
      // An aborted stream of the package just ends.
      signal.throwIfAborted();
      if (silence) throw silence;
      if (reply.finish === undefined && !isWhole()) {
        throw new Error("connection closed before the answer's end");
      }
      return this.#finish(request, reply);
    } catch (thrown) {
      throw silence ?? thrown;
    } finally {
      clearTimeout(stall);
      clearTimeout(end);
    }
  }

  #finish(
    request: ChatRequest,
    { text, reasoning, finish, usage }: Awaited<ReturnType<typeof readStream>>,
  ): ChatReply {
    if (finish === "error" || finish === "abort") {
      throw new BrokenOffError(`it ended the answer by "${finish}"`);
    }
    const { redactor } = this.#options;
    const prompt = countOf(usage?.prompt_tokens);
    return {
      text: redactor.redact(text),
      reasoning: redactor.redact(reasoning),
      finish: finish ?? "unknown",
      usage: {
        prompt: prompt ?? promptTokens(request.messages),
        cached: countOf(usage?.prompt_tokens_details?.cached_tokens) ?? 0,
        completion: countOf(usage?.completion_tokens) ??
          Math.ceil((text.length + reasoning.length) / CHARACTERS_PER_TOKEN),
        estimated: prompt === undefined,
      },
    };
  }

  /** The request but for its messages, as far as the endpoint understands it. */
  #fields(
    request: ChatRequest,
    model: VlmModel,
  ): Readonly<Record<string, unknown>> {
    const { schema, temperature, seed, maxCompletionTokens } = request;
    const optional: Record<OptionalField, unknown> = {
      response_format: { type: "json_schema", json_schema: schema },
      chat_template_kwargs: { enable_thinking: request.thinking ?? false },
      stream_options: { include_usage: true },
      max_completion_tokens: maxCompletionTokens,
      temperature,
      seed,
    };
    const fields: Record<string, unknown> = { model: model.id, stream: true };
    for (const field of OPTIONAL_FIELDS) {
      if (!this.#refused.has(field)) fields[field] = optional[field];
    }
    if (this.#refused.has("max_completion_tokens")) {
      fields.max_tokens = maxCompletionTokens; // its name before 2024
    }
    return fields;
  }

  /**
   * Remembers that the endpoint does not understand a field of the request:
   * the one that it names, else the likeliest.
   *
   * @throws {EndpointError} If nothing is left to go without; then the guesses were wrong.
   */
  #giveUpField(
    { field, error }: Extract<Failure, { kind: "refused" }>,
    { sent, guessed }: {
      sent: Readonly<Record<string, unknown>>;
      guessed: OptionalField[];
    },
  ): void {
    const named = OPTIONAL_FIELDS.find((name) =>
      name === field && name in sent
    );
    const given = named ?? LIKELIEST.find((name) => name in sent);
    if (given === undefined) {
      guessed.forEach((name) => this.#refused.delete(name));
      throw error;
    }
    if (this.#refused.has(given)) return; // another agent was told so already
    this.#refused.add(given);
    if (named === undefined) guessed.push(given);
    this.#options.onNotice(`${error.message}; going on without ${given}`);
  }

  #headers(agent: number): Record<string, string> {
    const headers: Record<string, string> = {
      "X-Request-Id": `${this.#name}-agent-${agent}-${this.#serial++}`,
    };
    for (const [name, value] of Object.entries(this.#options.headers)) {
      headers[name] = value.replaceAll("{agent}", String(agent));
    }
    return headers;
  }

  #context(): FailureContext {
    const { baseUrl, model, apiKey, redactor } = this.#options;
    return {
      baseUrl,
      model: this.#modelId ?? model ?? "",
      hasKey: apiKey !== undefined,
      hasAnswered: this.#hasAnswered,
      redact: (text) => redactor.redact(text),
    };
  }

  #tooLate(last: string, retryAfter?: number): StepTimeoutError {
    const asked = retryAfter
      ? ` (it asks to wait ${Math.round(retryAfter / 1000)} s)`
      : "";
    return new StepTimeoutError(
      `No answer from ${this.#options.baseUrl} in time: ${last}${asked}. Look at the server, or raise --step-timeout`,
    );
  }
}

/** A count as a server tells it; undefined if that is none. */
function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && value as number >= 0
    ? value as number
    : undefined;
}

/** @throws {EndpointError} If the address may not be reached; asking would prompt. */
async function requireNet(baseUrl: string): Promise<void> {
  const { hostname, port, protocol } = new URL(baseUrl);
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state !== "granted") {
    throw new EndpointError(
      `Cannot reach ${baseUrl} without permission: run again with --allow-net=${host}`,
    );
  }
}

/** `promise`, or the signal's reason if that comes first. */
function abortable<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stop));
  });
}

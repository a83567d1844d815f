/**
 * The program's side of a vision-language model: the one file through which
 * other rooms reach it.
 *
 * @module
 */

import { normalizeBaseUrl } from "./base_url.ts";
import type {
  ChatOptions,
  ChatReply,
  ChatRequest,
  ChatSource,
  VlmModel,
} from "./chat.ts";
import { Endpoint } from "./endpoint.ts";
import {
  ContextOverflowError,
  NotReadyError,
  StepTimeoutError,
} from "./errors.ts";
import type { ChatImage } from "./message.ts";
import {
  type Answer,
  ANSWER_INSTRUCTIONS,
  ANSWER_SCHEMA,
  bounded,
  readAnswer,
} from "./question.ts";
import { spokenText } from "./lenient_json.ts";
import { Recorder } from "./recorder.ts";
import { parseRecording } from "./recording.ts";
import { Replay } from "./replay.ts";
import { delay } from "./retry.ts";
import { Redactor, secretsIn } from "./secrets.ts";
import { TokenEstimate } from "./tokens.ts";
import { addUsage, NO_USAGE, type VlmUsage } from "./usage.ts";

/** Added to the temperature when an answer was of no use, as the same again would be; taken from a hot one. */
const WARMER = 0.3;
/** Servers take temperatures up to 2. */
const HOT = 1.5;
/** Added to the seed then. */
const OTHER_SEED = 1_000_003;
/** Waits between looks for a server that is loading, milliseconds. */
const POLL = 1_000;
/** Tokens of a yes or no with its reasons; more if the model thinks first. */
const ANSWER_TOKENS = { plain: 256, thinking: 4096 };

/** Options of any client. */
export interface VlmClientOptions {
  /** Milliseconds for all attempts at one answer. @default {120000} */
  readonly stepTimeout?: number;
  /** Lets a thinking model think before it answers. @default {false} */
  readonly thinking?: boolean;
  /** Told one line each for people: retries, what the endpoint does not understand. */
  readonly onNotice?: (line: string) => void;
  /** Told of each answer, in the caller's asynchronous context. */
  readonly onAnswer?: (answer: VlmAnswer) => void;
}

/** What is known of one answer beside its text. */
export interface VlmAnswer extends Pick<ChatReply, "usage" | "finish"> {
  /** The model's name. */
  readonly model: string;
  /** From the question to the whole answer, retries included. */
  readonly milliseconds: number;
}

/** Options of a client of a live endpoint. */
export interface ConnectOptions extends VlmClientOptions {
  /** With or without /v1. */
  readonly baseUrl: string;
  /** Undefined or absent for the only one that the endpoint lists. */
  readonly model?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Further headers, for routers; `{agent}` becomes the agent's number. */
  readonly headers?: Readonly<Record<string, string>>;
  /** File that keeps every exchange; overwritten. */
  readonly record?: string | undefined;
}

/** How to ask; the rest is the client's. */
export type Question = Omit<ChatRequest, "thinking">;

/** The best that came of a question. */
export interface Asked<Value> {
  /** What was read; undefined if neither answer was of use. */
  readonly value: Value | undefined;
  /** The answer that counts, as evidence. */
  readonly reply: ChatReply;
}

/** Options for {@linkcode VlmClient.askYesNo}. */
export interface AskYesNoOptions {
  /** Who asks, from 0. */
  readonly agent: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Options for {@linkcode VlmClient.waitUntilReady}. */
export interface WaitOptions {
  /** How long to wait, seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told why it is not ready yet, and how long it has been, seconds. */
  readonly onWaiting?: (reason: string, waited: number) => void;
}

/** A model that answers questions; made once, shared by all agents and runs. */
export class VlmClient implements AsyncDisposable {
  readonly #source: ChatSource;
  readonly #options: VlmClientOptions;
  readonly #stepTimeout: number;
  readonly #recorded: Pick<Replay, "over" | "ending"> | undefined;
  readonly #whole: VlmClient | undefined;
  /** Keeps secrets out of recordings. */
  readonly #redactor: Redactor;
  /** Whether the source is its own to close. */
  readonly #closes: boolean;
  readonly #onAnswer: (answer: VlmAnswer) => void;
  readonly #estimate: TokenEstimate;
  #usage: VlmUsage = NO_USAGE;

  /** Whether the model may think before it answers. */
  readonly thinking: boolean;

  private constructor(
    source: ChatSource,
    options: VlmClientOptions,
    { recorded, whole, redactor = new Redactor([]), closes = true }: {
      recorded?: Pick<Replay, "over" | "ending"> | undefined;
      whole?: VlmClient;
      redactor?: Redactor;
      closes?: boolean;
    } = {},
  ) {
    const { stepTimeout = 120_000, thinking = false, onAnswer } = options;
    this.#source = source;
    this.#options = options;
    this.#stepTimeout = stepTimeout;
    this.#recorded = recorded;
    this.#whole = whole;
    this.#redactor = redactor;
    this.#closes = closes;
    this.#onAnswer = onAnswer ?? (() => {});
    this.#estimate = whole === undefined
      ? new TokenEstimate()
      : whole.#estimate;
    this.thinking = thinking;
  }

  /**
   * A client of a live endpoint. Nothing is sent before the first question.
   *
   * @throws {TypeError} If the base URL is none.
   * @throws {Error} If the file to record into cannot be written.
   */
  static connect(options: ConnectOptions): VlmClient {
    const { headers = {}, record, onNotice = () => {} } = options;
    const redactor = new Redactor([options.apiKey, ...secretsIn(headers)]);
    const endpoint = new Endpoint({
      baseUrl: normalizeBaseUrl(options.baseUrl),
      model: options.model,
      apiKey: options.apiKey,
      headers,
      redactor,
      onNotice: (line) => onNotice(redactor.redact(line)),
    });
    return new VlmClient(
      record === undefined
        ? endpoint
        : new Recorder(endpoint, { path: record, redactor }),
      options,
      { redactor },
    );
  }

  /**
   * A client that answers from a recording made by `record`.
   *
   * @param text the recording's content
   * @throws {SyntaxError} If it is none.
   */
  static replay(text: string, options: VlmClientOptions = {}): VlmClient {
    const { onNotice = () => {} } = options;
    const replay = new Replay(parseRecording(text), { onNotice });
    return new VlmClient(replay, options, { recorded: replay });
  }

  /** Aborts where a replayed run was stopped from outside: stop there, too. Absent for an endpoint. */
  get over(): AbortSignal | undefined {
    return this.#recorded?.over;
  }

  /** Why a replayed run ended before its agents did. */
  get ending(): string | undefined {
    return this.#recorded?.ending;
  }

  /** Keeps in a recording why a run ends before its agents do. */
  noteEnd(reason: string): void {
    this.#source.noteEnd?.(reason);
  }

  /**
   * A client of the same model that counts for itself, too, and closes nothing
   * but its recording: for one run of many.
   *
   * @param options.record as in {@linkcode ConnectOptions}
   * @throws {Error} If the file to record into cannot be written.
   */
  ofOneRun({ record }: Pick<ConnectOptions, "record"> = {}): VlmClient {
    const source = this.#source;
    return new VlmClient(
      record === undefined ? source : new Recorder({
        model: (signal) => source.model(signal),
        chat: (request, options) => source.chat(request, options),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }, { path: record, redactor: this.#redactor }),
      this.#options,
      {
        recorded: this.#recorded,
        redactor: this.#redactor,
        whole: this,
        closes: record !== undefined,
      },
    );
  }

  /** What all answers so far have cost. */
  usage(): VlmUsage {
    return this.#usage;
  }

  /**
   * The model that answers; asked of the endpoint once.
   *
   * @throws {EndpointError} If the endpoint cannot be reached or used, or the model is not clear.
   */
  async ready(signal: AbortSignal): Promise<VlmModel> {
    const late = AbortSignal.timeout(this.#stepTimeout);
    try {
      const model = await this.#source.model(AbortSignal.any([signal, late]));
      for (const client of this.#counting()) {
        client.#usage = { ...client.#usage, model: model.id };
      }
      return model;
    } catch (error) {
      if (signal.aborted || !late.aborted) throw error;
      throw new StepTimeoutError(
        "The endpoint does not list its models in time. Look at the server, or raise --step-timeout",
      );
    }
  }

  /** When a step that begins now must have its answer, on the clock of `performance.now()`. */
  deadline(): number {
    return performance.now() + this.#stepTimeout;
  }

  /**
   * {@linkcode ready}, asked again until a server that is loading answers.
   *
   * @throws {EndpointError} The last failure, if that takes too long.
   */
  async waitUntilReady(
    { seconds, signal, onWaiting }: WaitOptions,
  ): Promise<VlmModel> {
    const start = performance.now();
    for (;;) {
      try {
        return await this.ready(signal);
      } catch (error) {
        const waited = (performance.now() - start) / 1000;
        if (
          !(error instanceof NotReadyError) || signal.aborted ||
          waited + POLL / 1000 > seconds
        ) throw error;
        onWaiting?.(error.message, waited);
        await delay(POLL, signal);
      }
    }
  }

  /** Tokens of a prompt: estimated, corrected by what the server counted before. */
  estimate(messages: Question["messages"]): number {
    return this.#estimate.of(messages);
  }

  /**
   * What `make` makes of what other agents may change, for a question of
   * `agent`: at once, or, in a run that is recorded or replayed, when it is its
   * turn, so that a replay asks what was recorded.
   *
   * @throws As {@linkcode ready}; what `make` throws.
   */
  async compose<Value>(
    agent: number,
    make: () => Value,
    signal: AbortSignal,
  ): Promise<Value> {
    await this.ready(signal);
    return await (this.#source.compose?.(agent, make, signal) ?? make());
  }

  /**
   * Asks, and asks once more with other sampling if `read` can make nothing of
   * the answer.
   *
   * @throws {ContextOverflowError} If the messages are too long for the model.
   * @throws {EndpointError} If no answer can be had, or none in time.
   * @throws The signal's reason if aborted.
   */
  async ask<Value>(
    question: Question,
    read: (reply: ChatReply) => Value | undefined,
    options: ChatOptions,
  ): Promise<Asked<Value>> {
    const once = async (asked: Question): Promise<Asked<Value>> => {
      const request = { ...asked, thinking: this.thinking };
      const start = performance.now();
      const reply = await this.#source.chat(request, options);
      for (const client of this.#counting()) {
        client.#usage = addUsage(client.#usage, reply.usage);
      }
      this.#onAnswer({
        model: this.#usage.model,
        usage: reply.usage,
        finish: reply.finish,
        milliseconds: performance.now() - start,
      });
      if (!reply.usage.estimated) {
        this.#estimate.learn(asked.messages, reply.usage.prompt);
      }
      return { value: read(reply), reply };
    };
    const first = await once(question);
    if (first.value !== undefined) return first;
    const cut = first.reply.finish === "length";
    try {
      return await once({
        ...question,
        temperature: question.temperature +
          (question.temperature > HOT ? -WARMER : WARMER),
        seed: question.seed + OTHER_SEED,
        maxCompletionTokens: question.maxCompletionTokens * (cut ? 2 : 1),
      });
    } catch (error) {
      // There is an answer, if one of no use: the agent can go on without
      // another, be it too late or too long for the window.
      if (
        error instanceof StepTimeoutError ||
        error instanceof ContextOverflowError
      ) return first;
      throw error;
    }
  }

  /**
   * Asks whether something is so in `images`.
   *
   * @throws As {@linkcode ask}.
   */
  async askYesNo(
    images: readonly ChatImage[],
    question: string,
    { agent, seed, signal }: AskYesNoOptions,
  ): Promise<Answer> {
    await this.ready(signal);
    const { value, reply } = await this.ask(
      {
        agent,
        messages: [
          { role: "system", text: ANSWER_INSTRUCTIONS },
          { role: "user", images, text: question },
        ],
        schema: ANSWER_SCHEMA,
        temperature: 0,
        seed,
        maxCompletionTokens: this.thinking
          ? ANSWER_TOKENS.thinking
          : ANSWER_TOKENS.plain,
      },
      readAnswer,
      { signal, deadline: this.deadline() },
    );
    return value ??
      {
        answer: "unreadable",
        reasoning: bounded(spokenText(reply)),
      };
  }

  /** Closes connections and files. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closes) await this.#source[Symbol.asyncDispose]();
  }

  /** This client, and the one that it is a part of. */
  #counting(): VlmClient[] {
    return this.#whole === undefined ? [this] : [this, this.#whole];
  }
}

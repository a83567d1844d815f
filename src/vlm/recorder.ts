/**
 * Keeps every exchange with another source in a file.
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
  describeRequest,
  type Exchange,
  type RecordedFailure,
  recordedQuestion,
  recordFailure,
  recordingEnd,
  recordingHead,
} from "./recording.ts";
import type { Redactor } from "./secrets.ts";
import { Turnstile } from "./turnstile.ts";

/** Options for {@linkcode Recorder}. */
export interface RecorderOptions {
  /** Overwritten. */
  readonly path: string;
  readonly redactor: Redactor;
}

/** A source that writes down what another one says. */
export class Recorder implements ChatSource {
  readonly #source: ChatSource;
  readonly #redactor: Redactor;
  readonly #file: Deno.FsFile;
  readonly #turnstile = new Turnstile();
  #model: VlmModel | undefined;
  /** Why there is no model. */
  #failure: RecordedFailure | undefined;
  #ended: string | undefined;

  /** @throws {Error} If the file cannot be written. */
  constructor(source: ChatSource, { path, redactor }: RecorderOptions) {
    this.#source = source;
    this.#redactor = redactor;
    try {
      this.#file = Deno.openSync(path, {
        write: true,
        create: true,
        truncate: true,
      });
    } catch (cause) {
      throw new Error(
        `Cannot record into ${path}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  async model(signal: AbortSignal): Promise<VlmModel> {
    if (this.#model !== undefined) return this.#model;
    try {
      const model = await this.#source.model(signal);
      if (this.#model === undefined) this.#write(recordingHead({ model }));
      return this.#model ??= model;
    } catch (error) {
      if (!signal.aborted) this.#failure = recordFailure(error);
      throw error;
    }
  }

  async compose<Value>(
    agent: number,
    make: () => Value,
    signal: AbortSignal,
  ): Promise<Value> {
    await this.model(signal);
    return await this.#turnstile.question(agent, () => {
      this.#write(recordedQuestion(agent));
      return make();
    }, signal);
  }

  async chat(request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    const { agent } = request;
    const { signal } = options;
    this.#turnstile.asks(agent);
    await this.model(signal);
    const described = await describeRequest(request);
    const keep = (
      outcome: Pick<Exchange, "reply" | "error" | "stopped">,
    ): void => this.#write({ agent, request: described, ...outcome });
    try {
      let reply: ChatReply;
      try {
        reply = await this.#source.chat(request, options);
      } catch (error) {
        await this.#turnstile.answer(agent, signal);
        keep({ error: recordFailure(error) });
        throw error;
      }
      await this.#turnstile.answer(agent, signal);
      keep({ reply });
      return reply;
    } catch (error) {
      if (signal.aborted) keep({ stopped: true });
      throw error;
    }
  }

  noteEnd(reason: string): void {
    this.#ended = reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#turnstile[Symbol.dispose]();
    await this.#source[Symbol.asyncDispose]();
    if (this.#model === undefined && this.#failure !== undefined) {
      this.#write(recordingHead({ error: this.#failure }));
    }
    if (this.#ended !== undefined) this.#write(recordingEnd(this.#ended));
    this.#file.close();
  }

  /** One line, in one write, so that a killed run leaves whole lines. */
  #write(line: unknown): void {
    const bytes = new TextEncoder().encode(
      `${this.#redactor.stringify(line)}\n`,
    );
    for (let at = 0; at < bytes.length;) {
      at += this.#file.writeSync(bytes.subarray(at));
    }
  }
}

/**
 * Answers from a recording, without any endpoint.
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
import { EndpointError } from "./errors.ts";
import {
  describeRequest,
  type Exchange,
  type Recording,
  reviveFailure,
} from "./recording.ts";
import { delay } from "./retry.ts";
import { Turnstile } from "./turnstile.ts";

/** How long a question without a recorded answer waits for the run to be stopped, milliseconds. */
const PATIENCE = 2_000;
/** How often it looks, milliseconds. */
const LOOK = 100;

/** Options for {@linkcode Replay}. */
export interface ReplayOptions {
  /** Told if the pictures differ from the recorded ones. */
  readonly onNotice: (line: string) => void;
}

/** The recorded source of answers. */
export class Replay implements ChatSource {
  readonly #recording: Recording;
  readonly #onNotice: (line: string) => void;
  readonly #turnstile: Turnstile;
  /** What is left to say to each agent. */
  readonly #left = new Map<number, Exchange[]>();
  readonly #over = new AbortController();
  #toldOfPictures = false;

  constructor(recording: Recording, { onNotice }: ReplayOptions) {
    this.#recording = recording;
    this.#onNotice = onNotice;
    const lines = recording.lines.filter((line) => !("stopped" in line));
    this.#turnstile = new Turnstile(lines.map((line) => ({
      agent: line.agent,
      kind: "request" in line ? "answer" : "question",
    })));
    for (const line of lines) {
      if (!("request" in line)) continue;
      const { agent } = line;
      this.#left.set(agent, [...this.#left.get(agent) ?? [], line]);
    }
  }

  /** Aborts when the recording has no answer left to what is asked: there the recorded run was stopped. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Why the recorded run ended before its agents did. */
  get ending(): string | undefined {
    return this.#recording.ended;
  }

  model(): Promise<VlmModel> {
    const { head } = this.#recording;
    if ("error" in head) return Promise.reject(reviveFailure(head.error));
    const { id, maxLength } = head.model;
    return Promise.resolve({ id, maxLength });
  }

  compose<Value>(
    agent: number,
    make: () => Value,
    signal: AbortSignal,
  ): Promise<Value> {
    return this.#turnstile.question(agent, make, signal);
  }

  async chat(
    request: ChatRequest,
    { signal }: ChatOptions,
  ): Promise<ChatReply> {
    const { agent } = request;
    this.#turnstile.asks(agent);
    const exchange = this.#left.get(agent)?.shift();
    if (exchange === undefined) return await this.#waitForStop(agent, signal);
    const described = await describeRequest(request);
    try {
      this.#compare(described, exchange);
    } catch (fault) {
      this.#turnstile.leave(agent); // The others go on without it.
      throw fault;
    }
    await this.#turnstile.answer(agent, signal);
    const { reply, error } = exchange;
    if (reply !== undefined) return reply;
    throw reviveFailure(error!);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#turnstile[Symbol.dispose]();
    return Promise.resolve();
  }

  /** The recorded run was stopped while this was asked, so this one will be, too. */
  async #waitForStop(agent: number, signal: AbortSignal): Promise<never> {
    while (!this.#turnstile.isOver) await delay(LOOK, signal);
    await delay(PATIENCE / 2, signal);
    this.#over.abort();
    await delay(PATIENCE / 2, signal);
    throw new EndpointError(
      `Cannot go on replaying as the recording has no further answer for agent ${agent}: it is of a shorter run`,
    );
  }

  /** @throws {EndpointError} If the question is not the recorded one. */
  #compare(now: Exchange["request"], { agent, request }: Exchange): void {
    const then = request.messages;
    const at = now.messages.findIndex(({ text }, index) =>
      text !== then[index]?.text
    );
    if (at >= 0 || now.messages.length !== then.length) {
      const [asked, recorded] = [now.messages, then].map((messages) =>
        messages.at(at)?.text
      );
      const line = (text = "nothing"): string =>
        JSON.stringify(
          text.slice(fromDifference(asked, recorded)).slice(0, 120),
        );
      throw new EndpointError(
        `Cannot replay as agent ${agent} asks something else than was recorded (use the recorded query, scene and options): ${
          line(asked)
        } instead of ${line(recorded)}`,
      );
    }
    const pictures = (request: Exchange["request"]): string =>
      request.messages.flatMap(({ images = [] }) => images).join();
    if (!this.#toldOfPictures && pictures(now) !== pictures(request)) {
      this.#toldOfPictures = true;
      this.#onNotice(
        "replay: the pictures are not the recorded ones byte for byte (another renderer, or another scene)",
      );
    }
  }
}

/** Where to quote from so that the difference of two texts shows. */
function fromDifference(a = "", b = ""): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return Math.max(0, same - 40);
}

/**
 * The policy that asks a vision-language model: the spec's conversation, one
 * picture a turn.
 *
 * @module
 */

import type { Asked, VlmClient } from "../vlm/client.ts";
import { ContextOverflowError } from "../vlm/errors.ts";
import { DECISION_SCHEMA, readDecision } from "./decision.ts";
import { History, type HistoryLimit } from "./history.ts";
import type {
  ClaimViews,
  Decision,
  Observation,
  Policy,
  PolicyFactory,
  PolicyOptions,
  Verdict,
} from "./policy.ts";
import { claimQuestion, systemPrompt, turnText } from "./prompt.ts";

/** Tokens of an answer: the schema's longest is about 350; thinking comes on top. */
const COMPLETION_TOKENS = { plain: 512, thinking: 4096 };
/** Share of the window that estimated prompts may fill, as estimates err. */
const WINDOW_SHARE = 0.95;

/** Options for {@linkcode makeVlmPolicy}. */
export interface VlmPolicyOptions {
  /** Pictures that stay in the conversation. @default {"all"} */
  readonly history?: HistoryLimit;
  /** Of sampling, >= 0. @default {0.7} */
  readonly temperature?: number;
  /** Tokens that an answer may have. @default {512, or 4096 if the client's model thinks} */
  readonly maxCompletionTokens?: number;
}

/** Policies that ask `client`; one conversation an agent. */
export function makeVlmPolicy(
  client: VlmClient,
  options: VlmPolicyOptions = {},
): PolicyFactory {
  return (about) => new VlmPolicy(client, { ...options, ...about });
}

type Readable = Exclude<Decision, { action: "unreadable" }>;

class VlmPolicy implements Policy {
  readonly #client: VlmClient;
  readonly #options: VlmPolicyOptions & PolicyOptions;
  #history: History | undefined;

  constructor(client: VlmClient, options: VlmPolicyOptions & PolicyOptions) {
    this.#client = client;
    this.#options = options;
  }

  async decide(
    observation: Observation,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { query, history: limit = "all" } = this.#options;
    const history = this.#history ??= new History(
      systemPrompt({ query, ...observation }),
      limit,
    );
    const { width, height } = observation.image;
    history.ask({
      image: { png: await observation.png(), width, height },
      text: turnText(observation),
    });
    await this.#fit(history, signal);
    const { value, reply } = await this.#ask(history, observation, signal)
      .catch((error) => {
        if (!(error instanceof ContextOverflowError)) throw error;
        this.#shrink(history, error);
        return this.#ask(history, observation, signal);
      });
    const decision: Decision = value ??
      { action: "unreadable", raw: reply.text || reply.reasoning };
    history.answer(reply.text, summaryOf(decision));
    return decision;
  }

  async verify(
    { description, pictures }: ClaimViews,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { query, agentId, seed } = this.#options;
    const images = await Promise.all(
      pictures.map(async ({ png, image: { width, height } }) => ({
        png: await png(),
        width,
        height,
      })),
    );
    const { answer, reasoning } = await this.#client.askYesNo(
      images,
      claimQuestion({ query, description, count: images.length }),
      { agent: agentId, seed: seed + agentId, signal },
    );
    // An answer that nobody can read refutes nothing.
    return { confirmed: answer !== "no", evidence: reasoning };
  }

  async #ask(
    history: History,
    { pose }: Observation,
    signal: AbortSignal,
  ): Promise<Asked<Readable>> {
    const { agentId, seed, temperature = 0.7 } = this.#options;
    return await this.#client.ask(
      {
        agent: agentId,
        messages: history.messages,
        schema: DECISION_SCHEMA,
        temperature,
        seed: seed + agentId,
        maxCompletionTokens: this.#completionTokens,
      },
      (reply) => readDecision(reply, pose),
      signal,
    );
  }

  get #completionTokens(): number {
    return this.#options.maxCompletionTokens ??
      (this.#client.thinking
        ? COMPLETION_TOKENS.thinking
        : COMPLETION_TOKENS.plain);
  }

  /** Drops half of the pictures while the conversation will not fit the model's window. */
  async #fit(history: History, signal: AbortSignal): Promise<void> {
    const { maxLength } = await this.#client.ready(signal);
    if (maxLength === undefined) return;
    const room = WINDOW_SHARE * (maxLength - this.#completionTokens);
    while (
      history.imageCount > 1 && this.#client.estimate(history.messages) > room
    ) {
      history.compact(Math.floor(history.imageCount / 2));
    }
  }

  /** After the server has found the prompt too long. */
  #shrink(history: History, error: ContextOverflowError): void {
    const { maxImages } = error;
    if (maxImages === undefined) {
      if (history.imageCount <= 1) throw error;
      history.compact(1);
    } else {
      if (maxImages < 1 || history.imageCount <= maxImages) throw error;
      history.limitImages(maxImages);
      history.compact(Math.ceil(maxImages / 2));
    }
  }
}

function summaryOf(decision: Decision): string {
  switch (decision.action) {
    case "move":
      return decision.reasoning;
    case "found":
      return `You reported it found: ${decision.description}`;
    case "unreadable":
      return "Your answer could not be read.";
  }
}

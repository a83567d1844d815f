/**
 * The policy that asks a vision-language model: the spec's conversation, one
 * picture a turn.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import { encodePng } from "../image/png.ts";
import { resizeLanczos } from "../image/resize.ts";
import type { ChatOptions } from "../vlm/chat.ts";
import type { Asked, VlmClient } from "../vlm/client.ts";
import { ContextOverflowError } from "../vlm/errors.ts";
import { spokenText } from "../vlm/lenient_json.ts";
import type { ChatImage } from "../vlm/message.ts";
import type { Answer } from "../vlm/question.ts";
import { DECISION_SCHEMA, readDecision, WAYPOINT_SCHEMA } from "./decision.ts";
import { drawWaypoints } from "./draw_waypoints.ts";
import { Explorer } from "./explorer.ts";
import { History, type HistoryLimit, type Turn } from "./history.ts";
import type {
  ClaimViews,
  Decision,
  Observation,
  Policy,
  PolicyFactory,
  PolicyOptions,
  Verdict,
} from "./policy.ts";
import { TeamNews } from "./team_news.ts";
import {
  aroundText,
  claimQuestion,
  systemPrompt,
  turnText,
  waysText,
} from "./prompt.ts";
import { findWaypoints, type Waypoint } from "./waypoints.ts";

/** Tokens of an answer: the schema's longest is about 350; thinking comes on top. */
const COMPLETION_TOKENS = { plain: 512, thinking: 4096 };
/** Share of the window that estimated prompts may fill, as estimates err. */
const WINDOW_SHARE = 0.95;
/** Sides of pictures are multiples of this, pixels: whole patches of Qwen3-VL, so that the server's processor changes no pixel. */
const PATCH = 32;

/** Options for {@linkcode makeVlmPolicy}. */
export interface VlmPolicyOptions {
  /** Pictures that stay in the conversation. @default {"all"} */
  readonly history?: HistoryLimit;
  /** What the model chooses from: any pose, or numbered ways first. @default {"pose"} */
  readonly actions?: "pose" | "waypoints";
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
  readonly #explorer: Explorer;
  readonly #news: TeamNews;
  #history: History | undefined;

  constructor(client: VlmClient, options: VlmPolicyOptions & PolicyOptions) {
    this.#client = client;
    this.#options = options;
    this.#explorer = new Explorer(options);
    this.#news = new TeamNews(options);
  }

  async decide(
    observation: Observation,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { agentId, query, numAgents, history: limit = "all" } = this.#options;
    const isNumbered = this.#options.actions === "waypoints";
    const history = this.#history ??= new History(
      systemPrompt({ query, numAgents, isNumbered, ...observation }),
      limit,
    );
    const { ways, ...words } = await this.#client.compose(
      agentId,
      () => this.#lookAround(observation),
      signal,
    );
    const options = { signal, deadline: this.#client.deadline() };
    history.ask({
      image: await this.#picture(observation, ways),
      ...words,
      ...await aroundOf(observation),
    });
    await this.#fit(history, signal);
    const asked = { ...options, pose: observation.pose, ways };
    const { value, reply } = await this.#ask(history, asked)
      .catch((error) => {
        if (!(error instanceof ContextOverflowError)) throw error;
        this.#shrink(history, error);
        return this.#ask(history, asked);
      });
    const said = spokenText(reply);
    const decision: Decision = value ?? { action: "unreadable", raw: said };
    history.answer(said, summaryOf(decision));
    if (decision.action === "move") {
      this.#explorer.board.claimGoal(agentId, decision.pose);
    }
    return decision;
  }

  /** Shows the team what is seen; finds the ways to choose from, and the words that go with them. */
  #lookAround(
    observation: Observation,
  ): Omit<Turn, "image"> & { readonly ways: readonly Waypoint[] | undefined } {
    const { actions, agentId } = this.#options;
    this.#explorer.see(observation);
    const { board, floor } = this.#explorer;
    const ways = actions === "waypoints"
      ? findWaypoints({ observation, board, agentId, floor })
      : undefined;
    const { moves, discoveries } = this.#news.read(board);
    const news = [moves, discoveries].filter(Boolean).join(" ");
    const words = turnText(observation, news && `News of the others: ${news}`);
    return {
      text: ways === undefined ? words : `${words}\n${waysText(ways)}`,
      lasting: turnText(observation, discoveries),
      ways,
    };
  }

  /** The picture as the model gets it, with the numbered ways that it shows. */
  async #picture(
    observation: Observation,
    ways: readonly Waypoint[] = [],
  ): Promise<ChatImage> {
    if (!ways.some(({ isInPicture }) => isInPicture)) {
      return await pictureOf(observation);
    }
    const image = drawWaypoints(observation, ways, this.#explorer.floor);
    return await pictureOf({ image, png: () => encodePng(image) });
  }

  async verify(
    { description, pictures }: ClaimViews,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { query, agentId, seed } = this.#options;
    const images = await Promise.all(pictures.map(pictureOf));
    const ask = (count: number): Promise<Answer> =>
      this.#client.askYesNo(
        images.slice(0, count),
        claimQuestion({ query, description, count }),
        { agent: agentId, seed: seed + agentId, signal },
      );
    const { answer, reasoning } = await ask(images.length).catch((error) => {
      const room = error instanceof ContextOverflowError
        ? error.maxImages ?? 1
        : 0;
      if (room < 1 || room >= images.length) throw error;
      return ask(room);
    });
    // An answer that nobody can read refutes nothing.
    return { confirmed: answer !== "no", evidence: reasoning };
  }

  async #ask(
    history: History,
    { pose, ways, ...options }: ChatOptions & {
      readonly pose: Pose;
      readonly ways: readonly Waypoint[] | undefined;
    },
  ): Promise<Asked<Readable>> {
    const { agentId, seed, temperature = 0.7 } = this.#options;
    return await this.#client.ask(
      {
        agent: agentId,
        messages: history.messages,
        schema: ways === undefined ? DECISION_SCHEMA : WAYPOINT_SCHEMA,
        temperature,
        seed: seed + agentId,
        maxCompletionTokens: this.#completionTokens,
      },
      (reply) => readDecision(reply, pose, ways),
      options,
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

async function aroundOf(
  { panorama }: Observation,
): Promise<Pick<Turn, "around">> {
  if (panorama === undefined) return {};
  const images = await Promise.all(panorama.map(pictureOf));
  return { around: { images, text: aroundText(panorama) } };
}

/** The picture as models get it: as it was seen, or scaled where its sides are no whole patches. */
async function pictureOf(
  { image, png }: Pick<Observation, "image" | "png">,
): Promise<ChatImage> {
  const whole = (side: number): number =>
    Math.max(1, Math.round(side / PATCH)) * PATCH;
  const width = whole(image.width);
  const height = whole(image.height);
  const isWhole = width === image.width && height === image.height;
  return {
    png:
      await (isWhole ? png() : encodePng(resizeLanczos(image, width, height))),
    width,
    height,
  };
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

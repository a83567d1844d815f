/**
 * What a run has cost, in tokens.
 *
 * @module
 */

import type { TokenCounts } from "./chat.ts";
import { oneLine } from "./errors.ts";

/** Totals of a client, over all agents. */
export interface VlmUsage {
  /** The model's name; empty before the first answer. */
  readonly model: string;
  /** Answers, usable or not. */
  readonly answers: number;
  readonly promptTokens: number;
  /** Of the prompt tokens, those found in the server's prefix cache. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
  /** Prompt and completion. */
  readonly totalTokens: number;
  /** Of the total, what this program estimated, as the server did not count. */
  readonly estimatedTokens: number;
}

/** Nothing used yet. */
export const NO_USAGE: VlmUsage = {
  model: "",
  answers: 0,
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  totalTokens: 0,
  estimatedTokens: 0,
};

/** `usage` and one more answer. */
export function addUsage(
  usage: VlmUsage,
  { prompt, cached, completion, estimated }: TokenCounts,
): VlmUsage {
  const total = prompt + completion;
  return {
    model: usage.model,
    answers: usage.answers + 1,
    promptTokens: usage.promptTokens + prompt,
    cachedTokens: usage.cachedTokens + cached,
    completionTokens: usage.completionTokens + completion,
    totalTokens: usage.totalTokens + total,
    estimatedTokens: usage.estimatedTokens + (estimated ? total : 0),
  };
}

/** `usage` as files hold it, by the names of the protocol. */
export function encodeUsage(usage: VlmUsage): Record<string, string | number> {
  return {
    model: usage.model,
    answers: usage.answers,
    prompt_tokens: usage.promptTokens,
    cached_tokens: usage.cachedTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    estimated_tokens: usage.estimatedTokens,
  };
}

/** `usage` in one line for people. */
export function describeUsage(usage: VlmUsage): string {
  const { model, answers, promptTokens, cachedTokens, completionTokens } =
    usage;
  const share = promptTokens > 0
    ? Math.round(100 * cachedTokens / promptTokens)
    : 0;
  const number = (value: number): string => value.toLocaleString("en-US");
  return `${oneLine(model)}: ${number(answers)} answers, ${
    number(promptTokens)
  } prompt tokens (${share}% cached), ${
    number(completionTokens)
  } completion tokens` +
    (usage.estimatedTokens > 0
      ? `, ${number(usage.estimatedTokens)} of them estimated`
      : "");
}

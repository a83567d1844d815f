/**
 * How long a prompt is before the server has counted it.
 *
 * @module
 */

import type { ChatMessage } from "./message.ts";

/**
 * Pixels a side of what becomes one token: 28 in Qwen2.5-VL, 32 in Qwen3-VL
 * (patches of 14 and 16, merged 2x2). The finer one, so as to err upwards.
 */
const PATCH = 28;
/** Characters a token of English or JSON, on the low side (Qwen: about 3.5). */
const CHARACTERS = 3;
/** Role, delimiters and newlines of a chat template. */
const MESSAGE_OVERHEAD = 6;
/** Delimiters of an image. */
const IMAGE_OVERHEAD = 2;

/** Tokens of one message, roughly, on the high side. */
export function messageTokens(message: ChatMessage): number {
  const images = message.role === "user" ? message.images : [];
  return MESSAGE_OVERHEAD + Math.ceil(message.text.length / CHARACTERS) +
    images.reduce(
      (tokens, { width, height }) =>
        tokens + IMAGE_OVERHEAD +
        Math.ceil(width / PATCH) * Math.ceil(height / PATCH),
      0,
    );
}

/** Tokens of a whole prompt, as roughly. */
export function promptTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => sum + messageTokens(message), 0);
}

/** Estimates prompts, and learns from what the server counted. */
export class TokenEstimate {
  #ratio = 1;

  /** Tokens of the whole prompt. */
  of(messages: readonly ChatMessage[]): number {
    return Math.ceil(this.#ratio * promptTokens(messages));
  }

  /** Corrects later estimates: `messages` took `tokens`. */
  learn(messages: readonly ChatMessage[], tokens: number): void {
    if (tokens > 0) this.#ratio = tokens / promptTokens(messages);
  }
}

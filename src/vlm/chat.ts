/**
 * A question to a model and its answer, as rooms above know them.
 *
 * @module
 */

import type { ChatMessage } from "./message.ts";

/** A constant JSON schema; constant, as a server compiles each new one. */
export interface ChatSchema {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** One question to the model. */
export interface ChatRequest {
  /** Who asks, from 0: fills `{agent}` in headers, names the request, orders recordings. */
  readonly agent: number;
  readonly messages: readonly ChatMessage[];
  /** What the answer must look like. */
  readonly schema: ChatSchema;
  readonly temperature: number;
  readonly seed: number;
  /** Tokens that the answer may have. */
  readonly maxCompletionTokens: number;
  /** Lets a thinking model think before it answers. @default {false} */
  readonly thinking?: boolean;
}

/** How to wait for the answer. */
export interface ChatOptions {
  /** Stops waiting, and the server's work. */
  readonly signal: AbortSignal;
  /** When to give up, on the clock of `performance.now()`. */
  readonly deadline: number;
}

/** The model's answer, usable or not. */
export interface ChatReply {
  readonly text: string;
  /** What a thinking model thought, where the server tells it apart. */
  readonly reasoning: string;
  /** `stop`, `length`, ..., or `blanks` for an endless run of whitespace that was cut. */
  readonly finish: string;
  /** Tokens; estimated if the server did not count. */
  readonly usage: TokenCounts;
}

/** Tokens of one answer. */
export interface TokenCounts {
  readonly prompt: number;
  /** Of the prompt's, those found in the server's cache. */
  readonly cached: number;
  readonly completion: number;
  readonly estimated: boolean;
}

/** What is known of the served model. */
export interface VlmModel {
  readonly id: string;
  /** Tokens of prompt and answer together, if the server tells. */
  readonly maxLength: number | undefined;
}

/** Where answers come from: an endpoint, or a recording of one. */
export interface ChatSource extends AsyncDisposable {
  /**
   * The model that answers.
   *
   * @throws {EndpointError} If there is none, or none that is clearly meant.
   */
  model(signal: AbortSignal): Promise<VlmModel>;
  /**
   * Asks.
   *
   * @throws {ContextOverflowError} If the messages are too long for the model.
   * @throws {EndpointError} If no answer can be had, or none before the deadline.
   * @throws The signal's reason if aborted.
   */
  chat(request: ChatRequest, options: ChatOptions): Promise<ChatReply>;
  /**
   * Calls `make`, which makes up a question of `agent` from what other agents
   * may change; a source whose runs can be repeated calls it in their order.
   *
   * @throws The signal's reason if aborted; what `make` throws.
   */
  compose?<Value>(
    agent: number,
    make: () => Value,
    signal: AbortSignal,
  ): Promise<Value>;
  /** Told in words why a run ended before its agents did; for recordings. */
  noteEnd?(reason: string): void;
}

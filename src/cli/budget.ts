/**
 * What a run may cost: time, tokens. When either is used up the run ends in
 * order and says why.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { VlmClient } from "../vlm/client.ts";

/** The budget of one run; ends the run through {@linkcode Budget.signal}. */
export class Budget implements Disposable {
  readonly #stop = new AbortController();
  readonly #maxTokens: number;
  readonly #vlm: VlmClient | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #unlisten: () => void;
  #reason: string | undefined;

  /** Starts the clock. */
  constructor(
    { deadline, maxTokensTotal }: Pick<Config, "deadline" | "maxTokensTotal">,
    vlm: VlmClient | undefined,
  ) {
    this.#vlm = vlm;
    this.#maxTokens = maxTokensTotal ?? Infinity;
    this.#timer = deadline === undefined ? undefined : setTimeout(
      () => this.end(`the deadline of ${deadline / 1000} s has passed`),
      deadline,
    );
    const end = (): void => this.end();
    vlm?.over?.addEventListener("abort", end, { once: true });
    this.#unlisten = () => vlm?.over?.removeEventListener("abort", end);
  }

  /** Aborts when the budget is used up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Looks at what has been used; called after each event. */
  check(): void {
    const used = this.#vlm?.usage().totalTokens ?? 0;
    if (used >= this.#maxTokens) {
      this.end(`the budget of ${this.#maxTokens} tokens is used up (${used})`);
    }
  }

  /** Ends the run. */
  end(reason?: string): void {
    this.#reason ??= reason;
    this.#stop.abort(new DOMException(reason ?? "stopped", "AbortError"));
  }

  /** What `session_complete` says if nobody found anything. */
  notFound(): string {
    return this.#reason === undefined
      ? "No target found"
      : `No target found: ${this.#reason}`;
  }

  /** Stops the clock. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#unlisten();
  }
}

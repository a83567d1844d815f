/**
 * What a run may cost: time, tokens. When either is used up the run ends in
 * order and says why.
 *
 * @module
 */

import type { Config } from "./config/mod.ts";
import type { AgentEvent } from "./events/event.ts";
import type { VlmClient } from "./vlm/client.ts";

/** The budget of one run; ends the run through {@linkcode Budget.signal}. */
export class Budget implements Disposable {
  readonly #stop = new AbortController();
  readonly #maxTokens: number;
  readonly #vlm: VlmClient | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #unlisten: () => void;
  #reason: string | undefined;

  /**
   * Starts the clock.
   *
   * @param vlm whose tokens count; a client of this run alone
   */
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
    const end = (): void => this.end(vlm?.ending);
    vlm?.over?.addEventListener("abort", end, { once: true });
    this.#unlisten = () => vlm?.over?.removeEventListener("abort", end);
  }

  /** Aborts when the budget is used up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Passes on the run's `events`, and looks after each at what has been used; stops the clock at their end. */
  async *watch(
    events: AsyncIterable<AgentEvent>,
  ): AsyncGenerator<AgentEvent, void> {
    using _clock = this;
    for await (const event of events) {
      this.#check();
      yield event;
    }
  }

  /** Ends the run; without a reason it just ends. */
  end(reason?: string): void {
    if (this.#stop.signal.aborted) return;
    this.#reason = reason;
    if (reason !== undefined) this.#vlm?.noteEnd(reason);
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

  #check(): void {
    const used = this.#vlm?.usage().totalTokens ?? 0;
    if (used >= this.#maxTokens) {
      this.end(`the budget of ${this.#maxTokens} tokens is used up (${used})`);
    }
  }
}

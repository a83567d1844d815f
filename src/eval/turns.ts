/**
 * Makes the agents of a session take turns, so that what they share (a map,
 * claims, a renderer) is used in the same order in every run. Measured runs are
 * repeatable by it; with a model, whose answers take their own time, agents run
 * freely as they do in earnest.
 *
 * @module
 */

import type { Policy, PolicyFactory } from "../policy/policy.ts";

/** One turn is all that an agent does from one decision to the next. */
export class Turns {
  readonly #live: Set<number>;
  readonly #waiting = new Map<number, () => void>();
  /** Who is to decide next. */
  #next = 0;
  /** Whether the one who decided last is still at it. */
  #busy = false;

  /** @param numAgents their numbers are 0, 1, ... */
  constructor(numAgents: number) {
    this.#live = new Set(Array.from({ length: numAgents }, (_, id) => id));
  }

  /** Policies of `factory` that wait for their turn before each decision. */
  inTurn(factory: PolicyFactory): PolicyFactory {
    return (options) => {
      const policy = factory(options);
      const { agentId } = options;
      const waiting: Policy = {
        decide: async (observation, signal) => {
          await this.#turnOf(agentId, signal);
          return await policy.decide(observation, signal);
        },
      };
      if (policy.verify !== undefined) {
        waiting.verify = policy.verify.bind(policy);
      }
      return waiting;
    };
  }

  /** Tells that an agent has ended: nobody waits for it any more. */
  leave(agentId: number): void {
    this.#live.delete(agentId);
    this.#waiting.delete(agentId);
    if (this.#next === agentId) {
      this.#busy = false;
      this.#advance();
    }
    this.#call();
  }

  async #turnOf(agentId: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.set(agentId, resolve);
    if (this.#busy && this.#next === agentId) {
      this.#busy = false;
      this.#advance();
    }
    this.#call();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** On to the next agent that has not ended. */
  #advance(): void {
    const ids = [...this.#live].sort((a, b) => a - b);
    this.#next = ids.find((id) => id > this.#next) ?? ids[0] ?? -1;
  }

  /** Calls whose turn it is, once it waits. */
  #call(): void {
    const go = this.#waiting.get(this.#next);
    if (this.#busy || go === undefined) return;
    this.#waiting.delete(this.#next);
    this.#busy = true;
    go();
  }
}

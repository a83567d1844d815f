/**
 * What a session comes to, as the command line tells it.
 *
 * @module
 */

import type { AgentEvent, AgentFoundEvent } from "../events/event.ts";

/** Exit codes, as grep's. */
const FOUND = 0;
const NOT_FOUND = 1;
const FAILED = 2;

/** What a session came to. */
export class Outcome {
  #agents = 0;
  #failures: string[] = [];
  #winner: AgentFoundEvent | undefined;

  /** Takes note of an event. */
  add(event: AgentEvent): void {
    if (event.type === "agent_started") this.#agents++;
    if (event.type === "agent_found") this.#winner = event;
    if (event.type === "error") this.#failures.push(event.message);
  }

  /** What the events tell for `result.json`: who found it, in its words. */
  get result(): {
    readonly found: boolean;
    readonly agent_id: number | null;
    readonly description: string | null;
    readonly steps: number | null;
  } {
    const { agent_id = null, description = null, steps = null } =
      this.#winner ?? {};
    return {
      found: this.#winner !== undefined,
      agent_id,
      description,
      steps,
    };
  }

  /** One line if every agent failed. */
  get failure(): string | undefined {
    return this.exitCode === FAILED
      ? [...new Set(this.#failures)].join("; ")
      : undefined;
  }

  /** 0 if an agent found it, 2 if every agent failed, else 1. */
  get exitCode(): number {
    if (this.#winner !== undefined) return FOUND;
    return this.#agents > 0 && this.#failures.length >= this.#agents
      ? FAILED
      : NOT_FOUND;
  }
}

/**
 * What a session comes to, as the command line tells it.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";

/** Exit codes, as grep's. */
const FOUND = 0;
const NOT_FOUND = 1;
const FAILED = 2;

/** What a session came to. */
export class Outcome {
  #agents = 0;
  #failures: string[] = [];
  #found = false;

  add(event: AgentEvent): void {
    if (event.type === "agent_started") this.#agents++;
    if (event.type === "agent_found") this.#found = true;
    if (event.type === "error") this.#failures.push(event.message);
  }

  /** One line if every agent failed. */
  get failure(): string | undefined {
    return this.exitCode === FAILED
      ? [...new Set(this.#failures)].join("; ")
      : undefined;
  }

  get exitCode(): number {
    if (this.#found) return FOUND;
    return this.#agents > 0 && this.#failures.length >= this.#agents
      ? FAILED
      : NOT_FOUND;
  }
}

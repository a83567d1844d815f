/**
 * Counts the agents and steps of one session, and how long steps take.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import type { Metrics } from "./metrics.ts";

/** Watches the events of one session. */
export class StepClock {
  readonly #metrics: Metrics;
  /** When each agent took its last step, milliseconds. */
  readonly #last = new Map<number, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Takes note of an event at the moment of its making. */
  observe(event: AgentEvent): void {
    const now = performance.now();
    switch (event.type) {
      case "agent_started":
        this.#metrics.agentsStarted.add();
        this.#last.set(event.agent_id, now);
        break;
      case "agent_step":
        this.#metrics.steps.add();
        this.#metrics.stepSeconds.observe(
          (now - (this.#last.get(event.agent_id) ?? now)) / 1000,
        );
        this.#last.set(event.agent_id, now);
        break;
      case "error":
        this.#metrics.errors.add({
          kind: event.agent_id === undefined ? "session" : "agent",
        });
    }
  }
}

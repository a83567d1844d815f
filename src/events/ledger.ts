/**
 * What a session has said so far, and what it still has to say to end in
 * order: each agent exactly one end, then one `session_complete`.
 *
 * @module
 */

import type { AgentEvent } from "./event.ts";

/** How a session ended. */
export interface SessionOutcome {
  readonly winnerAgentId: number | null;
  readonly description: string;
}

/** What `session_complete` says if nobody found anything. */
const nothingFound = "No target found";

/** Follows the events of one session. */
export class EventLedger {
  readonly #open = new Set<number>();
  #find: SessionOutcome | undefined;
  #outcome: SessionOutcome | undefined;

  /** The outcome, once `session_complete` was recorded. */
  get outcome(): SessionOutcome | undefined {
    return this.#outcome;
  }

  /** Takes note of an event. */
  record(event: AgentEvent): void {
    switch (event.type) {
      case "agent_started":
        this.#open.add(event.agent_id);
        break;
      case "agent_step":
        break;
      case "agent_found":
        this.#find ??= {
          winnerAgentId: event.agent_id,
          description: event.description,
        };
        this.#open.delete(event.agent_id);
        break;
      case "agent_done":
        this.#open.delete(event.agent_id);
        break;
      case "error":
        if (event.agent_id !== undefined) this.#open.delete(event.agent_id);
        break;
      case "session_complete":
        this.#outcome = {
          winnerAgentId: event.winner_agent_id,
          description: event.description,
        };
    }
  }

  /**
   * What is missing for an orderly end; nothing if there was one.
   *
   * @param fault Why the session ends here: an `error` for each open agent, or one of the session. Without it the session was merely stopped before an agent began.
   */
  close(fault?: string): AgentEvent[] {
    if (this.#outcome !== undefined) return [];
    const open = [...this.#open];
    const faults: AgentEvent[] = fault === undefined
      ? []
      : open.length === 0
      ? [{ type: "error", message: fault }]
      : open.map((agent_id) => ({ type: "error", agent_id, message: fault }));
    return [...faults, {
      type: "session_complete",
      winner_agent_id: this.#find?.winnerAgentId ?? null,
      description: this.#find?.description ?? nothingFound,
    }];
  }
}

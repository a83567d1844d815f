/**
 * What an earlier attempt at a session has told of an agent, which goes on
 * from there.
 *
 * @module
 */

import type { AgentEvent, AgentStepEvent } from "../events/event.ts";

/** What was told of one agent. */
export interface Told {
  /** Its `agent_started` is out. */
  readonly isStarted: boolean;
  readonly steps: readonly AgentStepEvent[];
  /** Its last event, if that is out. */
  readonly end: AgentEvent | undefined;
}

/** What `events` tell of an agent. */
export function toldOf(events: readonly AgentEvent[], agentId: number): Told {
  const own = events.filter((event) =>
    event.type !== "session_complete" && event.agent_id === agentId
  );
  return {
    isStarted: own.length > 0,
    steps: own.filter((event) => event.type === "agent_step"),
    end: own.find(({ type }) =>
      type === "agent_found" || type === "agent_done" || type === "error"
    ),
  };
}

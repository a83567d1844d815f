import assert from "node:assert/strict";
import type { AgentEvent } from "../../../src/events/event.ts";
import {
  addEvent,
  emptySession,
} from "../../../src/server/ui/session_state.js";
import { type Session, sessionStanding } from "../../../src/server/ui/words.js";

/** A session of two agents that may look three times each and end after so many. */
function ended(...steps: readonly number[]): Session {
  const pose = { x: 0, y: 0, z: 0, yaw: 0 };
  const events = steps.flatMap((taken, agent_id): AgentEvent[] => [
    { type: "agent_started", agent_id, start_pose: pose },
    ...Array.from({ length: taken }, (_, step): AgentEvent => ({
      type: "agent_step",
      agent_id,
      step,
      total_steps: 3,
      pose,
      image_b64: "",
      reasoning: "",
      action: "move",
    })),
    {
      type: "agent_done",
      agent_id,
      found: false,
      steps: taken,
      trajectory: [],
    },
  ]);
  const session: Session = emptySession();
  for (
    const event of [...events, {
      type: "session_complete" as const,
      winner_agent_id: null,
      description: "No target found",
    }]
  ) addEvent(session, event, () => undefined);
  return session;
}

Deno.test("a search that was stopped reads so, in a recording, too, where the server plays it to its end", () => {
  assert.equal(sessionStanding(ended(3, 3), "complete").text, "Not found");
  assert.equal(sessionStanding(ended(3, 1), "complete").text, "Stopped");
  assert.equal(sessionStanding(ended(0, 0), "complete").text, "Stopped");
  assert.equal(sessionStanding(ended(3, 3), "cancelled").text, "Stopped");
  // Before the server has been asked again.
  assert.equal(sessionStanding(ended(3, 3), "running").text, "Ending");
  assert.equal(sessionStanding(ended(1, 1), "running").text, "Stopped");
});

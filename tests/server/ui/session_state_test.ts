import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentEvent } from "../../../src/events/event.ts";
import {
  addEvent,
  emptySession,
  lookAt,
  type SessionState,
} from "../../../src/server/ui/session_state.js";

const start = { x: 0, y: 0, z: 0, yaw: 0 };

function step(agent_id: number, step: number, of = 3): AgentEvent {
  return {
    type: "agent_step",
    agent_id,
    step,
    total_steps: of,
    pose: { ...start, x: step },
    image_b64: `${agent_id}/${step}`,
    reasoning: "",
    action: "move",
  };
}

function fold(events: readonly AgentEvent[]): SessionState<string> {
  const session = emptySession<string>();
  for (const event of events) addEvent(session, event, (text) => text);
  return session;
}

Deno.test("a session is what its events say", () => {
  const session = fold([
    { type: "agent_started", agent_id: 1, start_pose: { ...start, yaw: 180 } },
    { type: "agent_started", agent_id: 0, start_pose: start },
    step(1, 0),
    step(0, 0),
    step(0, 1),
    { type: "error", agent_id: 1, message: "the endpoint is gone" },
    {
      type: "agent_found",
      agent_id: 0,
      description: "a chair at (1.5, -2, 0.25)",
      final_image_b64: "large",
      steps: 2,
      trajectory: [],
    },
    { type: "session_complete", winner_agent_id: 0, description: "a chair" },
  ]);
  assert.deepEqual(session.agents.map(({ id, status }) => [id, status]), [
    [0, "found"],
    [1, "failed"],
  ]);
  assert.equal(session.agents[1]!.message, "the endpoint is gone");
  assert.equal(session.agents[0]!.finalPicture, "large");
  assert.deepEqual(session.looks.map(({ picture }) => picture), [
    "1/0",
    "0/0",
    "0/1",
  ]);
  assert.deepEqual(session.outcome, { winnerId: 0, description: "a chair" });
  const [agent] = session.agents;
  assert.equal(lookAt(agent!, 1), undefined);
  assert.equal(lookAt(agent!, 2)?.step, 0);
  assert.equal(lookAt(agent!, 3)?.step, 1);
});

Deno.test("an agent that took all its looks is told from one that was stopped", () => {
  const done = (agent_id: number, steps: number): AgentEvent => ({
    type: "agent_done",
    agent_id,
    found: false,
    steps,
    trajectory: [],
  });
  const { agents } = fold([step(0, 0, 1), done(0, 1), step(1, 0), done(1, 1)]);
  assert.deepEqual(agents.map(({ status }) => status), [
    "exhausted",
    "stopped",
  ]);
});

Deno.test("looks keep their order whatever order agents take them in", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 60 }),
    (ids) => {
      const counts = new Map<number, number>();
      const session = fold(ids.map((id) => {
        const taken = counts.get(id) ?? 0;
        counts.set(id, taken + 1);
        return step(id, taken, 100);
      }));
      assert.deepEqual(session.looks.map(({ agentId }) => agentId), ids);
      assert.deepEqual(session.looks.map(({ order }) => order), [
        ...ids.keys(),
      ]);
      assert.deepEqual(
        session.agents.map(({ id }) => id),
        [...counts.keys()].toSorted((a, b) => a - b),
      );
      for (const agent of session.agents) {
        assert.equal(agent.looks.length, counts.get(agent.id));
      }
    },
  ));
});

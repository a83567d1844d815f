import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentEvent } from "../../src/events/event.ts";
import { EventLedger } from "../../src/events/ledger.ts";

const pose = { x: 0, y: 0, z: 0, yaw: 0 };
const started = (agent_id: number): AgentEvent => ({
  type: "agent_started",
  agent_id,
  start_pose: pose,
});
const found = (agent_id: number): AgentEvent => ({
  type: "agent_found",
  agent_id,
  description: `found by ${agent_id}`,
  final_image_b64: "",
  steps: 0,
  trajectory: [],
});
const done = (agent_id: number): AgentEvent => ({
  type: "agent_done",
  agent_id,
  found: false,
  steps: 0,
  trajectory: [],
});
const failed = (agent_id: number): AgentEvent => ({
  type: "error",
  agent_id,
  message: "no",
});

Deno.test("EventLedger closes whatever prefix of a session in order", () => {
  const ends = fc.array(fc.constantFrom(found, done, failed, undefined), {
    maxLength: 5,
  });
  fc.assert(fc.property(ends, fc.boolean(), (ends, isFault) => {
    const ledger = new EventLedger();
    const events = [
      ...ends.map((_, i) => started(i)),
      ...ends.flatMap((end, i) => end ? [end(i)] : []),
    ];
    for (const event of events) ledger.record(event);
    const closing = ledger.close(isFault ? "broken" : undefined);
    for (const event of closing) ledger.record(event);
    const complete = closing.at(-1);
    assert.equal(complete?.type, "session_complete");
    const winner = ends.indexOf(found);
    assert.equal(
      complete.type === "session_complete" && complete.winner_agent_id,
      winner < 0 ? null : winner,
    );
    if (isFault) {
      const open = ends.flatMap((end, i) => end ? [] : [i]);
      assert.deepEqual(
        closing.slice(0, -1).map((event) =>
          event.type === "error" && event.agent_id
        ),
        open.length > 0 ? open : [undefined],
      );
    } else assert.equal(closing.length, 1);
    assert.deepEqual(ledger.outcome, {
      winnerAgentId: winner < 0 ? null : winner,
      description: winner < 0 ? "No target found" : `found by ${winner}`,
    });
    assert.deepEqual(ledger.close("again"), []);
  }));
});

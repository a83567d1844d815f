import assert from "node:assert/strict";
import { Turns } from "../../src/eval/turns.ts";
import type { Observation, Policy } from "../../src/policy/policy.ts";

const observation = {} as Observation;
const about = { query: "", numAgents: 3, seed: 1 };

/** An agent that decides `steps` times and takes its own time in between. */
async function live(
  policy: Policy,
  { steps, pause, signal }: {
    steps: number;
    pause: (step: number) => number;
    signal: AbortSignal;
  },
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await new Promise((resolve) => setTimeout(resolve, pause(step)));
    await policy.decide(observation, signal);
  }
}

Deno.test("agents decide one after another, however long each takes", async () => {
  const turns = new Turns(3);
  const order: number[] = [];
  const { signal } = new AbortController();
  const factory = turns.inTurn(({ agentId }) => ({
    decide: () => {
      order.push(agentId);
      return Promise.resolve({ action: "unreadable", raw: "" });
    },
  }));
  const pauses = [() => 6, () => 0, (step: number) => step * 3];
  await Promise.all(
    [4, 2, 4].map(async (steps, agentId) => {
      await live(factory({ ...about, agentId }), {
        steps,
        pause: pauses[agentId]!,
        signal,
      });
      turns.leave(agentId);
    }),
  );
  assert.deepEqual(order, [0, 1, 2, 0, 1, 2, 0, 2, 0, 2]);
});

Deno.test("who is stopped waits no longer", async () => {
  const turns = new Turns(2);
  const stop = new AbortController();
  const policy = turns.inTurn(() => ({
    decide: () => Promise.resolve({ action: "unreadable", raw: "" }),
  }))({ ...about, agentId: 1 });
  const waiting = policy.decide(observation, stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
});

Deno.test("an agent that never comes is not waited for once it has ended", async () => {
  const turns = new Turns(2);
  const policy = turns.inTurn(() => ({
    decide: () => Promise.resolve({ action: "unreadable", raw: "" }),
  }))({ ...about, agentId: 1 });
  const waiting = policy.decide(observation, new AbortController().signal);
  turns.leave(0);
  assert.equal((await waiting).action, "unreadable");
});

import assert from "node:assert/strict";
import { Claims } from "../../src/agent/claims.ts";
import { explore, type ExploreOptions } from "../../src/agent/explore.ts";
import { Blackboard } from "../../src/map/blackboard.ts";
import { boundedGround } from "../../src/agent/ground.ts";
import { agentEvent } from "../../src/events/event.ts";
import { bounds, collect, fakeEyes, move, scripted } from "./fakes.ts";

const start = { x: 0, y: 0, z: 0, yaw: 0 };

function options(changes: Partial<ExploreOptions>): ExploreOptions {
  return {
    agentId: 0,
    start,
    maxSteps: 3,
    eyes: fakeEyes,
    makePolicy: () => scripted(({ pose }) => move(pose, { x: pose.x + 1 })),
    bounds,
    ground: () => Promise.resolve(boundedGround(bounds)),
    claims: new Claims(new Blackboard(bounds), true),
    fov: 75,
    claimWin: () => true,
    signal: new AbortController().signal,
    ...changes,
  };
}

Deno.test("explore() starts, steps and ends with agent_done when its steps are used up", async () => {
  const events = await collect(explore(options({})));
  assert.deepEqual(events.map(({ type }) => type), [
    "agent_started",
    "agent_step",
    "agent_step",
    "agent_step",
    "agent_done",
  ]);
  for (const event of events) agentEvent.parse(event);
  const done = events.at(-1)!;
  assert.ok(done.type === "agent_done");
  assert.equal(done.steps, 3);
  assert.deepEqual(done.trajectory.map(({ x, step }) => [x, step]), [
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

Deno.test("explore() tells of a find in a step and then in agent_found", async () => {
  const events = await collect(explore(options({
    makePolicy: () =>
      scripted(({ step, pose }) =>
        step < 1 ? move(pose) : { action: "found", description: "there" }
      ),
  })));
  assert.deepEqual(events.map(({ type }) => type), [
    "agent_started",
    "agent_step",
    "agent_step",
    "agent_found",
  ]);
  const [, , step, found] = events;
  assert.ok(step?.type === "agent_step" && found?.type === "agent_found");
  assert.equal(step.action, "found");
  assert.equal(step.reasoning, "there");
  assert.equal(found.description, "there");
  assert.equal(found.steps, 2);
  for (const event of events) agentEvent.parse(event);
});

Deno.test("explore() ends with agent_done, without the step, when another agent has won", async () => {
  const events = await collect(explore(options({
    makePolicy: () =>
      scripted(() => ({ action: "found", description: "there" })),
    claimWin: () => false,
  })));
  assert.deepEqual(events.map(({ type }) => type), [
    "agent_started",
    "agent_done",
  ]);
});

Deno.test("explore() turns by 30 degrees after an unreadable reply", async () => {
  const events = await collect(explore(options({
    start: { ...start, yaw: 350 },
    makePolicy: () => scripted(() => ({ action: "unreadable", raw: "?" })),
  })));
  const steps = events.filter((event) => event.type === "agent_step");
  assert.deepEqual(steps.map(({ pose }) => pose.yaw), [350, 20, 50]);
  assert.equal(steps[0]!.reasoning, "(parse failed - rotating)");
  assert.equal(steps[0]!.action, "move");
});

Deno.test("explore() clamps moves, keeps what is not finite and takes yaw modulo 360", async () => {
  const events = await collect(explore(options({
    start: { x: 1, y: 1, z: 0, yaw: 10 },
    maxSteps: 2,
    makePolicy: () =>
      scripted(({ pose }) =>
        move(pose, { x: 1e9, y: NaN, z: -Infinity, yaw: -90 })
      ),
  })));
  const steps = events.filter((event) => event.type === "agent_step");
  assert.deepEqual(steps[1]!.pose, { x: 5, y: 1, z: 0, yaw: 270 });
});

Deno.test("explore() turns a fault of eyes or policy into one error event", async () => {
  const blind = await collect(explore(options({
    eyes: () => Promise.reject(new Error("no light")),
  })));
  assert.deepEqual(blind.slice(1), [
    { type: "error", agent_id: 0, message: "no light" },
  ]);
  const lost = await collect(explore(options({
    makePolicy: () => {
      throw new Error("no mind");
    },
  })));
  assert.deepEqual(lost.slice(1), [
    { type: "error", agent_id: 0, message: "no mind" },
  ]);
});

Deno.test("explore() ends with agent_done when stopped in the middle of a decision", async () => {
  const stop = new AbortController();
  let asked: AbortSignal | undefined;
  const events = await collect(explore(options({
    signal: stop.signal,
    makePolicy: () =>
      scripted(({ step, pose }, signal) => {
        if (step === 0) return move(pose);
        asked = signal;
        queueMicrotask(() => stop.abort());
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason))
        );
      }),
  })));
  assert.ok(asked?.aborted);
  const done = events.at(-1)!;
  assert.ok(done.type === "agent_done");
  assert.equal(done.steps, 1);
});

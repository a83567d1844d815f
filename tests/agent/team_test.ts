import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { boundedGround } from "../../src/agent/ground.ts";
import { search, type TeamOptions } from "../../src/agent/team.ts";
import type { AgentEvent } from "../../src/events/event.ts";
import { Blackboard } from "../../src/map/blackboard.ts";
import {
  bounds,
  collect,
  contractViolations,
  fakeEyes,
  fakeLook,
  move,
  scripted,
  untilAborted,
} from "./fakes.ts";
import { seenArea } from "../map/views.ts";

function options(changes: Partial<TeamOptions>): TeamOptions {
  const board = new Blackboard(bounds);
  return {
    start: { x: 0, y: 0, z: 0, yaw: 30 },
    numAgents: 2,
    maxSteps: 3,
    eyes: fakeEyes,
    makePolicy: () => scripted(({ pose }) => move(pose)),
    bounds,
    ground: () => Promise.resolve(boundedGround(bounds)),
    boardOf: () => board,
    verify: true,
    fov: 75,
    signal: new AbortController().signal,
    ...changes,
  };
}

Deno.test("search() spreads the start yaws over the circle", async () => {
  const events = await collect(search(options({ numAgents: 3 })));
  const yaws = events.flatMap((event) =>
    event.type === "agent_started" ? [event.start_pose.yaw] : []
  );
  assert.deepEqual(yaws, [30, 150, 270]);
});

Deno.test("a panorama is seen once for all agents, and is no step", async () => {
  const seen: number[] = [];
  const board = new Blackboard(bounds);
  const told: unknown[] = [];
  const events = await collect(search(options({
    boardOf: () => board,
    panorama: (pose) => {
      seen.push(pose.yaw);
      const look = fakeLook(pose);
      return Promise.resolve({
        ...look,
        view: { ...look.view, depth: new Float32Array(4).fill(2) },
      });
    },
    makePolicy: (agentId) =>
      scripted(({ pose, step, panorama }) => {
        assert.ok(
          seenArea(board.map) > 0,
          "the map has it before any decision",
        );
        told.push([agentId, step, panorama?.map(({ pose }) => pose.yaw)]);
        return move(pose);
      }),
  })));
  assert.deepEqual(seen, [30, 120, 210, 300]);
  assert.deepEqual(contractViolations(events, 2), []);
  const steps = events.filter(({ type }) => type === "agent_step");
  assert.equal(steps.length, 6);
  for (const agentId of [0, 1]) {
    const own = told.filter((entry) => (entry as number[])[0] === agentId);
    assert.deepEqual(own, [
      [agentId, 0, seen],
      [agentId, 1, undefined],
      [agentId, 2, undefined],
    ]);
  }
});

Deno.test("a panorama that fails is each agent's error, and one who is stopped waits for none", async () => {
  const failing = await collect(search(options({
    panorama: () => Promise.reject(new Error("no device")),
  })));
  assert.deepEqual(
    failing.flatMap((event) => event.type === "error" ? [event.message] : []),
    ["no device", "no device"],
  );
  const stop = new AbortController();
  const stopped = collect(search(options({
    panorama: (_pose, signal) => untilAborted(signal),
    signal: stop.signal,
  })));
  await delay(5);
  stop.abort();
  assert.deepEqual((await stopped).slice(-3).map(({ type }) => type), [
    "agent_done",
    "agent_done",
    "session_complete",
  ]);
});

Deno.test("search() tells that nobody found anything", async () => {
  const events = await collect(search(options({})));
  assert.deepEqual(contractViolations(events, 2), []);
  assert.deepEqual(events.at(-1), {
    type: "session_complete",
    winner_agent_id: null,
    description: "No target found",
  });
});

Deno.test("search() aborts the others' decisions at once when one finds it", async () => {
  let aborted = 0;
  let abortedWhenTold = 0;
  const events: AgentEvent[] = [];
  for await (
    const event of search(options({
      numAgents: 3,
      makePolicy: (agentId) =>
        scripted(async ({ pose }, signal) => {
          if (agentId === 1) {
            await delay(10);
            return { action: "found", description: "here" };
          }
          await untilAborted(signal).catch((reason) => {
            aborted++;
            throw reason;
          });
          return move(pose);
        }),
    }))
  ) {
    if (event.type === "agent_found") abortedWhenTold = aborted;
    events.push(event);
  }
  assert.equal(abortedWhenTold, 2);
  assert.deepEqual(contractViolations(events, 3), []);
  assert.deepEqual(events.at(-1), {
    type: "session_complete",
    winner_agent_id: 1,
    description: "here",
  });
  assert.equal(events.filter(({ type }) => type === "agent_done").length, 2);
});

Deno.test("search() lets the others go on when an agent fails", async () => {
  const events = await collect(search(options({
    makePolicy: (agentId) =>
      scripted(({ pose }) => {
        if (agentId === 0) throw new Error("broken");
        return move(pose);
      }),
  })));
  assert.deepEqual(contractViolations(events, 2), []);
  assert.equal(
    events.filter((event) => event.type === "agent_step").length,
    3,
  );
  assert.equal(events.filter(({ type }) => type === "error").length, 1);
});

Deno.test("search() closes all agents when stopped from outside", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 10);
  const events = await collect(search(options({
    signal: stop.signal,
    makePolicy: () => scripted((_, signal) => untilAborted(signal)),
  })));
  assert.deepEqual(events.map(({ type }) => type), [
    "agent_started",
    "agent_started",
    "agent_done",
    "agent_done",
    "session_complete",
  ]);
});

Deno.test("search() stops the agents when its reader leaves", async () => {
  let aborted = 0;
  for await (
    const event of search(options({
      makePolicy: (agentId) =>
        scripted(async ({ pose }, signal) => {
          if (agentId === 1) {
            await untilAborted(signal).finally(() => aborted++);
          }
          return move(pose);
        }),
    }))
  ) {
    if (event.type === "agent_step") break;
  }
  assert.equal(aborted, 1);
});

Deno.test("search() keeps its contract and has one winner whatever the agents do", async () => {
  const behaviour = fc.record({
    ticks: fc.nat({ max: 4 }),
    end: fc.constantFrom("found", "fail", "move", "unreadable" as const),
    step: fc.nat({ max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour, { minLength: 1, maxLength: 6 }),
      async (agents) => {
        const events = await collect(search(options({
          numAgents: agents.length,
          makePolicy: (agentId) => {
            const { ticks, end, step: last } = agents[agentId]!;
            return scripted(async ({ step, pose }) => {
              for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
              if (step < last || end === "move") return move(pose);
              if (end === "fail") throw new Error("broken");
              return end === "found"
                ? { action: "found", description: `by ${agentId}` }
                : { action: "unreadable", raw: "" };
            });
          },
        })));
        assert.deepEqual(contractViolations(events, agents.length), []);
        const finds = events.filter(({ type }) => type === "agent_found");
        const steps = events.filter((event) =>
          event.type === "agent_step" && event.action === "found"
        );
        const canFind = agents.some(({ end, step }) =>
          end === "found" && step < 3
        );
        assert.equal(finds.length, canFind ? 1 : 0);
        assert.equal(steps.length, finds.length);
        const complete = events.at(-1)!;
        assert.ok(complete.type === "session_complete");
        assert.equal(complete.winner_agent_id !== null, canFind);
      },
    ),
  );
});

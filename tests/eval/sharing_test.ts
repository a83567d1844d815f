/** What agents of a run share, and that a run without pictures makes none. */

import assert from "node:assert/strict";
import type { Blackboard } from "../../src/map/blackboard.ts";
import type { Renderer } from "../../src/render/renderer.ts";
import { type AgentEvent, run, type RunOptions } from "../../src/run.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { fakeLook, scripted } from "../agent/fakes.ts";
import { CONTESTANTS } from "../../src/eval/contestants.ts";

/** Two agents with two looks each at nothing; the boards that they were given. */
async function search(
  options: Pick<RunOptions, "shares" | "thumbnails">,
): Promise<{ boards: Blackboard[]; events: AgentEvent[] }> {
  const { frame } = makeDemoScene(1);
  const { view } = fakeLook(frame.start);
  const renderer: Renderer = {
    backend: "cpu",
    description: "nothing",
    render: () => Promise.resolve(view),
    renderMany: (cameras) => Promise.resolve(cameras.map(() => view)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const boards: Blackboard[] = [];
  const events = await Array.fromAsync(run(
    { query: "", start: frame.start, numAgents: 2, maxSteps: 2, seed: 1 },
    {
      frame,
      renderer: () => Promise.resolve(renderer),
      freeSpace: () => Promise.resolve(undefined),
      width: 2,
      height: 2,
      verify: true,
      makePolicy: ({ board }) => {
        boards.push(board!);
        return scripted(({ pose }) => ({
          action: "move",
          pose,
          reasoning: "",
        }));
      },
    },
    { ...options, signal: new AbortController().signal },
  ));
  return { boards, events };
}

Deno.test("agents share what they know unless they are told not to", async () => {
  const together = await search({});
  assert.equal(together.boards.length, 2);
  assert.equal(together.boards[0], together.boards[1]);
  const alone = await search({ shares: false });
  assert.notEqual(alone.boards[0], alone.boards[1]);
  assert.equal(CONTESTANTS.independent.shares, false);
  assert.equal(CONTESTANTS["detector-unshared"].shares, false);
});

Deno.test("steps carry pictures unless nobody wants them", async () => {
  const pictures = (events: readonly AgentEvent[]): string[] =>
    events.flatMap((event) =>
      event.type === "agent_step" ? [event.image_b64] : []
    );
  const { events } = await search({});
  assert.equal(pictures(events).length, 4);
  assert.ok(pictures(events).every((text) => text.startsWith("iVBORw0KGgo")));
  const bare = await search({ thumbnails: false });
  assert.deepEqual(pictures(bare.events), ["", "", "", ""]);
});

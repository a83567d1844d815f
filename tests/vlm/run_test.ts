/** Whole runs of the program against endpoints that misbehave. */

import assert from "node:assert/strict";
import type { AgentEvent } from "../../src/events/event.ts";
import { cli, parseEvents } from "../cli/process.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";

const API_KEY = "sk-canary-0123456789";

/** Runs `splatscout find` against `url`, if given, and waits for its end. */
async function find(
  url: string | undefined,
  ...flags: string[]
): Promise<
  { code: number; text: string; events: AgentEvent[]; stderr: string }
> {
  const { code, lines, stderr } = await cli([
    "the red chair",
    ...(url === undefined ? [] : [`--base-url=${url}`]),
    "--size=64",
    "--backend=cpu",
    ...flags,
  ], { permissions: ["--allow-all"], env: { VLLM_API_KEY: API_KEY } });
  const texts = lines.map(({ text }) => text);
  return {
    code,
    text: texts.join("\n"),
    events: parseEvents(lines),
    stderr,
  };
}

Deno.test("faults that pass cost time alone: every step is told once, in order", async () => {
  await using fake = await startFakeVllm({
    apiKey: API_KEY,
    script: {
      agents: {
        0: [
          { status: 500, error: { error: { message: `not you, ${API_KEY}` } } },
          { fault: "reset-mid" },
          {},
          { fault: "error-mid" },
          { fault: "blanks" },
          {},
        ],
        1: [{ behave: "garbage" }, { behave: "garbage" }, {
          fault: "end-early",
        }],
      },
    },
  });
  const { code, text, events, stderr } = await find(fake.url, "--max-steps=3");
  assert.equal(code, 1, stderr);
  for (const agent of [0, 1]) {
    const own = events.filter((event) =>
      "agent_id" in event && event.agent_id === agent
    );
    assert.deepEqual(
      own.map((event) => event.type === "agent_step" ? event.step : event.type),
      ["agent_started", 0, 1, 2, "agent_done"],
    );
  }
  const reasons = events.flatMap((event) =>
    event.type === "agent_step"
      ? [[event.agent_id, event.step, event.reasoning]]
      : []
  );
  assert.deepEqual(
    reasons.filter(([, , reasoning]) =>
      reasoning === "(parse failed - rotating)"
    ),
    [[1, 0, "(parse failed - rotating)"]],
  );
  assert.match(stderr, /agent 0: 500: not you, \*\*\*; asking again/);
  assert.ok(!(text + stderr).includes("canary"));
});

Deno.test("what cannot pass ends each agent with one error event that names the mend", async () => {
  await using fake = await startFakeVllm({ apiKey: "another-key" });
  const { code, text, events, stderr } = await find(fake.url);
  assert.equal(code, 2);
  assert.deepEqual(events.map(({ type }) => type), [
    "agent_started",
    "agent_started",
    "error",
    "error",
    "session_complete",
  ]);
  const line =
    `${fake.url}/v1 refuses the API key (401: Unauthorized). Set VLLM_API_KEY to a key that the server accepts`;
  for (const event of events) {
    if (event.type === "error") assert.equal(event.message, line);
  }
  assert.ok(stderr.includes(line));
  assert.ok(!(text + stderr).includes("canary"));
});

Deno.test("one agent's fault leaves the others searching", async () => {
  await using fake = await startFakeVllm({
    script: {
      agents: {
        0: [{
          status: 404,
          error: { error: { message: "The model went away." } },
        }],
      },
      found: { step: 2, agent: 1 },
    },
  });
  const { code, events } = await find(fake.url);
  assert.equal(code, 0);
  const ends = events.filter(({ type }) =>
    ["error", "agent_found"].includes(type)
  );
  assert.deepEqual(
    ends.map((event) => [event.type, "agent_id" in event && event.agent_id]),
    [["error", 0], ["agent_found", 1]],
  );
});

Deno.test("a recorded run is replayed byte for byte, without the endpoint", async () => {
  const recording = await Deno.makeTempFile();
  try {
    let told: string;
    {
      await using fake = await startFakeVllm({
        script: {
          agents: {
            1: [{ latencyMs: 300 }],
            2: [{ latencyMs: 150 }, { behave: "garbage" }],
          },
          found: { step: 3, agent: 2 },
        },
      });
      const { code, text } = await find(
        fake.url,
        "--agents=3",
        `--record=${recording}`,
      );
      assert.equal(code, 0);
      told = text;
    }
    const { code, text } = await find(
      undefined,
      "--agents=3",
      `--replay=${recording}`,
    );
    assert.equal(code, 0);
    assert.equal(text, told);
  } finally {
    await Deno.remove(recording);
  }
});

/** Whole runs of the program against endpoints that misbehave. */

import assert from "node:assert/strict";
import type { AgentEvent } from "../../src/events/event.ts";
import { cli, parseEvents } from "../cli/process.ts";
import { decodePng } from "../image/decode_png.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";
import type { FakeReply } from "../fake_vllm/script.ts";

const API_KEY = "sk-canary-0123456789";

/** Pixels of the colour that marks ways to unseen floor, in the PNG that has most. */
function mostYellow(pngs: readonly string[]): number {
  const counts = pngs.map((base64) => {
    const { data } = decodePng(Uint8Array.fromBase64(base64));
    let pixels = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i]! > 245 && data[i + 1]! > 200 && data[i + 2]! < 20) pixels++;
    }
    return pixels;
  });
  return Math.max(...counts);
}

/** Numbers in [0, 1) (Lehmer's generator). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = state * 48271 % 0x7fffffff) / 0x7fffffff;
}

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

/** What `session_complete` says, as the last event. */
function descriptionOf(events: readonly AgentEvent[]): string {
  const last = events.at(-1);
  return last?.type === "session_complete" ? last.description : "";
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

Deno.test("agents tell each other what they see, and a replay repeats even that", async () => {
  const recording = await Deno.makeTempFile();
  const afar = {
    reasoning: "Something red over there.",
    action: "move",
    yaw: 40,
    description: "something red behind the table",
    ...{ left: 450, top: 500, right: 550, bottom: 600 },
  };
  const claim = {
    reasoning: "There.",
    action: "found",
    description: "the chair",
    ...{ left: 400, top: 400, right: 600, bottom: 600 },
  };
  const random = seededRandom(7);
  const turns = (): FakeReply[] =>
    Array.from(
      { length: 8 },
      () => ({ latencyMs: Math.round(250 * random()) }),
    );
  const flags = ["--agents=3", "--max-steps=5", "--panorama=on"];
  try {
    let told: string;
    {
      await using fake = await startFakeVllm({
        script: {
          agents: {
            0: turns().with(1, {
              content: JSON.stringify(claim),
              latencyMs: 120,
            })
              .with(2, { behave: "no" }),
            1: turns().with(0, { content: JSON.stringify(afar) }),
            2: turns(),
          },
        },
      });
      const { code, text, stderr } = await find(
        fake.url,
        ...flags,
        `--record=${recording}`,
      );
      assert.equal(code, 1, stderr);
      told = text;
      const asked = (await fake.requests()).filter(({ kind, step }) =>
        kind === "step" && step === 4
      );
      const firsts = (await fake.requests()).filter(({ step }) => step === 0)
        .map(({ text }) => JSON.parse(text).messages[1].content);
      for (const content of firsts) {
        assert.equal(content.length, 6, "four pictures, the view, the words");
        assert.deepEqual(content.slice(0, 4), firsts[0].slice(0, 4));
        assert.match(content[5].text, /looking to yaw 0, 90, 180, 270/);
      }
      const lastOf = (agent: number): string =>
        asked.find((request) => request.agent === agent)!.text;
      assert.match(lastOf(2), /News of the others: Agent 0 looked from/);
      assert.match(
        lastOf(2),
        /Agent 1 may have seen the target near .*something red behind/,
      );
      assert.match(lastOf(2), /Not the target, as agent 0 found from nearer/);
      assert.doesNotMatch(lastOf(1), /Agent 1 may have seen/);
      assert.doesNotMatch(lastOf(0), /as agent 0 found/);
    }
    for (let repeat = 0; repeat < 2; repeat++) {
      const { code, text, stderr } = await find(
        undefined,
        ...flags,
        `--replay=${recording}`,
      );
      assert.equal(code, 1, stderr);
      assert.equal(text, told);
    }
  } finally {
    await Deno.remove(recording);
  }
});

Deno.test("numbered ways are for the model alone: a step stays a move to a pose", async () => {
  const recording = await Deno.makeTempFile();
  const flags = ["--actions=waypoints", "--max-steps=4", "--size=128"];
  try {
    let told: string;
    {
      await using fake = await startFakeVllm({
        script: {
          otherwise: { behave: "go" },
          agents: {
            1: [
              {},
              ...[0, 1].map(() => ({
                content: '{"reasoning": "r", "action": "go", "number": 8}',
              })),
            ],
          },
        },
      });
      const { code, text, events, stderr } = await find(
        fake.url,
        ...flags,
        `--record=${recording}`,
      );
      assert.equal(code, 1, stderr);
      told = text;
      const steps = events.filter((event) => event.type === "agent_step");
      assert.deepEqual(
        new Set(steps.map(({ action }) => action)),
        new Set(["move"]),
      );
      const own = steps.filter(({ agent_id }) => agent_id === 0);
      const moved = own.slice(1).filter(({ pose }, i) =>
        Math.hypot(pose.x - own[i]!.pose.x, pose.y - own[i]!.pose.y) >= 0.5
      );
      assert.ok(moved.length > 0, text);
      // A number that no way has is asked about again, then the agent turns.
      assert.deepEqual(
        steps.filter(({ reasoning }) => reasoning.startsWith("(parse failed"))
          .map(({ agent_id, step }) => [agent_id, step]),
        [[1, 1]],
      );
      const asked = (await fake.requests()).map(({ text }) => JSON.parse(text));
      assert.ok(
        asked.every(({ response_format }) =>
          response_format.json_schema.name === "waypoint_decision"
        ),
      );
      const [, words] = asked[0].messages[1].content;
      assert.match(words.text, /^1: \d\.\d m, .*seen$/m);
      // The model's picture is drawn upon, the event's is not.
      const drawnUpon = asked.map(({ messages }) =>
        messages.at(-1).content[0].image_url.url.split(",")[1]
      );
      assert.ok(mostYellow(drawnUpon) > 50);
      assert.equal(
        mostYellow(steps.map(({ image_b64 }) => image_b64)),
        0,
      );
    }
    const { text } = await find(undefined, ...flags, `--replay=${recording}`);
    assert.equal(text, told);
  } finally {
    await Deno.remove(recording);
  }
});

Deno.test("a run that no endpoint answered is replayed, too", async () => {
  const recording = await Deno.makeTempFile();
  try {
    let told: string;
    {
      await using fake = await startFakeVllm({ apiKey: "another-key" });
      const { code, text } = await find(fake.url, `--record=${recording}`);
      assert.equal(code, 2);
      told = text;
    }
    const { code, text } = await find(undefined, `--replay=${recording}`);
    assert.equal(code, 2);
    assert.equal(text, told);
  } finally {
    await Deno.remove(recording);
  }
});

Deno.test("a deadline ends a run in order and says so, and so does its replay", async () => {
  const recording = await Deno.makeTempFile();
  try {
    let told: string;
    {
      await using fake = await startFakeVllm({
        script: {
          agents: { 0: [{}, { fault: "never" }], 1: [{ fault: "never" }] },
        },
      });
      const { code, text, events } = await find(
        fake.url,
        "--deadline=8s",
        `--record=${recording}`,
      );
      assert.equal(code, 1);
      assert.deepEqual(events.slice(-3).map(({ type }) => type), [
        "agent_done",
        "agent_done",
        "session_complete",
      ]);
      assert.equal(
        descriptionOf(events),
        "No target found: the deadline of 8 s has passed",
      );
      const { aborted } = await fake.until(({ running }) => running === 0);
      assert.equal(aborted, 2, "the server was told to stop");
      told = text;
    }
    const { code, text } = await find(undefined, `--replay=${recording}`);
    assert.equal(code, 1);
    assert.equal(text, told);
  } finally {
    await Deno.remove(recording);
  }
});

Deno.test("a budget of tokens ends a run in order; what was used is in usage.json", async () => {
  const out = await Deno.makeTempDir();
  try {
    await using fake = await startFakeVllm({
      script: { otherwise: { latencyMs: 20 } },
    });
    const { code, events, stderr } = await find(
      fake.url,
      "--max-tokens-total=5000",
      "--max-steps=100",
      `--out=${out}`,
    );
    assert.equal(code, 1);
    assert.match(
      descriptionOf(events),
      /^No target found: the budget of 5000 tokens is used up \(\d+\)$/,
    );
    assert.equal(events.filter(({ type }) => type === "agent_done").length, 2);
    const usage = JSON.parse(await Deno.readTextFile(`${out}/usage.json`));
    assert.equal(usage.model, "tiny");
    assert.equal(
      usage.total_tokens,
      usage.prompt_tokens + usage.completion_tokens,
    );
    assert.ok(usage.total_tokens >= 5000 && usage.total_tokens < 15_000);
    assert.ok(usage.cached_tokens > 0 && usage.estimated_tokens === 0);
    assert.ok(
      stderr.includes(
        `${usage.prompt_tokens.toLocaleString("en-US")} prompt tokens`,
      ),
      stderr,
    );
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("--wait says what it waits for, and the run goes on from there", async () => {
  for (const loading of [{ loadingStatus: 503 }, {}]) {
    await using fake = await startFakeVllm({
      loadingMs: 3000,
      ...loading,
      script: { found: { step: 0 } },
    });
    const { code, stderr } = await find(fake.url, "--wait=60", "--agents=1");
    assert.match(stderr, /waiting for the endpoint \(\d+ s\): Cannot/);
    assert.equal(code, 0, stderr);
  }
});

import assert from "node:assert/strict";
import { makeVlmPolicy } from "../../src/policy/vlm_policy.ts";
import type { Decision } from "../../src/policy/policy.ts";
import { VlmClient } from "../../src/vlm/client.ts";
import {
  startFakeVllm,
  type StartFakeVllmOptions,
} from "../fake_vllm/fake_vllm.ts";
import { observationAt } from "./asking.ts";

/** What a run came to: decisions in the order in which they were made. */
type Told = { agent: number; step: number; decision: Decision }[];

/** Two agents take `steps` steps each; agent 1 takes longer to look around. */
async function explore(
  client: VlmClient,
  { steps, query = "the red chair" }: { steps: number; query?: string },
): Promise<Told> {
  const make = makeVlmPolicy(client);
  const told: Told = [];
  const agents = [0, 1].map(async (agentId) => {
    const policy = make({ query, agentId, numAgents: 2, seed: 3 });
    for (let step = 0; step < steps; step++) {
      const decision = await policy.decide(
        observationAt(step),
        new AbortController().signal,
      );
      told.push({ agent: agentId, step, decision });
      await new Promise((resolve) => setTimeout(resolve, 5 + 10 * agentId));
    }
  });
  await Promise.allSettled(agents); // None outlives the test.
  await Promise.all(agents);
  return told;
}

/** Records a run against a fake server; gives what it told and the file's text. */
async function record(
  server: StartFakeVllmOptions,
  apiKey?: string,
): Promise<{ told: Told; text: string }> {
  await using fake = await startFakeVllm(server);
  const path = await Deno.makeTempFile();
  try {
    let told: Told;
    {
      await using client = VlmClient.connect({
        baseUrl: fake.url,
        record: path,
        apiKey,
      });
      told = await explore(client, { steps: 4 });
    }
    return { told, text: await Deno.readTextFile(path) };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a replay tells the same in the same order, without any endpoint", async () => {
  const { told, text } = await record({
    script: {
      // Agent 1's first answers come long after agent 0's second.
      agents: { 1: [{ latencyMs: 80 }, { behave: "garbage" }] },
      found: { step: 3, agent: 1 },
    },
  });
  for (let repeat = 0; repeat < 3; repeat++) {
    await using client = VlmClient.replay(text);
    assert.deepEqual(await explore(client, { steps: 4 }), told);
    assert.equal(client.usage().answers, 9);
    assert.equal(client.usage().model, "tiny");
  }
});

Deno.test("a recording holds pictures by hash, and no key", async () => {
  const apiKey = "sk-canary-0123456789";
  const { text } = await record({
    apiKey,
    script: {
      first: [{
        content: `{"reasoning": "it is ${apiKey}", "action": "move"}`,
      }],
    },
  }, apiKey);
  assert.ok(!text.includes("canary"));
  assert.ok(text.includes("it is ***"));
  assert.ok(!text.includes("iVBOR"));
  const [head, question, ...rest] = text.split("\n").map((line) =>
    line && JSON.parse(line)
  );
  assert.deepEqual(head, {
    splatscout_recording: 2,
    model: { id: "tiny", maxLength: 32768 },
  });
  assert.deepEqual(question, { agent: 0, asks: true });
  const first = rest.find((line) => line.request);
  assert.match(first.request.messages[1].images[0], /^[0-9a-f]{64}$/);
  assert.match(first.request.messages[1].text, /^Position: /);
});

Deno.test("failures are recorded and replayed, too", async () => {
  const { told, text } = await record({
    maxImages: 2, // the third picture is refused, then fewer are sent
  });
  await using client = VlmClient.replay(text);
  assert.deepEqual(await explore(client, { steps: 4 }), told);
  assert.ok(text.includes('"kind":"overflow"'));
});

Deno.test("a replay of another question fails and says what differs", async () => {
  const { text } = await record({});
  await using client = VlmClient.replay(text);
  await assert.rejects(
    explore(client, { steps: 4, query: "the blue sofa" }),
    /asks something else than was recorded \(use the recorded query/,
  );
});

Deno.test("a replay that goes on where the recorded run was stopped says so", async () => {
  const { text } = await record({});
  await using client = VlmClient.replay(text);
  const over = new Promise((resolve) =>
    client.over!.addEventListener("abort", resolve)
  );
  const longer = explore(client, { steps: 5 });
  longer.catch(() => {});
  await over;
  await assert.rejects(longer, /it is of a shorter run/);
  // Both agents wait in vain; the second one's wait must not outlive the test.
  await new Promise((resolve) => setTimeout(resolve, 300));
});

Deno.test("what is no recording is refused by line", () => {
  assert.throws(() => VlmClient.replay(""), /line 1 is no head/);
  assert.throws(
    () => VlmClient.replay('{"splatscout_recording":2,"model":{"id":"m"}}\n{}'),
    /line 2 is no exchange/,
  );
});

import assert from "node:assert/strict";
import { startFakeVllm } from "./fake_vllm.ts";

const ask = (
  url: string,
  step: number,
  init: RequestInit = {},
): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "x-request-id": "run-agent-1-0" },
    body: JSON.stringify({
      model: "tiny",
      max_completion_tokens: 200,
      messages: [{
        role: "user",
        content: `Position: (1.00, 2.00, 0.00), yaw=90.0. Step ${step}/15.`,
      }],
    }),
    ...init,
  });

Deno.test("the fake server answers by agent and step, and logs what it was asked", async () => {
  await using fake = await startFakeVllm({ script: "found:3@1" });
  const at = async (step: number): Promise<string> =>
    JSON.parse(
      (await (await ask(fake.url, step)).json()).choices[0].message.content,
    ).action;
  assert.equal(await at(2), "move");
  assert.equal(await at(3), "found");
  const requests = await fake.requests();
  assert.deepEqual(requests.map(({ agent, step }) => [agent, step]), [
    [1, 2],
    [1, 3],
  ]);
});

Deno.test("the fake server counts what runs and notices when a client leaves", async () => {
  await using fake = await startFakeVllm({ latencyMs: 5000 });
  const controller = new AbortController();
  const answer = ask(fake.url, 0, { signal: controller.signal });
  await fake.until(({ running }) => running === 1);
  controller.abort();
  await assert.rejects(answer, { name: "AbortError" });
  const { aborted } = await fake.until(({ running }) => running === 0);
  assert.equal(aborted, 1);
});

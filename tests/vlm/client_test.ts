import assert from "node:assert/strict";
import { VlmClient } from "../../src/vlm/client.ts";
import { EndpointError } from "../../src/vlm/errors.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";
import { until } from "../server/harness.ts";
import { PICTURE, withAgent } from "./asking.ts";

const live = (): AbortSignal => new AbortController().signal;
const images = [{ png: PICTURE, width: 32, height: 32 }];

Deno.test("requests stream, are constrained, bounded and seeded, and name their agent", async () => {
  await withAgent(
    { client: { headers: { "X-Session-ID": "scout-{agent}" } } },
    async ({ fake, decide }) => {
      await decide(0);
      const { text, headers } = (await fake.requests())[0]!;
      const { messages, response_format, ...body } = JSON.parse(text);
      assert.deepEqual(body, {
        model: "tiny",
        stream: true,
        stream_options: { include_usage: true },
        max_completion_tokens: 512,
        temperature: 0.7,
        seed: 7,
        chat_template_kwargs: { enable_thinking: false },
      });
      assert.equal(response_format.type, "json_schema");
      assert.equal(messages[1].content[0].type, "image_url");
      assert.ok(
        messages[1].content[0].image_url.url.startsWith(
          "data:image/png;base64,iVBOR",
        ),
      );
      assert.match(headers["x-request-id"]!, /^splatscout-\w{8}-agent-0-\d+$/);
      assert.equal(headers["x-session-id"], "scout-0");
    },
  );
});

Deno.test("without a key none is sent, and a key of one's own takes its place", async () => {
  await withAgent(
    { client: { headers: {} } },
    async ({ fake, decide }) => {
      await decide(0);
      assert.ok(!("authorization" in (await fake.requests())[0]!.headers));
    },
  );
  await withAgent(
    {
      server: { apiKey: "router-key" },
      client: { headers: { Authorization: "Bearer router-key" } },
    },
    async ({ fake, decide }) => {
      await decide(0); // the list of models was guarded as well
      const { headers } = (await fake.requests())[0]!;
      assert.equal(headers.authorization, "Bearer router-key");
    },
  );
});

Deno.test("thinking is let on by an option", async () => {
  await withAgent({ client: { thinking: true } }, async ({ fake, decide }) => {
    await decide(0);
    const body = JSON.parse((await fake.requests())[0]!.text);
    assert.equal(body.chat_template_kwargs.enable_thinking, true);
    assert.equal(body.max_completion_tokens, 4096);
  });
});

for (const field of ["reasoning", "reasoningContent"] as const) {
  Deno.test(`an answer in ${field} counts where content is null`, async () => {
    const json = '{"reasoning": "r", "action": "found", "description": "here"}';
    await withAgent(
      { server: { script: { first: [{ content: null, [field]: json }] } } },
      async ({ decide }) => {
        assert.deepEqual(await decide(0), {
          action: "found",
          description: "here",
        });
      },
    );
  });
}

Deno.test("stopping an agent stops the server's work at once", async () => {
  await withAgent(
    { server: { script: { otherwise: { chunkSize: 1, chunkMs: 50 } } } },
    async ({ fake, decide }) => {
      const stop = new AbortController();
      const decision = decide(0, stop.signal);
      await fake.until(({ running }) => running === 1);
      const reason = new Error("another agent won");
      const at = performance.now();
      stop.abort(reason);
      await assert.rejects(decision, (error) => error === reason);
      assert.ok(performance.now() - at < 1000);
      const { aborted } = await fake.until(({ running }) => running === 0);
      assert.equal(aborted, 1);
      assert.equal((await fake.requests()).length, 1, "no retry");
    },
  );
});

Deno.test("stopping an agent that waits to try again ends the wait", async () => {
  await withAgent(
    {
      server: {
        script: { otherwise: { status: 503, headers: { "retry-after": "8" } } },
      },
    },
    async ({ decide, notices }) => {
      const stop = new AbortController();
      const decision = decide(0, stop.signal);
      await until(() => notices.length > 0, 10_000);
      assert.match(notices[0]!, /503.*asking again in 8.0 s/);
      const at = performance.now();
      stop.abort();
      await assert.rejects(decision, { name: "AbortError" });
      assert.ok(performance.now() - at < 4_000, "not the whole wait");
    },
  );
});

Deno.test("the only model listed is asked, and its window is known", async () => {
  await using fake = await startFakeVllm({
    models: ["Qwen/Qwen3-VL-8B-Instruct"],
    maxModelLength: 4096,
  });
  await using client = VlmClient.connect({ baseUrl: `${fake.url}/v1/` });
  assert.deepEqual(await client.ready(live()), {
    id: "Qwen/Qwen3-VL-8B-Instruct",
    maxLength: 4096,
  });
});

Deno.test("several models listed: the error names them; --model chooses", async () => {
  await using fake = await startFakeVllm({ models: ["a/b", "c"] });
  await using client = VlmClient.connect({ baseUrl: fake.url });
  await assert.rejects(client.ready(live()), {
    message:
      `Cannot choose a model as ${fake.url}/v1 lists several: a/b, c. Name one with --model`,
  });
  await using chosen = VlmClient.connect({ baseUrl: fake.url, model: "c" });
  assert.equal((await chosen.ready(live())).id, "c");
});

Deno.test("waiting for a server that is loading polls and says so", async () => {
  for (const loadingStatus of [undefined, 502]) {
    await using fake = await startFakeVllm({
      loadingMs: 1200,
      ...(loadingStatus ? { loadingStatus } : {}),
    });
    await using client = VlmClient.connect({ baseUrl: fake.url });
    const reasons: string[] = [];
    const model = await client.waitUntilReady({
      seconds: 10,
      signal: live(),
      onWaiting: (reason) => reasons.push(reason),
    });
    assert.equal(model.id, "tiny");
    assert.match(
      reasons[0]!,
      loadingStatus ? /does not list its models: 502/ : /connection refused/,
    );
  }
});

Deno.test("a port that no web client may use is named at once, and nothing is waited for", async () => {
  await using client = VlmClient.connect({ baseUrl: "http://127.0.0.1:9" });
  await assert.rejects(
    client.waitUntilReady({ seconds: 60, signal: live() }),
    /^EndpointError: Cannot reach http:\/\/127\.0\.0\.1:9\/v1: port 9 is one of those .*\. Serve the model on another port/,
  );
});

Deno.test("waiting ends after the given time, and not for a wrong key", async () => {
  await using fake = await startFakeVllm({
    loadingMs: 60_000,
    loadingStatus: 503,
  });
  await using client = VlmClient.connect({ baseUrl: fake.url });
  const start = performance.now();
  await assert.rejects(
    client.waitUntilReady({ seconds: 1.5, signal: live() }),
    EndpointError,
  );
  assert.ok(performance.now() - start < 10_000);

  await using guarded = await startFakeVllm({ apiKey: "right-key" });
  await using wrong = VlmClient.connect({ baseUrl: guarded.url });
  await assert.rejects(
    wrong.waitUntilReady({ seconds: 60, signal: live() }),
    /asks for an API key/,
  );
});

Deno.test("usage is summed over answers of all kinds", async () => {
  await withAgent({}, async ({ fake, client, decide }) => {
    await decide(0);
    await decide(1);
    await client.askYesNo(images, "Is this grey?", {
      agent: 0,
      seed: 1,
      signal: live(),
    });
    const usage = client.usage();
    const cached = (await fake.requests()).reduce(
      (sum, r) => sum + r.cached,
      0,
    );
    assert.equal(usage.model, "tiny");
    assert.equal(usage.answers, 3);
    assert.ok(cached > 0);
    assert.equal(usage.cachedTokens, cached);
    assert.equal(
      usage.totalTokens,
      usage.promptTokens + usage.completionTokens,
    );
    assert.equal(usage.estimatedTokens, 0);
  });
});

Deno.test("a question is answered yes, no, or not at all", async () => {
  await using fake = await startFakeVllm({
    script: {
      first: [
        { behave: "yes" },
        { behave: "no" },
        { content: "No, that is a table." },
        { behave: "garbage" },
        { behave: "garbage" },
      ],
    },
  });
  await using client = VlmClient.connect({ baseUrl: fake.url });
  const ask = async (): Promise<string> =>
    (await client.askYesNo(images, "Is this a chair?", {
      agent: 3,
      seed: 1,
      signal: live(),
    })).answer;
  assert.deepEqual(
    [await ask(), await ask(), await ask(), await ask()],
    ["yes", "no", "no", "unreadable"],
  );
  const [first] = await fake.requests();
  assert.equal(first!.kind, "question");
  assert.equal(first!.agent, 3);
});

Deno.test("keys show in no answer, error or notice, whatever the server echoes", async () => {
  const apiKey = "sk-canary+/0123456789=";
  const header = "canary-header-value";
  const echo = `you sent ${apiKey} ${JSON.stringify(apiKey)} ${
    encodeURIComponent(apiKey)
  } ${header}`;
  await withAgent(
    {
      server: {
        apiKey,
        script: {
          first: [
            { status: 500, error: { error: { message: echo } } },
            { fault: "error-mid", error: { error: { message: echo } } },
            {
              content: JSON.stringify({ reasoning: echo, action: "move" }),
            },
            { content: echo },
            { content: echo },
          ],
          otherwise: { status: 401, error: { error: echo } },
        },
      },
      client: { apiKey, headers: { "X-Router-Token": header } },
    },
    async ({ decide, notices, fake }) => {
      const seen: unknown[] = [await decide(0), await decide(1)];
      const error = await decide(2).then(() => assert.fail(), (error) => error);
      seen.push(error.message, error.stack, String(error.cause), notices);
      const text = Deno.inspect(seen, { depth: 10 }) + JSON.stringify(seen);
      assert.ok(text.includes("you sent ***"), text);
      assert.ok(!/canary/.test(text), text);
      const { headers } = (await fake.requests())[0]!;
      assert.equal(headers.authorization, `Bearer ${apiKey}`);
      assert.equal(headers["x-router-token"], header);
    },
  );
});

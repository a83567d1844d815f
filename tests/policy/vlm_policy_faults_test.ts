/** Every fault that an endpoint can have, against a server process with real sockets. */

import assert from "node:assert/strict";
import type { Decision } from "../../src/policy/policy.ts";
import { EndpointError, StepTimeoutError } from "../../src/vlm/errors.ts";
import type { FakeReply } from "../fake_vllm/script.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";
import { withAgent } from "../vlm/asking.ts";

const isMove = (decision: Decision): void =>
  assert.equal(decision.action, "move");

/** `first` replies, then valid ones. */
const script = (...first: FakeReply[]): { script: { first: FakeReply[] } } => ({
  script: { first },
});

Deno.test("a refused connection fails at once and names the mend", async () => {
  const gone = await startFakeVllm();
  await gone.stop();
  await withAgent({ client: { baseUrl: gone.url } }, async ({ decide }) => {
    const start = performance.now();
    await assert.rejects(decide(0), (error: Error) => {
      assert.ok(error instanceof EndpointError);
      assert.match(error.message, /connection refused/);
      assert.match(error.message, /vllm serve.*--base-url.*--wait 300/);
      assert.ok(error.message.includes(gone.url));
      return true;
    });
    assert.ok(performance.now() - start < 8000);
  });
});

Deno.test("a host that does not exist fails at once", async () => {
  await withAgent(
    { client: { baseUrl: "http://no-such-host.invalid:8000" } },
    async ({ decide }) => {
      await assert.rejects(decide(0), {
        message:
          "Cannot reach http://no-such-host.invalid:8000/v1: no such host. Correct --base-url",
      });
    },
  );
});

Deno.test("a connection that was reset when idle is replaced at once", async () => {
  await withAgent(
    { server: script({}, { fault: "reset" }) },
    async ({ fake, decide, notices }) => {
      isMove(await decide(0));
      isMove(await decide(1));
      assert.equal((await fake.requests()).length, 3);
      assert.deepEqual(notices, [], "it was not waited");
    },
  );
});

Deno.test("an idle connection is not used again after four seconds", async () => {
  await withAgent(
    { server: { keepAliveMs: 5000 } },
    async ({ fake, decide }) => {
      isMove(await decide(0));
      isMove(await decide(1));
      await new Promise((resolve) => setTimeout(resolve, 4600));
      isMove(await decide(2));
      const [first, second, third, ...more] = (await fake.requests())
        .map(({ connection }) => connection);
      assert.equal(second, first, "the pool is used");
      assert.notEqual(third, first, "but not for longer than four seconds");
      assert.deepEqual(more, [], "no retry was needed");
    },
  );
});

for (
  const [name, reply] of [
    ["reset before the first byte, again and again", { fault: "reset" }],
    ["reset in mid-stream", { fault: "reset-mid" }],
    ["an error event in the stream", { fault: "error-mid" }],
    ["a stream that ends without a finish reason", { fault: "end-early" }],
    ["an error as a whole body under 200", {
      status: 200,
      error: { error: { message: "overloaded", code: 503 } },
    }],
    ["500", { status: 500 }],
    ["502 with a page", { status: 502, error: "<html>Bad Gateway</html>" }],
    ["finish reason abort", { finish: "abort" }],
  ] satisfies [string, FakeReply][]
) {
  Deno.test(`passes: ${name}`, async () => {
    await withAgent(
      { server: script(reply, reply) },
      async ({ fake, decide }) => {
        const decision = await decide(0);
        isMove(decision);
        const requests = await fake.requests();
        assert.equal(requests.length, 3);
        assert.deepEqual(
          [...new Set(requests.map(({ step }) => step))],
          [0],
          "the step is asked again, never repeated",
        );
      },
    );
  });
}

for (const status of [429, 503]) {
  Deno.test(`${status} is retried when Retry-After says`, async () => {
    await withAgent(
      { server: script({ status, headers: { "retry-after": "1" } }) },
      async ({ decide, notices }) => {
        const start = performance.now();
        isMove(await decide(0));
        const waited = performance.now() - start;
        assert.ok(waited >= 1000 && waited < 8000, `${waited}`);
        assert.match(
          notices[0]!,
          new RegExp(`${status}.*asking again in 1.0 s`),
        );
      },
    );
  });
}

Deno.test("Retry-After of nothing is no leave to hammer the server", async () => {
  await withAgent(
    {
      server: {
        script: {
          otherwise: { status: 503, headers: { "retry-after": "0" } },
        },
      },
      client: { stepTimeout: 1500 },
    },
    async ({ fake, decide }) => {
      await assert.rejects(decide(0), StepTimeoutError);
      assert.ok((await fake.requests()).length <= 6);
    },
  );
});

Deno.test("Retry-After beyond the step's deadline fails now, not then", async () => {
  await withAgent(
    {
      server: {
        script: {
          otherwise: { status: 429, headers: { "retry-after": "3600" } },
        },
      },
    },
    async ({ decide }) => {
      const start = performance.now();
      await assert.rejects(
        decide(0),
        (error) =>
          error instanceof StepTimeoutError &&
          /429.*asks to wait 3600 s.*--step-timeout/.test(error.message),
      );
      assert.ok(performance.now() - start < 8000);
    },
  );
});

Deno.test("500 for ever ends at the step's deadline", async () => {
  await withAgent(
    {
      server: { script: { otherwise: { status: 500 } } },
      client: { stepTimeout: 1500 },
    },
    async ({ fake, decide }) => {
      const start = performance.now();
      await assert.rejects(decide(0), /in time: 500: made to fail/);
      assert.ok(performance.now() - start < 8000);
      const tries = (await fake.requests()).length;
      assert.ok(tries >= 2 && tries <= 6, `backed off: ${tries} tries`);
    },
  );
});

for (
  const [name, reply] of [
    ["a body that never comes", { fault: "never" }],
    ["a head without a body", { fault: "silent" }],
    ["a stream that stands still", { fault: "stall" }],
  ] satisfies [string, FakeReply][]
) {
  Deno.test(`given up half-way to the deadline, and asked again: ${name}`, async () => {
    await withAgent(
      { server: script(reply), client: { stepTimeout: 4000 } },
      async ({ fake, decide }) => {
        const start = performance.now();
        isMove(await decide(0));
        const took = performance.now() - start;
        assert.ok(took >= 1900 && took < 3900, `${took}`);
        const { aborted } = await fake.until(({ running }) => running === 0);
        assert.equal(aborted, 1, "the server was told to stop");
      },
    );
  });
}

Deno.test("a trickle ends at the deadline and says how far it came", async () => {
  await withAgent(
    {
      server: { script: { otherwise: { chunkSize: 1, chunkMs: 200 } } },
      client: { stepTimeout: 1000 },
    },
    async ({ fake, decide }) => {
      await assert.rejects(
        decide(0),
        /in time: the answer had come to \d+ characters/,
      );
      await fake.until(({ running }) => running === 0);
    },
  );
});

Deno.test("401 with vLLM's bare string ends at once, without the key", async () => {
  const apiKey = "sk-canary-0123456789";
  await withAgent(
    { server: { apiKey: "another" }, client: { apiKey } },
    async ({ fake, decide }) => {
      await assert.rejects(decide(0), (error: Error) => {
        assert.match(
          error.message,
          /refuses the API key \(401: Unauthorized\)\. Set VLLM_API_KEY/,
        );
        assert.ok(!error.message.includes("canary"));
        return true;
      });
      assert.equal((await fake.requests()).length, 0);
    },
  );
});

Deno.test("401 without a key says that one is asked for", async () => {
  await withAgent({ server: { apiKey: "another" } }, async ({ decide }) => {
    await assert.rejects(decide(0), /asks for an API key/);
  });
});

Deno.test("404 for the model ends at once and names it", async () => {
  await withAgent(
    { client: { model: "gpt-x" } },
    async ({ fake, decide }) => {
      await assert.rejects(
        decide(0),
        /does not serve the model "gpt-x" \(404: The model `gpt-x` does not exist\.\)\. Name one that it lists with --model/,
      );
      assert.equal((await fake.requests()).length, 1);
    },
  );
});

Deno.test("400 for good ends after the fields that can go have gone", async () => {
  await withAgent(
    {
      server: {
        script: {
          otherwise: {
            status: 400,
            error: { error: { message: "I do not like it" } },
          },
        },
      },
    },
    async ({ fake, decide }) => {
      await assert.rejects(
        decide(0),
        /refuses the request \(400: I do not like it\)/,
      );
      assert.equal((await fake.requests()).length, 3);
      // The guesses were wrong: nothing of them is remembered.
      await fake.say({});
      isMove(await decide(1));
      const body = JSON.parse((await fake.requests()).at(-1)!.text);
      assert.ok(body.response_format && body.chat_template_kwargs);
    },
  );
});

Deno.test("a refusal of the schema that talks of images is no model without eyes", async () => {
  await withAgent(
    {
      server: script({
        status: 400,
        error: {
          error: { message: "response_format is not supported with images" },
        },
      }),
    },
    async ({ decide }) => isMove(await decide(0)),
  );
});

Deno.test("a refusal within a running stream is a refusal", async () => {
  await withAgent(
    {
      server: script({
        fault: "error-mid",
        error: {
          error: {
            message: "Failed to transform json schema into a grammar",
            type: "BadRequestError",
            code: 400,
          },
        },
      }),
    },
    async ({ fake, decide }) => {
      isMove(await decide(0));
      const sent = (await fake.requests()).map(({ text }) =>
        "response_format" in JSON.parse(text)
      );
      assert.deepEqual(sent, [true, false]);
    },
  );
});

Deno.test("an endpoint without structured output is asked for plain text, from then on", async () => {
  await withAgent(
    { server: { refuse: ["response_format"] } },
    async ({ fake, decide, notices }) => {
      isMove(await decide(0));
      isMove(await decide(1));
      const sent = (await fake.requests()).map(({ text }) =>
        "response_format" in JSON.parse(text)
      );
      assert.deepEqual(sent, [true, false, false]);
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /going on without response_format/);
    },
  );
});

Deno.test("other fields that a server does not know go one by one", async () => {
  await withAgent(
    {
      server: {
        refuse: ["chat_template_kwargs", "max_completion_tokens", "seed"],
      },
    },
    async ({ fake, decide }) => {
      isMove(await decide(0));
      const body = JSON.parse((await fake.requests()).at(-1)!.text);
      assert.ok(body.response_format, "the schema stays");
      assert.equal(body.max_tokens, 512);
      assert.ok(!("seed" in body) && !("chat_template_kwargs" in body));
    },
  );
});

Deno.test("a whitespace loop is cut and asked again at another temperature", async () => {
  await withAgent(
    { server: script({ fault: "blanks" }) },
    async ({ fake, decide }) => {
      isMove(await decide(0));
      const requests = await fake.requests();
      const { aborted } = await fake.until(({ running }) => running === 0);
      assert.equal(aborted, 1, "the server was told to stop");
      const [looped, again] = requests.map(({ text }) => JSON.parse(text));
      assert.equal(requests.length, 2);
      assert.notEqual(looped.temperature, again.temperature);
      assert.notEqual(looped.seed, again.seed);
    },
  );
});

Deno.test("JSON cut by length is asked again with more room", async () => {
  const long = JSON.stringify({
    reasoning: "x".repeat(2500),
    action: "move",
    x: 1,
    y: 1,
    z: 0,
    yaw: 5,
  });
  await withAgent(
    { server: script({ content: long }, { content: long }) },
    async ({ fake, decide }) => {
      const decision = await decide(0);
      assert.ok(decision.action === "move" && decision.pose.yaw === 5);
      const limits = (await fake.requests()).map(({ text }) =>
        JSON.parse(text).max_completion_tokens
      );
      assert.deepEqual(limits, [512, 1024]);
    },
  );
});

Deno.test("text instead of JSON is asked again once; then the step is unreadable", async () => {
  await withAgent(
    { server: { script: "garbage" } },
    async ({ fake, decide }) => {
      assert.deepEqual(await decide(0), {
        action: "unreadable",
        raw: "I would rather not say.",
      });
      assert.equal((await fake.requests()).length, 2);
      await fake.say({});
      isMove(await decide(1));
      assert.equal((await fake.requests()).length, 3);
    },
  );
});

Deno.test("an unusable answer and then none in time is unreadable, no failure", async () => {
  await withAgent(
    {
      server: {
        script: {
          first: [{ behave: "garbage" }],
          otherwise: { fault: "never" },
        },
      },
      client: { stepTimeout: 2_500 },
    },
    async ({ decide }) => {
      assert.equal((await decide(0)).action, "unreadable");
    },
  );
});

for (
  const [name, x] of [
    ["NaN", "NaN"],
    ["1e999", "1e999"],
    ["null", "null"],
    ["a word", '"far"'],
  ]
) {
  Deno.test(`${name} for a number keeps the old value and is not asked again`, async () => {
    const content =
      `{"reasoning": "r", "action": "move", "x": ${x}, "y": "3.5", "z": 0.25, "yaw": 450}`;
    await withAgent(
      { server: script({ content }) },
      async ({ fake, decide }) => {
        assert.deepEqual(await decide(0), {
          action: "move",
          pose: { x: 1, y: 3.5, z: 0.25, yaw: 90 },
          reasoning: "r",
        });
        assert.equal((await fake.requests()).length, 1);
      },
    );
  });
}

Deno.test("a server that does not stream is understood", async () => {
  await withAgent(
    { server: script({ unstreamed: true }) },
    async ({ client, decide }) => {
      isMove(await decide(0));
      assert.ok(client.usage().promptTokens > 0);
      assert.equal(client.usage().estimatedTokens, 0);
    },
  );
});

Deno.test("a stream without a finish reason counts where it says that it is done", async () => {
  await withAgent(
    { server: { script: { otherwise: { noFinish: true } } } },
    async ({ fake, decide }) => {
      isMove(await decide(0));
      assert.equal((await fake.requests()).length, 1);
    },
  );
});

Deno.test("a stream that stays open after its finish reason is over", async () => {
  await withAgent(
    { server: { script: { otherwise: { fault: "stays-open" } } } },
    async ({ fake, client, decide }) => {
      isMove(await decide(0));
      const requests = await fake.requests();
      assert.equal(requests.length, 1);
      assert.ok(client.usage().promptTokens > 0);
      await fake.until(({ running }) => running === 0);
    },
  );
});

for (const body of [{ detail: "who are you" }, { message: "who are you" }]) {
  Deno.test(`what a server says is quoted wherever it says it: ${Object.keys(body)}`, async () => {
    await withAgent(
      { server: script({ status: 401, error: body }) },
      async ({ decide }) => {
        await assert.rejects(decide(0), /\(401: who are you\)/);
      },
    );
  });
}

Deno.test("counts that are no counts are estimated", async () => {
  const usage = { prompt_tokens: "many", completion_tokens: -1 };
  await withAgent(
    { server: script({ usage }) },
    async ({ client, decide }) => {
      isMove(await decide(0));
      const { totalTokens, estimatedTokens } = client.usage();
      assert.ok(totalTokens > 100);
      assert.equal(estimatedTokens, totalTokens);
    },
  );
});

Deno.test("a second answer that would not fit the window leaves the first", async () => {
  await withAgent(
    {
      server: {
        maxModelLength: 1900,
        script: {
          otherwise: { content: `{"reasoning": "${"x".repeat(9000)}` },
        },
      },
    },
    async ({ fake, decide }) => {
      assert.equal((await decide(0)).action, "unreadable");
      assert.equal((await fake.requests()).length, 2);
    },
  );
});

Deno.test("a list of models that never comes ends at the step's deadline", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await withAgent(
    {
      client: {
        baseUrl: `http://127.0.0.1:${silent.addr.port}`,
        stepTimeout: 500,
      },
    },
    async ({ decide }) => {
      const start = performance.now();
      await assert.rejects(decide(0), /does not list its models in time/);
      assert.ok(performance.now() - start < 8000);
    },
  );
});

Deno.test("a server that comes back with another model is asked for its name again", async () => {
  const first = await startFakeVllm({ models: ["old"] });
  const port = Number(new URL(first.url).port);
  await withAgent({ client: { baseUrl: first.url } }, async ({ decide }) => {
    isMove(await decide(0));
    await first.stop();
    await using second = await startFakeVllm({ port, models: ["new"] });
    await assert.rejects(decide(1), /does not serve the model "old"/);
    isMove(await decide(1));
    assert.equal(
      JSON.parse((await second.requests()).at(-1)!.text).model,
      "new",
    );
  });
});

Deno.test("a server that counts no tokens has them estimated", async () => {
  await withAgent(
    { server: script({ noUsage: true }) },
    async ({ client, decide }) => {
      isMove(await decide(0));
      const { totalTokens, estimatedTokens } = client.usage();
      assert.ok(totalTokens > 100);
      assert.equal(estimatedTokens, totalTokens);
    },
  );
});

Deno.test("a server that restarts is waited for", async () => {
  const first = await startFakeVllm();
  const port = Number(new URL(first.url).port);
  await withAgent({ client: { baseUrl: first.url } }, async ({ decide }) => {
    isMove(await decide(0));
    await first.stop();
    const next = decide(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await using _second = await startFakeVllm({ port });
    isMove(await next);
  });
});

Deno.test("a list of models that fails now and then is asked for again", async () => {
  await withAgent(
    { server: { loadingMs: 400, loadingStatus: 500 } },
    async ({ decide }) => isMove(await decide(0)),
  );
});

Deno.test("a page for people is no endpoint", async () => {
  await withAgent(
    {
      server: script({
        status: 200,
        error: "<html>Welcome</html>",
        headers: { "content-type": "text/html" },
      }),
    },
    async ({ decide }) => {
      await assert.rejects(
        decide(0),
        /answers with a page for people\. Correct --base-url/,
      );
    },
  );
});

Deno.test("a model without eyes is named as such at once", async () => {
  await withAgent(
    {
      server: script({
        status: 400,
        error: { error: { message: "tiny is not a multimodal model" } },
      }),
    },
    async ({ fake, decide, notices }) => {
      await assert.rejects(decide(0), /Serve a vision-language model/);
      assert.equal((await fake.requests()).length, 1);
      assert.deepEqual(notices, []);
    },
  );
});

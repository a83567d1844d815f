import assert from "node:assert/strict";
import { makeVlmPolicy } from "../../src/policy/vlm_policy.ts";
import { VlmClient } from "../../src/vlm/client.ts";
import { encodePng } from "../../src/image/png.ts";
import { decodePng } from "../image/decode_png.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";
import { observationAt, PICTURE, withAgent } from "../vlm/asking.ts";

const live = (): AbortSignal => new AbortController().signal;

/** Pictures in a request's text. */
const imagesIn = (text: string): number =>
  text.split('"image_url":{').length - 1;

Deno.test("the conversation is the spec's, and each request starts with the one before", async () => {
  await withAgent({}, async ({ fake, decide }) => {
    for (let step = 0; step < 5; step++) await decide(step);
    const texts = (await fake.requests()).map(({ text }) => text);
    for (let turn = 1; turn < texts.length; turn++) {
      const before = texts[turn - 1]!;
      const shared = before.slice(0, before.lastIndexOf('],"model"'));
      assert.ok(texts[turn]!.startsWith(shared), `turn ${turn}`);
    }
    const { messages } = JSON.parse(texts[2]!);
    // deno-lint-ignore no-explicit-any
    assert.deepEqual(messages.map((message: any) => message.role), [
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
      "user",
    ]);
    assert.equal(
      messages[5].content[0].image_url.url,
      `data:image/png;base64,${PICTURE.toBase64()}`,
    );
    assert.equal(
      messages[5].content[1].text,
      "Position: (1.00, 2.00, 0.00), yaw=90.0. Step 2/15.",
    );
    assert.equal(JSON.parse(messages[2].content).action, "move");
    const cached = (await fake.requests()).map(({ cached }) => cached);
    assert.ok(
      cached.every((tokens, turn) => turn === 0 || tokens > cached[turn - 1]!),
    );
  });
});

Deno.test("agents share the system prompt and differ in seed", async () => {
  await using fake = await startFakeVllm();
  await using client = VlmClient.connect({ baseUrl: fake.url });
  const make = makeVlmPolicy(client, {
    temperature: 0.2,
    maxCompletionTokens: 99,
  });
  for (const agentId of [0, 1]) {
    await make({ query: "q", agentId, numAgents: 2, seed: 40 })
      .decide(observationAt(0), live());
  }
  const [first, second] = (await fake.requests()).map(({ text }) =>
    JSON.parse(text)
  );
  assert.deepEqual([first.seed, second.seed], [40, 41]);
  assert.deepEqual([first.temperature, second.max_completion_tokens], [
    0.2,
    99,
  ]);
  assert.deepEqual(first.messages[0], second.messages[0]);
  assert.equal((await fake.requests())[1]!.agent, 1);
});

Deno.test("`last:K` never sends more than K pictures", async () => {
  await withAgent({ policy: { history: 3 } }, async ({ fake, decide }) => {
    for (let step = 0; step < 8; step++) await decide(step);
    const counts = (await fake.requests()).map(({ text }) => imagesIn(text));
    assert.deepEqual(counts, [1, 2, 3, 2, 3, 2, 3, 2]);
  });
});

for (const overflowWording of [0, 1, 2] as const) {
  Deno.test(`a prompt that is too long is compacted to the newest picture, wording ${overflowWording}`, async () => {
    await withAgent(
      {
        server: { maxModelLength: 1150, overflowWording },
        client: { model: "tiny" },
      },
      async ({ fake, client, decide }) => {
        // An estimate far too low, as before any count by the server.
        client.estimate = () => 0;
        for (let step = 0; step < 8; step++) {
          assert.equal((await decide(step)).action, "move");
        }
        const requests = await fake.requests();
        const counts = requests.map(({ text }) => imagesIn(text));
        const refused = counts.findIndex((count, i) => counts[i + 1]! < count);
        assert.ok(refused > 0, `${counts}`);
        assert.equal(counts[refused + 1], 1);
        assert.equal(requests[refused]!.step, requests[refused + 1]!.step);
        assert.match(requests[refused + 1]!.text, /Earlier steps/);
      },
    );
  });
}

Deno.test("the model's window bounds the history before the server refuses", async () => {
  await withAgent(
    { server: { maxModelLength: 1400 } },
    async ({ fake, decide }) => {
      for (let step = 0; step < 12; step++) await decide(step);
      const requests = await fake.requests();
      assert.equal(requests.length, 12, "nothing was refused");
      const counts = requests.map(({ text }) => imagesIn(text));
      assert.ok(
        Math.max(...counts) < 12 && Math.max(...counts) > 1,
        `${counts}`,
      );
    },
  );
});

Deno.test("a prompt that is too long with one picture ends with the mend", async () => {
  await withAgent(
    { server: { maxModelLength: 600 } },
    async ({ fake, decide }) => {
      await assert.rejects(
        decide(0),
        /finds the prompt too long \(This model's maximum context length is 600 tokens.*--size.*--max-model-len/,
      );
      assert.equal((await fake.requests()).length, 1);
    },
  );
});

Deno.test("a limit of images is learnt from the refusal and kept from then on", async () => {
  await withAgent({ server: { maxImages: 2 } }, async ({ fake, decide }) => {
    for (let step = 0; step < 6; step++) {
      assert.equal((await decide(step)).action, "move");
    }
    const counts = (await fake.requests()).map(({ text }) => imagesIn(text));
    assert.deepEqual(counts, [1, 2, 3, 1, 2, 1, 2]);
  });
});

Deno.test("a body that a proxy finds too large is compacted as well", async () => {
  await withAgent({ server: { maxBody: 6000 } }, async ({ fake, decide }) => {
    for (let step = 0; step < 8; step++) {
      assert.equal((await decide(step)).action, "move");
    }
    const requests = await fake.requests();
    assert.ok(requests.length > 8);
    assert.ok(requests.some(({ text }) => text.length > 6000));
  });
});

Deno.test("a claim is checked with as many pictures as the server takes", async () => {
  await withAgent({
    server: { maxImages: 1, script: { questions: { behave: "no" } } },
  }, async ({ fake, policy }) => {
    const { image, png, pose } = observationAt(0);
    const view = { image, png, pose };
    const { confirmed } = await policy.verify!(
      { description: "by the window", pictures: [view, view] },
      live(),
    );
    assert.equal(confirmed, false);
    const [both, one] = (await fake.requests()).map(({ text }) => text);
    assert.deepEqual([imagesIn(both!), imagesIn(one!)], [2, 1]);
    assert.match(one!, /This picture shows the place/);
  });
});

for (
  const [width, height, sent] of [
    [100, 50, [96, 64]],
    [640, 480, [640, 480]],
    [16, 15, [32, 32]],
  ] as const
) {
  Deno.test(`a picture of ${width}x${height} is sent in whole patches`, async () => {
    await withAgent({}, async ({ fake, policy }) => {
      const image = {
        width,
        height,
        data: new Uint8Array(4 * width * height).fill(255),
      };
      const png = (): Promise<Uint8Array> => encodePng(image);
      await policy.decide(observationAt(0, { image, png }), live());
      await policy.verify!({
        description: "d",
        pictures: [{ image, png, pose: { x: 0, y: 0, z: 0, yaw: 0 } }],
      }, live());
      for (const { text } of await fake.requests()) {
        const { url } = JSON.parse(text).messages[1].content[0].image_url;
        const { width, height } = decodePng(
          Uint8Array.fromBase64(url.split(",")[1]),
        );
        assert.deepEqual([width, height], sent);
      }
    });
  });
}

Deno.test("what a thinking model's answer was is what it remembers of it", async () => {
  const json = '{"reasoning": "r", "action": "move", "x": 1}';
  await withAgent({
    server: {
      script: {
        first: [
          { content: null, reasoning: json },
          { content: `<think>Let me see {"action": "found"}</think>\n${json}` },
        ],
      },
    },
  }, async ({ fake, decide }) => {
    for (const step of [0, 1, 2]) {
      assert.equal((await decide(step)).action, "move");
    }
    const { messages } = JSON.parse((await fake.requests())[2]!.text);
    assert.deepEqual([messages[2].content, messages[4].content], [json, json]);
  });
});

Deno.test("what was refuted reaches the model as a note", async () => {
  await withAgent({}, async ({ fake, policy }) => {
    await policy.decide(
      observationAt(1, { note: "That was no chair." }),
      live(),
    );
    assert.match(
      (await fake.requests())[0]!.text,
      /Step 1\/15\. That was no chair\./,
    );
  });
});

Deno.test("a claim is checked with its own pictures, and a no refutes it", async () => {
  await withAgent({
    server: {
      script: {
        first: [
          { behave: "yes" },
          { behave: "no" },
          { behave: "garbage" },
          { behave: "garbage" },
        ],
      },
    },
  }, async ({ fake, policy }) => {
    const { image, png, pose } = observationAt(0);
    const view = { image, png, pose };
    const verify = (): Promise<unknown> =>
      policy.verify!(
        { description: "by the window", pictures: [view, view] },
        live(),
      );
    assert.deepEqual(
      [await verify(), await verify(), await verify()],
      [
        { confirmed: true, evidence: "Looked again." },
        { confirmed: false, evidence: "Looked again." },
        // Nobody can read it, so it refutes nothing.
        { confirmed: true, evidence: "I would rather not say." },
      ],
    );
    const { text, kind } = (await fake.requests())[0]!;
    assert.equal(kind, "question");
    assert.equal(imagesIn(text), 2);
    assert.match(text, /the red chair/);
    assert.match(text, /by the window/);
  });
});

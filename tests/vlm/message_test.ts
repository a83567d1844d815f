import assert from "node:assert/strict";
import fc from "fast-check";
import { type ChatMessage, encodeBody } from "../../src/vlm/message.ts";

const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({
    role: fc.constantFrom("system" as const, "assistant" as const),
    text: fc.string({ unit: "binary" }),
  }),
  fc.record({
    role: fc.constant("user" as const),
    text: fc.string({ unit: "binary" }),
    images: fc.array(
      fc.record({
        png: fc.uint8Array(),
        width: fc.constant(1),
        height: fc.constant(1),
      }),
      { maxLength: 2 },
    ),
  }),
);

const bodyOf = (messages: readonly ChatMessage[]): string =>
  new TextDecoder().decode(encodeBody(messages, { model: "m", stream: true }));

/** What the body says, the slow and obvious way. */
const oracle = (messages: readonly ChatMessage[]): string =>
  JSON.stringify({
    messages: messages.map((message) => {
      const { role, text } = message;
      if (role !== "user" || message.images.length === 0) {
        return { role, content: text };
      }
      return {
        role,
        content: [
          ...message.images.map(({ png }) => ({
            type: "image_url",
            image_url: { url: `data:image/png;base64,${png.toBase64()}` },
          })),
          { type: "text", text },
        ],
      };
    }),
    model: "m",
    stream: true,
  });

Deno.test("encodeBody() is JSON with the messages in order, pictures before words", () => {
  fc.assert(fc.property(fc.array(message), (messages) => {
    assert.equal(bodyOf(messages), oracle(messages));
  }));
});

Deno.test("encodeBody() is the same whatever was sent of the conversation before", () => {
  const turns = fc.array(
    fc.record({ keep: fc.nat(6), more: fc.array(message, { maxLength: 3 }) }),
  );
  fc.assert(fc.property(message, turns, (first, turns) => {
    let rest: ChatMessage[] = [];
    for (const { keep, more } of turns) {
      rest = [...rest.slice(0, keep), ...more];
      assert.equal(bodyOf([first, ...rest]), oracle([first, ...rest]));
    }
  }));
});

Deno.test("encodeBody() takes conversations of any length", () => {
  const png = new Uint8Array(700_000).fill(7);
  const messages: ChatMessage[] = [{ role: "system", text: "é".repeat(999) }];
  for (let turn = 0; turn < 6; turn++) {
    messages.push({
      role: "user",
      images: [{ png, width: 32, height: 32 }],
      text: `椅子 ${turn}`,
    });
    assert.equal(bodyOf(messages), oracle(messages));
  }
});

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

Deno.test("encodeBody() is JSON with the messages in order, pictures before words", () => {
  fc.assert(fc.property(fc.array(message), (messages) => {
    const body = JSON.parse(
      new TextDecoder().decode(
        encodeBody(messages, { model: "m", stream: true }),
      ),
    );
    assert.deepEqual(Object.keys(body), ["messages", "model", "stream"]);
    assert.deepEqual(
      body.messages,
      messages.map((message) => {
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
    );
  }));
});

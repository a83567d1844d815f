import assert from "node:assert/strict";
import type { ChatMessage } from "../../src/vlm/message.ts";
import { messageTokens, TokenEstimate } from "../../src/vlm/tokens.ts";

const png = new Uint8Array();
const picture = (width: number, height: number): ChatMessage => ({
  role: "user",
  text: "",
  images: [{ png, width, height }],
});

// Tokens of a picture in Qwen2.5-VL (28 pixels a token) and Qwen3-VL (32), by their processors.
for (
  const [width, height, qwen25, qwen3] of [
    [360, 360, 169, 121],
    [512, 512, 324, 256],
    [640, 480, 391, 300],
    [1024, 768, 999, 768],
    [1280, 720, 1196, 880],
  ] as const
) {
  Deno.test(`a picture of ${width}x${height} is estimated on the high side, not by far`, () => {
    const estimate = messageTokens(picture(width, height));
    assert.ok(estimate >= qwen25 && estimate >= qwen3);
    assert.ok(estimate <= 1.1 * qwen25 + 20, `${estimate}`);
  });
}

Deno.test("TokenEstimate follows what the server counted", () => {
  const estimate = new TokenEstimate();
  const messages = [picture(512, 512), picture(512, 512)];
  const before = estimate.of(messages);
  estimate.learn(messages, before * 3);
  assert.equal(estimate.of(messages), before * 3);
  estimate.learn(messages, 0); // counted nothing, so says nothing
  assert.equal(estimate.of(messages), before * 3);
});

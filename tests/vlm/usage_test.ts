import assert from "node:assert/strict";
import { addUsage, describeUsage, NO_USAGE } from "../../src/vlm/usage.ts";

Deno.test("describeUsage() tells sums, share of the cache and what was estimated", () => {
  const counted = {
    prompt: 1500,
    cached: 500,
    completion: 100,
    estimated: false,
  };
  const guessed = { prompt: 500, cached: 0, completion: 20, estimated: true };
  const usage = addUsage(
    addUsage({ ...NO_USAGE, model: "a\u001b[2J/b" }, counted),
    guessed,
  );
  assert.equal(usage.totalTokens, 2120);
  assert.equal(
    describeUsage(usage),
    "a [2J/b: 2 answers, 2,000 prompt tokens (25% cached), 120 completion tokens, 520 of them estimated",
  );
});

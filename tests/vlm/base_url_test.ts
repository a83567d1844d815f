import assert from "node:assert/strict";
import { normalizeBaseUrl } from "../../src/vlm/base_url.ts";

for (
  const [given, expected] of [
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"],
    ["http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"],
    ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"],
    ["http://127.0.0.1:8000/v1//", "http://127.0.0.1:8000/v1"],
    ["https://host/route/qwen", "https://host/route/qwen/v1"],
    ["https://host/v1beta/openai/", "https://host/v1beta/openai"],
    ["http://host/v1/chat/completions", "http://host/v1"],
    ["http://host/v1/models", "http://host/v1"],
    ["HTTP://[::1]:8000", "http://[::1]:8000/v1"],
  ]
) {
  Deno.test(`normalizeBaseUrl() of ${given}`, () => {
    assert.equal(normalizeBaseUrl(given!), expected);
  });
}

Deno.test("normalizeBaseUrl() refuses what is no address, and repeats no secret", () => {
  for (const text of ["", "localhost:8000", "ftp://host", "http://"]) {
    assert.throws(() => normalizeBaseUrl(text), TypeError);
  }
  for (const text of ["http://me:canary@host/", "http://host/?key=canary"]) {
    assert.throws(() => normalizeBaseUrl(text), (error: Error) => {
      assert.match(error.message, /^Cannot use the base URL at host/);
      return !error.message.includes("canary");
    });
  }
});

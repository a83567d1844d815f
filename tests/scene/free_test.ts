import assert from "node:assert/strict";
import { free } from "../../src/scene/free.ts";

Deno.test("free() empties arrays, and what else lies in their memory", () => {
  const [bytes, words] = [new Uint8Array(8), new Uint32Array(4)];
  const view = new DataView(bytes.buffer);
  free(bytes, words);
  assert.equal(bytes.length + words.length, 0);
  assert.throws(() => view.byteLength, TypeError);
});

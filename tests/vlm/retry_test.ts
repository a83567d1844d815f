import assert from "node:assert/strict";
import fc from "fast-check";
import { backoff, delay } from "../../src/vlm/retry.ts";

Deno.test("backoff() doubles, with jitter, up to eight seconds", () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), random, (failures, jitter) => {
      const wait = backoff(failures, () => jitter);
      const longest = Math.min(8000, 250 * 2 ** (failures - 1));
      assert.ok(wait >= longest / 2 && wait <= longest);
    }),
  );
});

Deno.test("delay() ends early with the signal's reason, and leaves no timer", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const waiting = delay(60_000, stop.signal);
  stop.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  assert.throws(() => delay(1, stop.signal), (error) => error === reason);
  await delay(1, new AbortController().signal);
});

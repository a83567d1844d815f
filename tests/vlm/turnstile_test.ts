import assert from "node:assert/strict";
import { Turnstile } from "../../src/vlm/turnstile.ts";

const live = (): AbortSignal => new AbortController().signal;

/** Notes who has passed. */
function watch(turnstile: Turnstile): {
  passed: number[];
  pass: (agent: number, signal?: AbortSignal) => Promise<void>;
} {
  const passed: number[] = [];
  return {
    passed,
    pass: (agent, signal = live()) =>
      turnstile.pass(agent, signal).then(() => void passed.push(agent)),
  };
}

const moment = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("Turnstile lets the next one through when the last one asks again", async () => {
  using turnstile = new Turnstile();
  const { passed, pass } = watch(turnstile);
  pass(0);
  pass(1);
  await moment();
  assert.deepEqual(passed, [0]);
  turnstile.asks(1); // not the one it waits for
  await moment();
  assert.deepEqual(passed, [0]);
  turnstile.asks(0);
  await moment();
  assert.deepEqual(passed, [0, 1]);
});

Deno.test("Turnstile waits no longer than half a second for who has ended", async () => {
  using turnstile = new Turnstile();
  const { passed, pass } = watch(turnstile);
  await pass(0);
  const start = performance.now();
  await pass(1);
  assert.ok(performance.now() - start >= 490);
  assert.deepEqual(passed, [0, 1]);
});

Deno.test("Turnstile keeps a given order, whoever comes first", async () => {
  using turnstile = new Turnstile([1, 0]);
  const { passed, pass } = watch(turnstile);
  pass(0);
  await moment();
  assert.deepEqual(passed, []);
  pass(1);
  await moment();
  turnstile.asks(1);
  await moment();
  assert.deepEqual(passed, [1, 0]);
  assert.equal(turnstile.isOver, false, "agent 0 has not come to rest");
  turnstile.asks(0);
  assert.equal(turnstile.isOver, true);
});

Deno.test("Turnstile forgets who gives up", async () => {
  using turnstile = new Turnstile();
  const { passed, pass } = watch(turnstile);
  await pass(0);
  const stop = new AbortController();
  const given = pass(1, stop.signal);
  pass(2);
  stop.abort();
  await assert.rejects(given, { name: "AbortError" });
  turnstile.asks(0);
  await moment();
  assert.deepEqual(passed, [0, 2]);
});

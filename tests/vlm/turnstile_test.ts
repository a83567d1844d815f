import assert from "node:assert/strict";
import { type Moment, Turnstile } from "../../src/vlm/turnstile.ts";

const live = (): AbortSignal => new AbortController().signal;

const answerFor = (agent: number): Moment => ({ agent, kind: "answer" });
const questionOf = (agent: number): Moment => ({ agent, kind: "question" });

/** Notes who has passed. */
function watch(turnstile: Turnstile): {
  passed: number[];
  pass: (agent: number, signal?: AbortSignal) => Promise<void>;
} {
  const passed: number[] = [];
  return {
    passed,
    pass: (agent, signal = live()) =>
      turnstile.answer(agent, signal).then(() => void passed.push(agent)),
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
  using turnstile = new Turnstile([answerFor(1), answerFor(0)]);
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

Deno.test("Turnstile makes up no question while an answer is acted upon", async () => {
  using turnstile = new Turnstile();
  const made: number[] = [];
  const ask = (agent: number): Promise<void> =>
    turnstile.question(agent, () => void made.push(agent), live());
  await turnstile.answer(0, live());
  const other = ask(1);
  await moment();
  assert.deepEqual(made, []);
  await ask(0);
  await other;
  assert.deepEqual(made, [1, 0]);
});

Deno.test("Turnstile keeps the order of questions and answers, and lets pass what is not in it", async () => {
  using turnstile = new Turnstile([
    questionOf(1),
    answerFor(1),
    questionOf(0),
    answerFor(0),
  ]);
  const told: string[] = [];
  const live1 = live();
  const run = async (agent: number): Promise<void> => {
    await turnstile.question(agent, () => told.push(`asks ${agent}`), live1);
    await turnstile.answer(agent, live1);
    told.push(`answer ${agent}`);
  };
  const first = run(0);
  await moment();
  assert.deepEqual(told, []);
  await Promise.all([first, run(1)]);
  assert.deepEqual(told, ["asks 1", "answer 1", "asks 0", "answer 0"]);
  assert.equal(await turnstile.question(1, () => "more", live1), "more");
});

Deno.test("Turnstile waits no longer for who has left", async () => {
  using turnstile = new Turnstile([questionOf(0), answerFor(0), answerFor(1)]);
  const { passed, pass } = watch(turnstile);
  const waits = pass(1);
  await moment();
  assert.deepEqual(passed, []);
  turnstile.leave(0);
  await waits;
  assert.deepEqual(passed, [1]);
});

Deno.test("Turnstile waits not for ever for who is not there", async () => {
  using turnstile = new Turnstile(
    [questionOf(2), questionOf(0), answerFor(0)],
    {
      patience: 30,
    },
  );
  const start = performance.now();
  assert.equal(await turnstile.question(0, () => "made", live()), "made");
  assert.ok(performance.now() - start >= 29);
  await turnstile.answer(0, live());
});

Deno.test("Turnstile hands on what making up a question throws", async () => {
  using turnstile = new Turnstile();
  const fail = (): never => {
    throw new Error("no map");
  };
  await assert.rejects(turnstile.question(0, fail, live()), /no map/);
  await turnstile.question(0, () => {}, live());
});

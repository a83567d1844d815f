import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { merge } from "../../src/agent/merge.ts";
import { collect } from "./fakes.ts";

Deno.test("merge() keeps each source's order and loses nothing, whatever the timing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat({ max: 3 }), { maxLength: 6 }), {
        maxLength: 5,
      }),
      async (delays) => {
        const sources = delays.map(async function* (
          waits,
          source,
        ): AsyncGenerator<{ source: number; index: number }> {
          for (const [index, wait] of waits.entries()) {
            for (let tick = 0; tick < wait; tick++) await Promise.resolve();
            yield { source, index };
          }
        });
        const values = await collect(merge(sources));
        for (const [source, waits] of delays.entries()) {
          assert.deepEqual(
            values.filter((value) => value.source === source)
              .map(({ index }) => index),
            waits.map((_, index) => index),
          );
        }
        assert.equal(values.length, delays.flat().length);
      },
    ),
  );
});

Deno.test("merge() yields a quick source's values while a slow one waits", async () => {
  const slow = async function* (): AsyncGenerator<string> {
    await delay(50);
    yield "slow";
  };
  const quick = async function* (): AsyncGenerator<string> {
    yield* ["a", "b", "c"];
  };
  assert.deepEqual(await collect(merge([slow(), quick()])), [
    "a",
    "b",
    "c",
    "slow",
  ]);
});

Deno.test("merge() closes all sources when its reader leaves", async () => {
  const closed: number[] = [];
  const sources = [0, 1, 2].map(async function* (id): AsyncGenerator<number> {
    try {
      while (true) yield id;
    } finally {
      closed.push(id);
    }
  });
  for await (const _ of merge(sources)) break;
  assert.deepEqual(closed.sort(), [0, 1, 2]);
});

Deno.test("merge() throws what a source throws and closes the others", async () => {
  let closed = false;
  const failing = async function* (): AsyncGenerator<number> {
    yield 1;
    throw new RangeError("broken");
  };
  const endless = async function* (): AsyncGenerator<number> {
    try {
      while (true) yield 2;
    } finally {
      closed = true;
    }
  };
  await assert.rejects(collect(merge([failing(), endless()])), RangeError);
  assert.ok(closed);
});

Deno.test("merge() is not woken for what its reader has already taken", async () => {
  async function* count(to: number, pace: number): AsyncGenerator<number> {
    for (let value = 0; value < to; value++) {
      await ticks((pace * 7 + value * 13) % 9);
      yield value;
    }
  }
  for (let pace = 0; pace < 100; pace++) {
    let taken = 0;
    const sources = [count(5, pace), count(7, pace + 1), count(3, pace + 2)];
    for await (const value of merge(sources)) {
      taken++;
      await ticks((value * 3 + pace) % 11);
    }
    assert.equal(taken, 15);
  }
});

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await Promise.resolve();
}

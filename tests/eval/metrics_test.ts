import assert from "node:assert/strict";
import { bootstrap, mean, median } from "../../src/eval/bootstrap.ts";
import {
  compareSteps,
  pathWeighted,
  type SessionRecord,
  summarize,
  wallSteps,
} from "../../src/eval/metrics.ts";

function record(changes: Partial<SessionRecord>): SessionRecord {
  return {
    contestant: "a",
    index: 0,
    rooms: 4,
    target: "present",
    end: "success",
    steps: 5,
    looks: 10,
    walked: 8,
    shortest: 4,
    sighted: true,
    coverage: 0.5,
    ms: 1000,
    tokens: 0,
    ...changes,
  };
}

Deno.test("SPL is the shortest way over the way walked, nought without success", () => {
  assert.equal(pathWeighted({ end: "success", walked: 8, shortest: 4 }), 0.5);
  // Who walked less than the shortest way (it is a grid's) has not walked better than it.
  assert.equal(pathWeighted({ end: "success", walked: 3, shortest: 4 }), 1);
  assert.equal(pathWeighted({ end: "success", walked: 0, shortest: 0 }), 1);
  assert.equal(pathWeighted({ end: "far", walked: 4, shortest: 4 }), 0);
  assert.equal(pathWeighted({ end: "none", walked: null, shortest: 4 }), 0);
  assert.equal(
    pathWeighted({ end: "success", walked: Infinity, shortest: 4 }),
    0,
  );
});

Deno.test("wall steps without success are all that there were", () => {
  assert.equal(wallSteps({ end: "success", steps: 5 }, 15), 5);
  assert.equal(wallSteps({ end: "false", steps: 5 }, 15), 15);
  assert.equal(wallSteps({ end: "none", steps: 15 }, 15), 15);
});

Deno.test("a summary counts each figure over the episodes that it is of", () => {
  const records = [
    record({ index: 0 }), // Success, SPL 1/2, 5 steps.
    record({ index: 1, end: "far", walked: 6 }),
    record({ index: 2, end: "none", walked: null, sighted: false }),
    record({ index: 3, end: "success", walked: 4, steps: 3, ms: 3000 }),
    record({ index: 4, target: "absent", end: "false", shortest: null }),
    record({ index: 5, target: "look-alikes", end: "none", shortest: null }),
    record({ index: 6, target: "absent", end: "failed", shortest: null }),
    record({ index: 0, contestant: "b", end: "none" }),
  ];
  const summary = summarize("a", records, 15);
  assert.equal(summary.sessions, 7);
  assert.equal(summary.success.value, 2 / 4);
  assert.equal(summary.spl.value, (0.5 + 0 + 0 + 1) / 4);
  assert.equal(summary.falseFinds.value, 1 / 7);
  assert.equal(summary.farFinds.value, 1 / 7);
  assert.equal(summary.sighted.value, 3 / 4);
  assert.equal(summary.steps.value, (5 + 15 + 15 + 3) / 4);
  assert.equal(summary.msToFind, 2000);
  assert.equal(summary.failed, 1);
  assert.ok(Number.isNaN(summarize("nobody", records, 15).success.value));
});

Deno.test("a comparison pairs episodes and leaves out what is not comparable", () => {
  const both = (
    index: number,
    [a, b]: [number, number],
    changes: Partial<SessionRecord> = {},
  ): SessionRecord[] => [
    record({ index, steps: a, ...changes }),
    record({ index, steps: b, contestant: "b", ...changes }),
  ];
  const { ratio, episodes } = compareSteps([
    ...both(0, [3, 6]),
    ...both(1, [5, 10]),
    ...both(2, [15, 1], { rooms: 3 }),
    ...both(3, [15, 1], { target: "absent" }),
    record({ index: 4, steps: 15 }), // The other has not searched there yet.
  ], { of: "a", other: "b", leastRooms: 4, maxSteps: 15 });
  assert.equal(episodes, 2);
  assert.equal(ratio.value, 0.5);
  assert.equal(ratio.low, 0.5);
  assert.equal(ratio.high, 0.5);
});

Deno.test("mean and median of known numbers", () => {
  assert.equal(mean([1, 2, 6]), 3);
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("the bootstrap gives the same interval for the same seed, and a fitting one", () => {
  const samples = Array.from({ length: 100 }, (_, i) => Number(i < 80));
  const first = bootstrap(samples, mean, 7);
  assert.deepEqual(first, bootstrap(samples, mean, 7));
  const spread = samples.map((_, i) => i ** 1.5);
  assert.notDeepEqual(bootstrap(spread, mean, 7), bootstrap(spread, mean, 8));
  assert.equal(first.value, 0.8);
  // Binomial: 1.96 * sqrt(0.8 * 0.2 / 100) = 0.078.
  assert.ok(Math.abs(first.low - 0.722) < 0.02, `${first.low}`);
  assert.ok(Math.abs(first.high - 0.878) < 0.02, `${first.high}`);
});

Deno.test("the 95 % interval holds the truth about 95 times in 100", () => {
  let held = 0;
  for (let trial = 0; trial < 100; trial++) {
    // Golden-ratio steps stand in for chance: even, and the same each time.
    const samples = Array.from(
      { length: 60 },
      (_, i) => Number(((trial * 61 + i) * (i + 3) * 0.6180339887) % 1 < 0.6),
    );
    const { low, high } = bootstrap(samples, mean, trial);
    if (low <= 0.6 && 0.6 <= high) held++;
  }
  assert.ok(held >= 85, `only ${held} of 100 intervals hold it`);
});

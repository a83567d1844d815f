import assert from "node:assert/strict";
import { fitLine, median, numberOf, round } from "../../bench/figures.ts";

Deno.test("fitLine() finds the line of points on one, and errs by shares of y", () => {
  const exact = fitLine([1, 10, 1000].map((x) => ({ x, y: 3 + 0.5 * x })));
  assert.equal(round(exact.base, 9), 3);
  assert.equal(round(exact.slope, 9), 0.5);
  // A tenth off counts alike for a small and a large y.
  const { base, slope } = fitLine([
    { x: 0, y: 1 },
    { x: 1, y: 2.1 },
    { x: 999, y: 1000 },
    { x: 1000, y: 1001 },
  ]);
  assert.ok(Math.abs(base / 1.02 - 1) < 0.05, `${base}`);
  assert.ok(Math.abs(slope - 1) < 0.02, `${slope}`);
});

Deno.test("numberOf() and median() read and sum up", () => {
  assert.deepEqual(["50k", "3M", "7"].map(numberOf), [50_000, 3_000_000, 7]);
  assert.equal(median([3, 1, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

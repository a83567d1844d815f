import assert from "node:assert/strict";
import { summaryOf } from "../../bench/gpu/summary.ts";

Deno.test("summaryOf() has a row a figure and judges those of which something is asked", () => {
  const rows = summaryOf({
    checks: { oraclePsnr: 54.9, cpuPsnr: 61.23456, hashes: 1, repeats: 100 },
    sort: [{ keys: 1048576, bits: 20, digit: 5, gpairs: 2.5, correct: false }],
    "stages, 1000000 splats, 512x512": [
      { splats: 1e6, views: 8, stages: { cull: 0.1 }, ms: 0.5, rooflines: 2.1 },
    ],
    "views, 1000000 splats, 512x512": { "views a second": 700 },
    probes: { failed: "Error: no" },
  });
  assert.deepEqual(rows.map(({ figure, value, met }) => [figure, value, met]), [
    ["checks: oraclePsnr", 54.9, "no"],
    ["checks: cpuPsnr", 61.23, "yes"],
    ["checks: hashes", 1, "yes"],
    ["checks: repeats", 100, ""],
    ["sort, 1048576 keys of 20 bits, 5 a pass: gpairs", 2.5, "yes"],
    ["sort, 1048576 keys of 20 bits, 5 a pass: correct", false, "no"],
    ["stages, 1000000 splats, 512x512, 8 a submission: stages: cull", 0.1, ""],
    ["stages, 1000000 splats, 512x512, 8 a submission: ms", 0.5, ""],
    ["stages, 1000000 splats, 512x512, 8 a submission: rooflines", 2.1, "no"],
    ["views, 1000000 splats, 512x512: views a second", 700, "yes"],
    ["probes: failed", "Error: no", "no"],
  ]);
});

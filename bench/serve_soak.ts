/**
 * The server's tests at their full length: kills, cuts, flipped bits, fuzz and
 * half an hour of clients that come and go.
 *
 *     deno task soak [--only kills,cuts]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeOut } from "../src/cli/terminal.ts";
import { chosenOf } from "./only.ts";

/** Each test, its length as its environment variable has it, and its file. */
const soaks = {
  kills: { SPLATSCOUT_KILLS: 1_000, file: "tests/server/durability_test.ts" },
  cuts: { SPLATSCOUT_CUTS: 10_000, file: "tests/server/durability_test.ts" },
  flips: { SPLATSCOUT_FLIPS: 10_000, file: "tests/events/store_test.ts" },
  fuzz: { SPLATSCOUT_FUZZ: 100_000, file: "tests/server/hostile_test.ts" },
  churn: { SPLATSCOUT_CHURN: 1_800, file: "tests/server/churn_test.ts" },
} as const;

/** Part of each test's name. */
const filters: Record<keyof typeof soaks, string> = {
  kills: "kill -9 in mid-run",
  cuts: "cuts at any byte",
  flips: "no flipped bit in a file",
  fuzz: "fuzzed requests",
  churn: "clients that come and go",
};

const { values: { only } } = parseArgs({
  options: { only: { type: "string" } },
});
const chosen = chosenOf(only, Object.keys(soaks));
let failed = 0;
for (const [name, { file, ...length }] of Object.entries(soaks)) {
  if (!chosen.includes(name)) continue;
  const [[variable, count]] = Object.entries(length) as [[string, number]];
  await writeOut(`${name}: ${variable}=${count}\n`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--no-check",
      "--allow-all",
      `--filter=${filters[name as keyof typeof soaks]}`,
      file,
    ],
    env: { [variable]: `${count}` },
  }).spawn().status;
  if (code !== 0) failed++;
}
Deno.exit(failed === 0 ? 0 : 1);

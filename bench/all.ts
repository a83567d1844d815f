/**
 * `deno task bench`: every bench in a short form, one after the other, each as
 * a process of its own. A bench that fails does not stop the others; the exit
 * code tells of it.
 *
 *     deno task bench [--only render,encode]
 *
 * Short forms need no network and say less: for figures worth quoting, run a
 * bench by itself on a quiet machine.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { chosenOf } from "./only.ts";

/** Each file of this folder that is a bench, and the arguments of its short form. */
export const BENCHES: Readonly<Record<string, readonly string[]>> = {
  render: ["--splats=50k,200k", "--rounds=1", "--no-peers", "--short"],
  render_cpu: ["--splats=200k", "--repeats=3"],
  gpu: ["--quick", "--software", "--json="],
  encode: [],
  cluster: [],
  map: ["--splats=300k", "--rounds=2"],
  read: ["--count=100000", "--rounds=1", "--peers=off"],
  serve: ["--tries=1", "--only=sessions,latency,restart,fairness"],
  step: ["--steps=4"],
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const names = chosenOf(values.only, Object.keys(BENCHES));
  const outcomes: Record<string, { seconds: number; outcome: string }> = {};
  for (const name of names) {
    console.log(`\n== bench/${name}.ts ${BENCHES[name]!.join(" ")}`);
    const begin = performance.now();
    const code = await run(name, BENCHES[name]!);
    outcomes[name] = {
      seconds: Math.round((performance.now() - begin) / 100) / 10,
      outcome: code === 0 ? "done" : `failed: exit code ${code}`,
    };
  }
  console.log("\n== all");
  console.table(outcomes);
  if (Object.values(outcomes).some(({ outcome }) => outcome !== "done")) {
    Deno.exit(1);
  }
}

/** Runs a bench with this process's output; its exit code. */
async function run(name: string, args: readonly string[]): Promise<number> {
  const file = new URL(`${name}.ts`, import.meta.url);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", decodeURIComponent(file.pathname), ...args],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return code;
}

/**
 * Brings one scene file to a renderer as the program does, in a process of its
 * own, and prints what it took. The bench calls it: path, backend.
 *
 * @module
 */

import process from "node:process";
import { parseCommandLine } from "../../src/config/mod.ts";
import { openScene } from "../../src/open_scene.ts";
import type { Reading } from "./read.ts";
import { peakMemory } from "./protocol.ts";

const [path, backend] = Deno.args as [string, string];
const { config } = parseCommandLine(
  ["render", `--scene=${path}`, `--backend=${backend}`],
  () => undefined,
);
const before = process.cpuUsage();
const start = performance.now();
const scene = await openScene(config, {
  onNotice: () => {},
  signal: new AbortController().signal,
  rendersAtOnce: true,
});
await scene.renderer();
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(before);
const reading: Omit<Reading, "count"> = {
  ms,
  cpu: (user + system) / 1000,
  memory: peakMemory(),
};
await scene[Symbol.asyncDispose]();
// deno-lint-ignore no-console
console.log(JSON.stringify(reading));
Deno.exit(0);

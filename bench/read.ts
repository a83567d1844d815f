/**
 * How fast scene files are read, and in how much memory, beside the public
 * readers of npm. Each reading is a process of its own, as a user's is; readers
 * take turns, so that noise of the machine meets all of them.
 *
 *     deno run --allow-all bench/read.ts [--count=1000000] [--rounds=3]
 *         [--peers=off] [--formats=ply,glb]
 *
 * Files are made here: a furnished room as an INRIA .ply, other formats from
 * it by public writers, or by the encoders of the tests (with --peers=off only
 * the .ply is read). The last lines bring the .ply to both renderers as the
 * program does, and count all memory of the process, Deno's and the driver's
 * included.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { numberOf } from "./figures.ts";
import type { Reading } from "./peers/read.ts";
import { plyOf } from "./ply.ts";
import {
  type Peer,
  PEERS,
  type PeerWork,
  type Trial,
  TRIALS,
} from "./read_trials.ts";
import { makeRoom } from "./room.ts";

/** The targets for a .ply of a million splats of SH degree 3. */
const TARGET_MS = 1500;
const TARGET_MEMORY = 1.6;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    peers: { type: "string", default: "on" },
    formats: { type: "string", default: "" },
  },
});
const count = numberOf(values.count);
const rounds = Number(values.rounds);
const folder = await Deno.makeTempDir({ prefix: "bench-read-" });
try {
  const chosen = TRIALS.filter(({ format }) =>
    (values.peers === "on" || format === "ply") &&
    (values.formats === "" || values.formats.split(",").includes(format))
  );
  print(["format", "splats", "file", "reader", "ms", "cpu ms", "peak MiB", ""]);
  for (const trial of chosen) await runTrial(trial);
  if (chosen.some(({ format }) => format === "ply")) {
    for (const backend of ["cpu", "webgpu"]) await runResident(backend);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function runTrial(
  { format, share, encode, peers }: Trial,
): Promise<void> {
  const splats = Math.round(count * share);
  const path = await makeFile(format, splats, encode);
  const megabytes = await megabytesOf(path);
  const readers = [
    "splatscout",
    ...(values.peers === "on" ? peers : []),
  ] as const;
  const readings = new Map<string, Reading[]>(readers.map((r) => [r, []]));
  for (let round = 0; round < rounds; round++) {
    for (const reader of readers) {
      const reading = await readWith(reader, path, format);
      if (reading) readings.get(reader)!.push(reading);
    }
  }
  const best = [...readings].filter(([, taken]) => taken.length > 0)
    .map(([reader, taken]) => ({ reader, ...bestOf(taken) }));
  const own = best[0]!;
  for (const { reader, ms, cpu, memory } of best) {
    print([
      format,
      splats.toLocaleString("en"),
      `${megabytes.toFixed(0)} MiB`,
      reader,
      ms.toFixed(0),
      cpu.toFixed(0),
      memory.toFixed(0),
      reader === "splatscout"
        ? ""
        : `${(cpu / own.cpu).toFixed(2)} times ours; ${
          PEERS[reader as Peer].does
        }`,
    ]);
  }
  const measures = best.slice(1).filter(({ reader }) => {
    const { isPart = false }: PeerWork = PEERS[reader as Peer];
    return !isPart;
  });
  const fastest = Math.min(...measures.map(({ cpu }) => cpu));
  if (own.cpu > 2 * fastest) {
    say(
      `MISSED: ${format} takes more than twice the fastest that reads splats`,
    );
  }
}

/** Brings the .ply to a renderer by the program's own way. */
async function runResident(backend: string): Promise<void> {
  const path = `${folder}/${count}-3.ply`;
  const taken: Reading[] = [];
  for (let round = 0; round < rounds; round++) {
    const { success, stdout, stderr } = await deno([
      "resident.ts",
      path,
      backend,
    ]);
    if (!success) {
      say(`  ${backend}: ${stderr.split("\n").find(Boolean)}`);
      return;
    }
    taken.push(JSON.parse(stdout.trim().split("\n").at(-1)!));
  }
  const { ms, cpu, memory } = bestOf(taken);
  const times = memory / await megabytesOf(path);
  say(
    `resident on ${backend}: ${ms.toFixed(0)} ms (of ${TARGET_MS}), ${
      cpu.toFixed(0)
    } ms of processor, peak ${memory.toFixed(0)} MiB, ${
      times.toFixed(2)
    } times the file (of ${TARGET_MEMORY})`,
  );
}

/** The least of each figure. */
function bestOf(
  taken: readonly Reading[],
): Pick<Reading, "ms" | "cpu" | "memory"> {
  const least = (key: "ms" | "cpu" | "memory"): number =>
    Math.min(...taken.map((reading) => reading[key]));
  return { ms: least("ms"), cpu: least("cpu"), memory: least("memory") };
}

async function megabytesOf(path: string): Promise<number> {
  return (await Deno.stat(path)).size / 2 ** 20;
}

/** Makes a file in `format` and says where it is. */
async function makeFile(
  format: string,
  splats: number,
  encode: Trial["encode"],
): Promise<string> {
  const path = `${folder}/${splats}.${format}`;
  if (encode) {
    await Deno.writeFile(path, await encode(splats));
    return path;
  }
  const ply = `${folder}/${splats}-3.ply`;
  await Deno.stat(ply).catch(() =>
    Deno.writeFile(ply, plyOf(makeRoom(splats)))
  );
  if (format === "ply") return ply;
  const { success, stderr } = await deno(["convert.ts", ply, path, format]);
  if (!success) throw new Error(`Cannot make a ${format}: ${stderr}`);
  return path;
}

async function readWith(
  reader: string,
  path: string,
  format: string,
): Promise<Reading | undefined> {
  const { success, stdout, stderr } = await deno([
    "read.ts",
    reader,
    path,
    format,
  ]);
  if (success) return JSON.parse(stdout.trim().split("\n").at(-1)!);
  say(
    `  ${reader} cannot read this ${format}: ${
      stderr.split("\n").find(Boolean)
    }`,
  );
  return undefined;
}

async function deno(
  [script, ...args]: string[],
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const url = new URL(`peers/${script}`, import.meta.url);
  // No lock: peers are no dependencies of the project.
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-lock",
      "--no-check",
      decodeURIComponent(url.pathname),
      ...args,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function print(cells: string[]): void {
  const widths = [15, 10, 9, 22, 6, 7, 9, 0];
  say(cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" "));
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

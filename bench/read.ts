/**
 * How fast scene files are read, and in how much memory, beside the public
 * readers of npm. Each reading is a process of its own, as a user's is; readers
 * take turns, so that noise of the machine meets all of them.
 *
 *     deno task bench:read [--count=1000000] [--rounds=3] [--peers=off]
 *
 * Files are made here: a furnished room as an INRIA .ply, other formats from
 * it by public writers (with --peers=off only the .ply is read).
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Reading } from "./peers/read.ts";
import { plyOf } from "./ply.ts";
import { makeRoom } from "./room.ts";

/** The targets for a .ply of a million splats of SH degree 3. */
const TARGET_MS = 1500;
const TARGET_MEMORY = 1.6;

/** Bytes that a renderer takes for each splat while the scene is still there. */
const PACKED_BYTES = 130;

/** A format, by how many splats its file has, and who can read it. */
interface Trial {
  readonly format: string;
  /** Share of `--count`. */
  readonly share: number;
  /** @default {true} */
  readonly hasSh?: boolean;
  readonly peers: readonly string[];
}

const TRIALS: readonly Trial[] = [
  {
    format: "ply",
    share: 1,
    peers: [
      "splat-transform",
      "spark",
      "gaussian-splats-3d",
      "gsplat",
      "spz-js",
    ],
  },
  {
    format: "compressed-ply",
    share: 1,
    peers: ["splat-transform", "spark", "gaussian-splats-3d"],
  },
  {
    format: "splat",
    share: 1,
    peers: ["splat-transform", "spark", "gaussian-splats-3d", "gsplat"],
  },
  {
    format: "ksplat",
    share: 0.5,
    peers: ["splat-transform", "spark", "gaussian-splats-3d"],
  },
  {
    format: "spz",
    share: 1,
    peers: ["splat-transform", "spark", "spz-loader"],
  },
  // Its writer clusters SH for an hour: none here.
  {
    format: "sog",
    share: 0.5,
    hasSh: false,
    peers: ["splat-transform", "spark"],
  },
];

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    peers: { type: "string", default: "on" },
    formats: { type: "string", default: "" },
  },
});
const count = Number(values.count);
const rounds = Number(values.rounds);
const folder = await Deno.makeTempDir({ prefix: "bench-read-" });
try {
  const chosen = TRIALS.filter(({ format }) =>
    (values.peers === "on" || format === "ply") &&
    (values.formats === "" || values.formats.split(",").includes(format))
  );
  print(["format", "splats", "file", "reader", "ms", "cpu ms", "peak MiB", ""]);
  for (const trial of chosen) await runTrial(trial);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function runTrial(
  { format, share, hasSh = true, peers }: Trial,
): Promise<void> {
  const splats = Math.round(count * share);
  const path = await makeFile(format, splats, hasSh);
  const megabytes = (await Deno.stat(path)).size / 2 ** 20;
  const readers = ["splatscout", ...(values.peers === "on" ? peers : [])];
  const readings = new Map<string, Reading[]>(readers.map((r) => [r, []]));
  for (let round = 0; round < rounds; round++) {
    for (const reader of readers) {
      const reading = await readWith(reader, path, format);
      if (reading) readings.get(reader)!.push(reading);
    }
  }
  const best = [...readings].flatMap(([reader, taken]) => {
    if (taken.length === 0) return [];
    const least = (key: "ms" | "cpu" | "memory"): number =>
      Math.min(...taken.map((reading) => reading[key]));
    return [{
      reader,
      ms: least("ms"),
      cpu: least("cpu"),
      memory: least("memory"),
    }];
  });
  const [own, ...others] = best as [typeof best[0], ...typeof best];
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
        : `${(cpu / own.cpu).toFixed(1)} times the processor time`,
    ]);
  }
  const fastest = Math.min(...others.map(({ cpu }) => cpu));
  if (own.cpu > 2 * fastest) {
    say(`MISSED: ${format} takes more than twice the fastest`);
  }
  if (format === "ply") {
    const whole = own.memory + splats * PACKED_BYTES / 2 ** 20;
    say(
      `  ply: ${own.ms.toFixed(0)} ms of ${TARGET_MS}; peak ${
        (whole / megabytes).toFixed(2)
      } times the file with what a renderer packs, of ${TARGET_MEMORY}`,
    );
  }
}

/** Makes the room's file in `format` and says where it is. */
async function makeFile(
  format: string,
  splats: number,
  hasSh: boolean,
): Promise<string> {
  const ply = `${folder}/${splats}-${hasSh ? 3 : 0}.ply`;
  await Deno.stat(ply).catch(() => {
    const room = makeRoom(splats);
    const kept = hasSh
      ? room
      : { ...room, shDegree: 0 as const, sh: new Float16Array(0) };
    return Deno.writeFile(ply, plyOf(kept));
  });
  if (format === "ply") return ply;
  const path = `${folder}/${splats}.${format}`;
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
      url.pathname,
      ...args,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function print(cells: string[]): void {
  const widths = [15, 10, 9, 19, 6, 7, 9, 0];
  say(cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" "));
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

/**
 * The program itself on 200,000 splats: how long its start takes, how much
 * memory, and how well rendering and encoding overlap.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { cameraOf, VIEWS } from "./cameras.ts";
import { median, round } from "./figures.ts";
import type { View } from "./peers/protocol.ts";
import { plyOf } from "./ply.ts";
import { makeRoom } from "./room.ts";

/** Degrees, vertical. */
const FOV = 75;
/** Unit of /proc's processor times, milliseconds. */
const TICK = 10;
const cores = navigator.hardwareConcurrency;

/** Cold start to the first PNG, then many cameras; writes into `folder`, prints a table. */
export async function benchCommandLine(folder: string): Promise<void> {
  const ply = `${folder}/cli.ply`;
  await Deno.writeFile(ply, plyOf(makeRoom(200_000)));
  const cold: CliRun[] = [];
  for (let k = 0; k < 5; k++) {
    cold.push(
      await runCli(ply, ["--pose=0,0,0,0", "--out", `${folder}/cold.png`]),
    );
  }
  const cameras = `${folder}/transforms.json`;
  const lens = { width: 512, height: 512, fov: FOV };
  const many = Array.from({ length: 6 }, () => VIEWS).flat();
  await Deno.writeTextFile(
    cameras,
    JSON.stringify({
      w: 512,
      h: 512,
      fl_x: cameraOf(VIEWS[0]!, lens).fx,
      frames: many.map((view) => ({ transform_matrix: matrixOf(view) })),
    }),
  );
  const all: CliRun[] = [];
  for (let k = 0; k < 7; k++) {
    all.push(
      await runCli(ply, ["--cameras", cameras, "--out", `${folder}/views`]),
    );
  }
  const shares = all.map(({ wall, cpu, others }) => ({
    all: wall * cores / cpu,
    own: (wall * cores - others) / cpu,
  }));
  const row = <Row extends object>(
    rows: readonly Row[],
    key: keyof Row,
    digits = 0,
  ): object => ({
    best: round(bestOf(rows, key), digits),
    median: round(medianOf(rows, key), digits),
  });
  console.log("\nThe command line, 200k splats, 512x512");
  console.table({
    "cold start to the first PNG's line, ms": row(cold, "first"),
    "peak MiB": row(cold.filter(({ memory }) => memory > 0), "memory"),
    [`${many.length} cameras: ms from the first line to the last`]: row(
      all,
      "wall",
    ),
    "the same: processor ms": row(all, "cpu"),
    "the same: processor ms of other programs": row(all, "others"),
    [`ms / (processor ms / ${cores} cores)`]: row(shares, "all", 2),
    "the same without what other programs took": row(shares, "own", 2),
  });
}

function bestOf<Row>(rows: readonly Row[], key: keyof Row): number {
  return Math.min(...rows.map((row) => row[key] as number));
}

function medianOf<Row>(rows: readonly Row[], key: keyof Row): number {
  return median(rows.map((row) => row[key] as number));
}

/** How a run of the program went. */
interface CliRun {
  /** To the first line of stdout, milliseconds. */
  readonly first: number;
  /** From there to the last line, milliseconds: start-up is not overlap's matter. */
  readonly wall: number;
  /** Processor time of all threads in that span, milliseconds. */
  readonly cpu: number;
  /** What all other programs, and the host, took of the processors in that span, milliseconds. */
  readonly others: number;
  /** Peak, MiB; NaN if it had ended when its first line was read. */
  readonly memory: number;
}

async function runCli(ply: string, args: string[]): Promise<CliRun> {
  const begin = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      decodeURIComponent(new URL("../cli.ts", import.meta.url).pathname),
      ...["render", "--scene", ply, "--backend", "cpu", ...args],
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const marks: Mark[] = [];
  for await (const _ of child.stdout) marks.push(markOf(child.pid));
  const { success } = await child.status;
  if (!success) throw new Error(`Cannot render ${args.join(" ")}`);
  const [first, last] = [marks[0]!, marks.at(-1)!];
  const wall = last.at - first.at;
  const cpu = last.cpu - first.cpu;
  return {
    first: first.at - begin,
    wall,
    cpu,
    others: cores * wall - (last.idle - first.idle) - cpu,
    memory: marks.findLast(({ memory }) => !Number.isNaN(memory))?.memory ??
      NaN,
  };
}

/** A moment of a program. */
interface Mark {
  /** Of performance.now(). */
  readonly at: number;
  /** Its processor time so far, milliseconds. */
  readonly cpu: number;
  /** What the processors have idled, together. */
  readonly idle: number;
  /** Peak, MiB; NaN once it has ended, when its memory is gone. */
  readonly memory: number;
}

function markOf(pid: number): Mark {
  const at = performance.now();
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!
    .split(" ");
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  // user, nice, system, idle, iowait.
  const [, , , idle, wait] = Deno.readTextFileSync("/proc/stat").split("\n")[0]!
    .split(/ +/).slice(1).map(Number);
  return {
    at,
    cpu: TICK * (Number(fields[11]) + Number(fields[12])),
    idle: TICK * (idle! + wait!),
    memory: Number(status.match(/VmHWM:\s+(\d+)/)?.[1]) / 1024,
  };
}

/** OpenGL camera-to-world, as nerfstudio writes it. */
function matrixOf(view: View): number[][] {
  const { rotation: r, position } = cameraOf(view, {
    width: 1,
    height: 1,
    fov: FOV,
  });
  return [
    ...[0, 1, 2].map((axis) => [
      r[axis]!,
      -r[3 + axis]!,
      -r[6 + axis]!,
      position[axis]!,
    ]),
    [0, 0, 0, 1],
  ];
}

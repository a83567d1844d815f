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
  for (let k = 0; k < 5; k++) {
    all.push(
      await runCli(ply, ["--cameras", cameras, "--out", `${folder}/views`]),
    );
  }
  const cores = navigator.hardwareConcurrency;
  // What one view alone costs is start-up, and not overlap's matter.
  const start = { wall: bestOf(cold, "wall"), cpu: medianOf(cold, "cpu") };
  const beyond = all.map(({ wall, cpu }) => ({
    wall: wall - start.wall,
    cpu: cpu - start.cpu,
    share: (wall - start.wall) * cores / (cpu - start.cpu),
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
    "peak MiB": row(cold, "memory"),
    [`${many.length} cameras: wall ms beyond the first view`]: row(
      beyond,
      "wall",
    ),
    "the same: processor ms": row(beyond, "cpu"),
    [`wall / (processor time / ${cores} cores)`]: row(beyond, "share", 2),
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
  /** To the end, milliseconds. */
  readonly wall: number;
  /** Processor time of all threads, milliseconds. */
  readonly cpu: number;
  /** MiB. */
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
  let [memory, cpu, first] = [0, 0, 0];
  const watch = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      memory = Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1024 ||
        memory;
      const fields = Deno.readTextFileSync(`/proc/${child.pid}/stat`)
        .split(") ")[1]!.split(" ");
      cpu = 10 * (Number(fields[11]) + Number(fields[12])) || cpu;
    } catch {
      return; // It has ended.
    }
  }, 5);
  for await (const _ of child.stdout) first ||= performance.now() - begin;
  const { success } = await child.status;
  clearInterval(watch);
  if (!success) throw new Error(`Cannot render ${args.join(" ")}`);
  return { first, wall: performance.now() - begin, cpu, memory };
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

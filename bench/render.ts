/**
 * `deno task bench:render`: pose to picture bytes, this program against what
 * else one could pick, on the same scene and views, in one run.
 *
 *     deno task bench:render [--splats 50k,200k,500k] [--size 512] [--rounds 3]
 *                            [--backends cpu,webgpu] [--no-peers] [--no-cli] [--no-scaling]
 *
 * Contenders take turns, so that a busy machine hits all alike; milliseconds
 * are medians over all views and rounds, "cpu" is processor time a view. The
 * peers' pictures are compared with the oracle's, with their own falloff.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { encodePng } from "../src/image/png.ts";
import { createRenderer } from "../src/render/create_renderer.ts";
import type { Splats } from "../src/scene/splats.ts";
import {
  playcanvasFalloff,
  psnr,
  renderOracle,
} from "../tests/render/oracle.ts";
import { cameraOf, VIEWS } from "./cameras.ts";
import type { Answer, Task, View } from "./peers/protocol.ts";
import { plyOf } from "./ply.ts";
import { makeRoom } from "./room.ts";

const { values: flags } = parseArgs({
  options: {
    splats: { type: "string", default: "50k,200k,500k" },
    size: { type: "string", default: "512" },
    rounds: { type: "string", default: "3" },
    backends: { type: "string", default: "cpu,webgpu" },
    "no-peers": { type: "boolean", default: false },
    "no-cli": { type: "boolean", default: false },
    "no-scaling": { type: "boolean", default: false },
  },
});
const FOV = 75;
const WARMUP = 2;

interface Contender {
  readonly key: string;
  readonly file: string;
  readonly options?: Record<string, string>;
  /** Its falloff is PlayCanvas'. */
  readonly isPeer?: boolean;
}

const contenders: readonly Contender[] = [
  ...flags.backends.split(",").map((backend) => ({
    key: `splatscout ${backend}`,
    file: "splatscout.ts",
    options: { backend },
  })),
  ...(flags["no-peers"] ? [] : [
    { key: "PlayCanvas WebGL2", file: "playcanvas.ts", isPeer: true },
    { key: "splat-transform", file: "splat_transform.ts", isPeer: true },
  ]),
];

const folder = await Deno.makeTempDir({ prefix: "bench-render-" });
try {
  for (const size of flags.size.split(",").map(Number)) {
    for (const text of flags.splats.split(",")) await compare(text, size);
  }
  if (!flags["no-cli"]) await commandLine();
  if (!flags["no-scaling"]) await scaling();
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** One table: all contenders on one scene. */
async function compare(text: string, size: number): Promise<void> {
  const splats = makeRoom(numberOf(text));
  const ply = `${folder}/${text}.ply`;
  await Deno.writeFile(ply, plyOf(splats));
  const lens = { width: size, height: size, fov: FOV };
  const answers = new Map<string, Answer[]>();
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const { key, file, options } of contenders) {
      const answer = await run(file, {
        ply,
        views: VIEWS,
        ...lens,
        warmup: WARMUP,
        picture: `${folder}/${key}.rgba`,
        ...(options ? { options } : {}),
      });
      if (answer) answers.set(key, [...answers.get(key) ?? [], answer]);
    }
  }
  const last = cameraOf(VIEWS.at(-1)!, lens);
  const [own, theirs] = [Math.exp, playcanvasFalloff].map((falloff) =>
    renderOracle(splats, last, { falloff })
  );
  const best = Math.min(
    ...contenders.filter(({ isPeer }) => !isPeer).map(({ key }) =>
      median(answers.get(key)?.flatMap(({ ms }) => ms) ?? [])
    ),
  );
  const cpuOf = (all: readonly Answer[] = []): number =>
    median(all.map(({ cpu }) => cpu));
  const bestCpu = Math.min(
    ...contenders.filter(({ isPeer }) => !isPeer).map(({ key }) =>
      cpuOf(answers.get(key))
    ),
  );
  console.log(`\n${text} splats, ${size}x${size}, SH 3, ${VIEWS.length} views`);
  console.table(Object.fromEntries(contenders.flatMap(({ key, isPeer }) => {
    const all = answers.get(key);
    if (!all) return [];
    const ms = median(all.flatMap((answer) => answer.ms));
    const picture = {
      width: size,
      height: size,
      data: Deno.readFileSync(`${folder}/${key}.rgba`),
    };
    return [[key, {
      "ms a view": round(ms),
      "our best / this": round(best / ms, 3),
      "cpu ms": round(cpuOf(all)),
      "our cpu / this": round(bestCpu / cpuOf(all), 3),
      "cold ms": round(Math.min(...all.map(({ cold }) => cold)), 0),
      "peak MiB": round(Math.min(...all.map(({ memory }) => memory)), 0),
      "dB": round(psnr(own!, picture)),
      "dB, its falloff": round(psnr(isPeer ? theirs! : own!, picture)),
      device: all[0]!.device,
    }]];
  })));
  await Deno.remove(ply);
}

/** A contender's process; says why if it fails. */
async function run(file: string, task: Task): Promise<Answer | undefined> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      decodeURIComponent(new URL(`peers/${file}`, import.meta.url).pathname),
      JSON.stringify(task),
    ],
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  if (success) return JSON.parse(lines.at(-1)!);
  const error = new TextDecoder().decode(stderr).trim().split("\n");
  console.log(`${file} fails: ${error.slice(-8).join("\n  ")}`);
  return undefined;
}

/** The program itself: cold start to the first PNG, and a file of cameras. */
async function commandLine(): Promise<void> {
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
  for (let k = 0; k < 3; k++) {
    all.push(
      await runCli(ply, ["--cameras", cameras, "--out", `${folder}/views`]),
    );
  }
  // What one view alone costs is start-up, and not overlap's matter.
  const wall = median(all.map(({ wall }) => wall)) -
    median(cold.map(({ wall }) => wall));
  const cpu = median(all.map(({ cpu }) => cpu)) -
    median(cold.map(({ cpu }) => cpu));
  const cores = navigator.hardwareConcurrency;
  console.log("\nThe command line, 200k splats, 512x512");
  console.table({
    "cold start to the first PNG's line, ms": {
      best: round(Math.min(...cold.map(({ first }) => first)), 0),
      median: round(median(cold.map(({ first }) => first)), 0),
    },
    "peak MiB": {
      best: round(Math.min(...cold.map(({ memory }) => memory)), 0),
      median: round(median(cold.map(({ memory }) => memory)), 0),
    },
    [`${many.length} cameras: wall ms beyond the first view`]: {
      median: round(wall, 0),
    },
    "the same: processor ms": { median: round(cpu, 0) },
    [`wall / (processor time / ${cores} cores)`]: {
      median: round(wall * cores / cpu, 2),
    },
  });
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

/** Cost against splats, pixels and overdraw, on the processor. */
async function scaling(): Promise<void> {
  const rows: Record<string, object> = {};
  const measure = async (
    name: string,
    splats: Splats,
    size: number,
  ): Promise<void> => {
    await using renderer = await createRenderer(splats, { backend: "cpu" });
    const lens = { width: size, height: size, fov: FOV };
    const render: number[] = [];
    const encode: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (const view of VIEWS) {
        const begin = performance.now();
        const image = await renderer.render(cameraOf(view, lens));
        const middle = performance.now();
        await encodePng(image);
        render.push(middle - begin);
        encode.push(performance.now() - middle);
      }
    }
    rows[name] = {
      "render ms": round(median(render)),
      "fastest ms": round(Math.min(...render)),
      "PNG ms": round(median(encode)),
      "ns a splat": round(median(render) * 1e6 / splats.count),
      "ns a pixel": round(median(render) * 1e6 / size ** 2),
    };
  };
  for (const text of ["10k", "30k", "100k", "300k", "1M", "3M"]) {
    await measure(`${text}, 512`, makeRoom(numberOf(text)), 512);
  }
  const room = makeRoom(200_000);
  for (const size of [128, 256, 512, 1024, 2048]) {
    await measure(`200k, ${size}`, room, size);
  }
  for (const factor of [0.5, 1, 2, 4]) {
    // Overdraw goes with the square of the size.
    const splats = makeRoom(200_000, { size: 0.0277 * Math.sqrt(factor) });
    await measure(`200k, 512, overdraw x${factor}`, splats, 512);
  }
  console.log("\nScaling, splatscout cpu");
  console.table(rows);
}

function numberOf(text: string): number {
  const unit = text.endsWith("M") ? 1e6 : text.endsWith("k") ? 1e3 : 1;
  return Math.round(Number.parseFloat(text) * unit);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

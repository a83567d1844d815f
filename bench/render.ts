/**
 * `deno task bench:render`: pose to picture bytes, this program against what
 * else one could pick, on the same scene and views, in one run.
 *
 *     deno task bench:render [--splats 50k,200k,500k] [--size 512] [--rounds 3]
 *                            [--backends cpu,webgpu] [--no-peers] [--no-cli] [--no-scaling]
 *     deno task bench:render --only scaling|cli [--short]
 *
 * Contenders take turns, so that a busy machine hits all alike; milliseconds
 * are medians over all views and rounds, "cpu" is processor time a view. The
 * peers' pictures are compared with the oracle's, with their own falloff.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import {
  playcanvasFalloff,
  psnr,
  renderOracle,
} from "../tests/render/oracle.ts";
import { cameraOf, VIEWS } from "./cameras.ts";
import { benchCommandLine } from "./command_line.ts";
import { median, numberOf, round } from "./figures.ts";
import type { Answer, Task } from "./peers/protocol.ts";
import { plyOf } from "./ply.ts";
import { makeRoom } from "./room.ts";
import { benchScaling } from "./scaling.ts";

const { values: flags } = parseArgs({
  options: {
    splats: { type: "string", default: "50k,200k,500k" },
    size: { type: "string", default: "512" },
    rounds: { type: "string", default: "3" },
    backends: { type: "string", default: "cpu,webgpu" },
    "no-peers": { type: "boolean", default: false },
    "no-cli": { type: "boolean", default: false },
    "no-scaling": { type: "boolean", default: false },
    only: { type: "string" },
    short: { type: "boolean", default: false },
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
  const does = (part: "cli" | "scaling"): boolean =>
    flags.only === undefined ? !flags[`no-${part}`] : flags.only === part;
  if (flags.only === undefined) {
    for (const size of flags.size.split(",").map(Number)) {
      for (const text of flags.splats.split(",")) await compare(text, size);
    }
  }
  if (does("cli")) await benchCommandLine(folder);
  if (does("scaling")) await benchScaling(flags);
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

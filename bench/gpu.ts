/**
 * `deno task bench:gpu`: ten minutes on a machine with a GPU, to settle what a
 * software adapter cannot. Prints one table and writes everything as one
 * JSON.
 *
 *     deno task bench:gpu [--json gpu-bench.json] [--quick] [--software]
 *
 * `--quick` takes a minute; `--software` also runs where the adapter is no GPU,
 * which proves that the bench works and says nothing about speed; `--json=`
 * writes no file. A part that fails is reported, does not stop the others, and
 * makes the exit code 1.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import {
  describeAdapter,
  isSoftwareAdapter,
  requestAdapter,
} from "../src/gpu/adapter.ts";
import { requestDevice } from "../src/gpu/device.ts";
import { encodePng } from "../src/image/png.ts";
import { RecoveringRenderer } from "../src/render/webgpu/recovering_renderer.ts";
import { WebgpuRenderer } from "../src/render/webgpu/webgpu_renderer.ts";
import { WebgpuWorkerRenderer } from "../src/render/webgpu/webgpu_worker_renderer.ts";
import { cameraOf, type Lens, VIEWS } from "./cameras.ts";
import { probeBallots } from "./gpu/ballots.ts";
import { runChecks } from "./gpu/checks.ts";
import { benchPasses } from "./gpu/passes.ts";
import { runProbes } from "./gpu/probes.ts";
import { benchSort, SHAPES } from "./gpu/sort.ts";
import { summaryOf } from "./gpu/summary.ts";
import { benchLatency, benchMap, benchViews } from "./gpu/throughput.ts";
import { makeRoom } from "./room.ts";

const { values: flags } = parseArgs({
  options: {
    json: { type: "string", default: "gpu-bench.json" },
    quick: { type: "boolean", default: false },
    software: { type: "boolean", default: false },
  },
});

const quick = flags.quick;
const FOV = 75;
const SIZES: readonly Lens[] = quick
  ? [{ width: 256, height: 256, fov: FOV }]
  : [
    { width: 512, height: 512, fov: FOV },
    { width: 1024, height: 1024, fov: FOV },
    { width: 1920, height: 1080, fov: FOV },
  ];
const SCENES = quick ? [50_000] : [1_000_000, 3_000_000];
const BATCHES = quick ? [1, 4] : [1, 4, 8];
const SORTS = quick ? [1 << 16] : [1 << 20, 1 << 22, 1 << 24];
const ROUNDS = quick ? 3 : 30;

const { adapter, reason } = await requestAdapter();
if (adapter === null) {
  console.error(`no adapter: ${reason}`);
  Deno.exit(2);
}
const description = describeAdapter(adapter);
if (isSoftwareAdapter(adapter) && !flags.software) {
  console.error(
    `${description}: no GPU, so nothing to settle (--software runs anyway)`,
  );
  Deno.exit(2);
}

/** Figures by part. */
const parts: Record<string, unknown> = {};
const report = {
  date: new Date().toISOString(),
  deno: Deno.version.deno,
  description,
  info: pick(adapter.info, [
    "vendor",
    "architecture",
    "device",
    "description",
    "subgroupMinSize",
    "subgroupMaxSize",
  ]),
  features: [...adapter.features].sort(),
  limits: pick(adapter.limits, [
    "maxBufferSize",
    "maxStorageBufferBindingSize",
    "maxStorageBuffersPerShaderStage",
    "maxComputeWorkgroupStorageSize",
    "maxComputeInvocationsPerWorkgroup",
  ]),
  parts,
};
console.log(`${description}, Deno ${Deno.version.deno}`);

await part("default limits", async () => {
  // An adapter gives one device only; each part asks for its own.
  const device = await openDevice({ defaultsOnly: true });
  const renderer = await WebgpuRenderer.create(device, makeRoom(10_000));
  await renderer.renderMany([cameraOf(VIEWS[0]!, SIZES[0]!)]);
  device.destroy();
  return { renders: true };
});

await part("checks", async () => {
  const device = await openDevice();
  const figures = await runChecks(device, quick ? 5 : 100);
  device.destroy();
  return figures;
});

await part("probes", async () => {
  const { adapter: fresh } = await requestAdapter();
  const wanted = ["timestamp-query", "shader-f16"] as const;
  const device = await fresh!.requestDevice({
    requiredFeatures: wanted.filter((name) => fresh!.features.has(name)),
  });
  const answers = await runProbes(device, quick ? 16 : 16_384);
  device.destroy();
  return answers;
});

await part("ranks, with and without subgroups", async () => {
  const { adapter: fresh } = await requestAdapter();
  const wanted = ["timestamp-query", "subgroups"] as GPUFeatureName[];
  const device = await fresh!.requestDevice({
    requiredFeatures: wanted.filter((name) => fresh!.features.has(name)),
  });
  const has = fresh!.features.has("subgroups" as GPUFeatureName);
  const answers = await probeBallots(device, {
    groups: quick ? 16 : 16_384,
    subgroupSize: has ? fresh!.info.subgroupMaxSize : 0,
  });
  device.destroy();
  return answers;
});

await part("sort", async () => {
  const device = await openDevice();
  const figures = [];
  for (const count of SORTS) {
    for (const bits of [10, 20, 30]) {
      for (const shape of SHAPES) {
        figures.push(await benchSort(device, { count, bits, shape }));
      }
    }
  }
  device.destroy();
  return figures;
});

await part("mapAsync of nothing, ms", async () => {
  const device = await openDevice();
  const ms = await benchMap(device);
  device.destroy();
  return { median: ms };
});

for (const count of SCENES) {
  const splats = makeRoom(count);
  for (const lens of SIZES) {
    const name = `${count} splats, ${lens.width}x${lens.height}`;
    const cameras = VIEWS.map((view) => cameraOf(view, lens));
    await part(`stages, ${name}`, async () => {
      const renderer = await RecoveringRenderer.create(splats);
      const figures = [];
      for (const views of BATCHES) {
        figures.push(
          await benchPasses(renderer.current, cameras.slice(0, views), {
            splats: count,
            description,
            rounds: ROUNDS,
          }),
        );
      }
      await renderer[Symbol.asyncDispose]();
      return figures;
    });
    await part(`views, ${name}`, async () => {
      await using renderer = await WebgpuWorkerRenderer.start(splats);
      return {
        "ms a single view": await benchLatency(renderer, cameras, ROUNDS),
        "views a second": await benchViews(
          renderer,
          cameras,
          quick ? 16 : 512,
        ),
      };
    });
  }
}

await part("PNG of 512x512 views a second, by encodings at once", async () => {
  const renderer = await RecoveringRenderer.create(makeRoom(50_000));
  const lens = { width: 512, height: 512, fov: FOV };
  const view = await renderer.render(cameraOf(VIEWS[0]!, lens));
  await renderer[Symbol.asyncDispose]();
  const rates: Record<string, number> = {};
  for (const parallel of [1, 4, 16]) {
    const count = quick ? 16 : 128;
    const start = performance.now();
    let left = count;
    await Promise.all(Array.from({ length: parallel }, async () => {
      while (left-- > 0) await encodePng(view);
    }));
    rates[parallel] = count / (performance.now() - start) * 1000;
  }
  return rates;
});

const rows = summaryOf(parts);
console.table(
  Object.fromEntries(rows.map(({ figure, ...row }) => [figure, row])),
);
if (flags.json !== "") {
  await Deno.writeTextFile(flags.json, JSON.stringify(report, null, 2) + "\n");
  console.log(`all of it: ${flags.json}`);
}
if (rows.some(({ figure }) => figure.endsWith(": failed"))) Deno.exit(1);

async function openDevice(
  options?: Parameters<typeof requestDevice>[1],
): Promise<GPUDevice> {
  const { adapter } = await requestAdapter();
  return await requestDevice(adapter!, options);
}

/** Runs a part and keeps its figures, or why there are none. */
async function part(name: string, run: () => Promise<object>): Promise<void> {
  const start = performance.now();
  try {
    parts[name] = await run();
  } catch (error) {
    parts[name] = { failed: String(error) };
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`${name}: ${seconds} s`);
}

function pick<Source extends object>(
  source: Source,
  keys: readonly (keyof Source)[],
): Partial<Source> {
  return Object.fromEntries(
    keys.map((key) => [key, source[key]]),
  ) as Partial<Source>;
}

/**
 * What a step costs beside the model: time on the critical path, building and
 * reading a request, and how well agents overlap.
 *
 *     deno run --allow-all bench/step.ts [--latency 300] [--render 50] [--steps 10] [--size 512]
 *
 * The model is the fake server of the tests, a process of its own. The first
 * table's renderer takes a fixed time a view, one view after the other, as a GPU
 * does; the second table's is this machine's.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import { parseCommandLine } from "../src/config/mod.ts";
import { encodePng } from "../src/image/png.ts";
import { readDecision } from "../src/policy/decision.ts";
import { History } from "../src/policy/history.ts";
import { systemPrompt, turnText } from "../src/policy/prompt.ts";
import { cameraAtPose } from "../src/render/camera.ts";
import type { Renderer, View } from "../src/render/renderer.ts";
import { run } from "../src/run.ts";
import { encodeBody } from "../src/vlm/message.ts";
import { openWorld, type World } from "../src/world.ts";
import { median } from "./figures.ts";
import { startFakeVllm } from "../tests/fake_vllm/fake_vllm.ts";

const { values } = parseArgs({
  options: {
    latency: { type: "string", default: "300" },
    render: { type: "string", default: "50" },
    steps: { type: "string", default: "10" },
    size: { type: "string", default: "512" },
  },
});
const latency = Number(values.latency);
const renderTime = Number(values.render);
const steps = Number(values.steps);
const size = Number(values.size);

function say(line = ""): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Gives one view after a fixed time, one caller after the other. */
class SteadyRenderer implements Renderer {
  readonly backend = "cpu";
  readonly description = "steady";
  readonly #view: View;
  #last: Promise<void> = Promise.resolve();

  constructor(view: View) {
    this.#view = view;
  }

  async render(): Promise<View> {
    const wait = (): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, renderTime));
    await (this.#last = this.#last.then(wait));
    return this.#view;
  }

  renderMany(cameras: readonly unknown[]): Promise<View[]> {
    return Promise.all(cameras.map(() => this.render()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts the time of each view. */
function timed(renderer: Renderer, times: number[]): Renderer {
  return {
    backend: renderer.backend,
    description: renderer.description,
    async render(camera, options): Promise<View> {
      const start = performance.now();
      try {
        return await renderer.render(camera, options);
      } finally {
        times.push(performance.now() - start);
      }
    },
    renderMany: (cameras, options) => renderer.renderMany(cameras, options),
    [Symbol.asyncDispose]: () => renderer[Symbol.asyncDispose](),
  };
}

/** One session of `numAgents`: its wall time and that of each agent's steps, milliseconds. */
async function session(
  world: World,
  numAgents: number,
): Promise<{ wall: number; periods: number[] }> {
  const start = performance.now();
  const last = new Map<number, number>();
  const periods: number[] = [];
  const request = {
    query: "the red chair",
    start: world.frame.start,
    numAgents,
    maxSteps: steps,
    seed: 1,
  };
  for await (
    const event of run(request, world, { signal: new AbortController().signal })
  ) {
    if (event.type !== "agent_step") continue;
    const now = performance.now();
    const before = last.get(event.agent_id);
    if (before !== undefined) periods.push(now - before);
    last.set(event.agent_id, now);
  }
  return { wall: performance.now() - start, periods };
}

async function compare(world: World, name: string): Promise<void> {
  const times: number[] = [];
  const renderer = timed(await world.renderer(), times);
  const measured: World = {
    ...world,
    renderer: () => Promise.resolve(renderer),
  };
  await session(measured, 1); // warms up connections, code and caches
  times.length = 0;
  const one = await session(measured, 1);
  const render = median(times);
  const before = cpuUsage();
  const four = await session(measured, 4);
  const { user, system } = cpuUsage(before);
  const period = median(one.periods);
  say(`${name}, ${size}x${size}, ${steps} steps, model ${latency} ms`);
  say(`  render                      ${render.toFixed(1)} ms a view`);
  say(`  a step, one agent           ${period.toFixed(1)} ms`);
  say(
    `  beside render and model     ${
      (period - render - latency).toFixed(1)
    } ms (target <= 25)`,
  );
  say(
    `  processor time a step       ${
      ((user + system) / 1000 / (4 * steps)).toFixed(1)
    } ms of all threads, rendering included`,
  );
  say(
    `  four agents over one        ${(four.wall / one.wall).toFixed(2)} (${
      four.wall.toFixed(0)
    } / ${one.wall.toFixed(0)} ms; target <= 1.25 where a view takes < 60 ms)`,
  );
}

/** Building and reading of a request with a history of 15 pictures. */
async function requests(view: View): Promise<void> {
  const png = await encodePng(view);
  const image = { png, width: size, height: size };
  const pose = { x: 1, y: 2, z: 0, yaw: 90 };
  const bounds = { min: [-5, -5, -1], max: [5, 5, 1] } as const;
  const text = JSON.stringify({
    reasoning: "A table and two chairs, none of them red; the door is ahead.",
    action: "move",
    ...pose,
  });
  const builds: number[] = [];
  const reads: number[] = [];
  let bytes = 0;
  for (let repeat = 0; repeat < 20; repeat++) {
    const history = new History(
      systemPrompt({ query: "the red chair", bounds, fov: 75 }),
      "all",
    );
    for (let step = 0; step < 15; step++) {
      const start = performance.now();
      history.ask({
        image: { ...image },
        text: turnText(
          { pose, step, totalSteps: 15 } as Parameters<
            typeof turnText
          >[0],
        ),
      });
      bytes = encodeBody(history.messages, { model: "tiny" }).length;
      const built = performance.now();
      readDecision({ text, reasoning: "" }, pose);
      const read = performance.now();
      history.answer(text, "");
      if (repeat > 4 && step === 14) {
        builds.push(built - start);
        reads.push(read - built);
      }
    }
  }
  say(
    `request of 15 pictures (${(bytes / 1e6).toFixed(1)} MB): build ${
      median(builds).toFixed(2)
    } ms, read the reply ${median(reads).toFixed(3)} ms (target < 2 together)`,
  );
}

await using fake = await startFakeVllm({ latencyMs: latency });
const { config } = parseCommandLine(
  [
    "find",
    "x",
    `--base-url=${fake.url}`,
    `--size=${size}`,
    "--verify=off",
  ],
  () => undefined,
);
await using world = await openWorld(config, {
  onNotice: say,
  signal: new AbortController().signal,
});
const renderer = await world.renderer();
const view = await renderer.render(
  cameraAtPose(world.frame, world.frame.start, {
    width: size,
    height: size,
    fov: world.frame.fov,
  }),
);
await requests(view);
const steady = new SteadyRenderer(view);
await compare(
  { ...world, renderer: () => Promise.resolve(steady) },
  "a steady renderer",
);
await compare(world, `this machine's renderer (${renderer.description})`);

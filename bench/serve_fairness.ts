/**
 * Whether a session that asks for much keeps a modest one waiting.
 *
 * @module
 */

import type { Camera } from "../src/render/camera.ts";
import { FairRenderer } from "../src/render/fair_renderer.ts";
import type { Renderer, View } from "../src/render/renderer.ts";
import type { Figure } from "./serve.ts";

/** Milliseconds that the stand-in for a GPU takes a view. */
const viewTime = 5;

/** A GPU that renders one view after the other, each in the same time. */
class SteadyRenderer implements Renderer {
  readonly backend = "webgpu";
  readonly description = "steady";
  #last: Promise<unknown> = Promise.resolve();

  async render(camera: Camera): Promise<View> {
    const [view] = await this.renderMany([camera]);
    return view!;
  }

  async renderMany(cameras: readonly Camera[]): Promise<View[]> {
    await (this.#last = this.#last.then(() =>
      new Promise((resolve) => setTimeout(resolve, viewTime * cameras.length))
    ));
    return cameras.map(() => ({}) as View);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Four sessions of one agent beside one of 100 agents, all asking without a
 * pause: how long a modest one waits for a view.
 */
export async function fairShare(): Promise<Figure> {
  const fair = new FairRenderer(new SteadyRenderer());
  const end = performance.now() + 5_000;
  const ask = async (id: string, waits: number[]): Promise<void> => {
    const session = fair.forSession(id);
    while (performance.now() < end) {
      const start = performance.now();
      await session.render({} as Camera);
      waits.push(performance.now() - start);
    }
  };
  const greedy: number[] = [];
  const modest = Array.from({ length: 4 }, (): number[] => []);
  await Promise.all([
    ...Array.from({ length: 100 }, () => ask("greedy", greedy)),
    ...modest.map((waits, i) => ask(`modest ${i}`, waits)),
  ]);
  const waits = modest.flat().sort((a, b) => a - b);
  const all = greedy.length + waits.length;
  const turn = viewTime * (1 + modest.length);
  const shares = modest.map((own) => `${Math.round(100 * own.length / all)} %`);
  return {
    name:
      "a modest session's wait for a view beside one of 100 agents, by a turn of all sessions: p99",
    value: waits[Math.floor(waits.length * 0.99)]! / turn,
    unit: "times",
    target: 2,
    note:
      `${turn} ms a turn; the four modest ones got ${shares.join(", ")} of ` +
      `the views; first come, first served would be 1 % and ${
        (100 + modest.length) * viewTime / turn
      } times`,
  };
}

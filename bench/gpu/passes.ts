/**
 * Milliseconds of each stage of a view, by timestamps.
 *
 * @module
 */

import { StageTimer } from "../../src/gpu/stages.ts";
import type { Camera } from "../../src/render/camera.ts";
import type { WebgpuRenderer } from "../../src/render/webgpu/webgpu_renderer.ts";
import { median } from "../figures.ts";
import { rooflineOf } from "./roofline.ts";

/** Figures of one kind of submission. */
export interface PassFigures {
  readonly splats: number;
  readonly width: number;
  readonly height: number;
  /** Views of the submission. */
  readonly views: number;
  /** Means over its views. */
  readonly records: number;
  readonly pairs: number;
  /** Median milliseconds a view, by stage. */
  readonly stages: Readonly<Record<string, number>>;
  /** Their sum. */
  readonly ms: number;
  /** As many times the roofline; where the device is known. */
  readonly rooflines?: number;
}

/** Measures submissions of all `cameras`, which must fit in one. */
export async function benchPasses(
  renderer: WebgpuRenderer,
  cameras: readonly Camera[],
  { splats, description, rounds }: {
    splats: number;
    description: string;
    rounds: number;
  },
): Promise<PassFigures> {
  await renderer.renderMany(cameras); // makes room and compiles
  const timer = new StageTimer(renderer.device);
  const times = new Map<string, number[]>();
  let [records, pairs] = [0, 0];
  const planned = renderer.plan.rounds([...cameras.keys()], {
    cameras,
    withObjectIds: false,
  })[0]![0]!;
  const views = planned.indices.length;
  for (let round = 0; round < rounds; round++) {
    const submission = await renderer.submit(planned.indices, {
      cameras,
      size: planned.size,
      timer,
    });
    await submission.map();
    const counts = submission.counters();
    renderer.retire(submission);
    records = counts.reduce((sum, view) => sum + view.records, 0) / views;
    pairs = counts.reduce((sum, view) => sum + view.pairs, 0) / views;
    for (const [name, ms] of await timer.read()) {
      const list = times.get(name) ?? [];
      list.push(ms / views);
      times.set(name, list);
    }
  }
  timer.destroy();
  const stages = Object.fromEntries(
    [...times].map(([name, list]) => [name, median(list)]),
  );
  const ms = Object.values(stages).reduce((sum, stage) => sum + stage, 0);
  const { width, height } = planned.size;
  const best = rooflineOf(description, {
    splats,
    records,
    pairs,
    pixels: width * height,
  });
  return {
    splats,
    width,
    height,
    views,
    records,
    pairs,
    stages,
    ms,
    ...(best === undefined ? {} : { rooflines: ms / best }),
  };
}

/**
 * This program's own renderer under the bench's protocol: reads the .ply,
 * renders, encodes PNG, one view after the other.
 *
 * @module
 */

import { encodePng } from "../../src/image/png.ts";
import { createRenderer } from "../../src/render/create_renderer.ts";
import type { Backend } from "../../src/render/renderer.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import { cameraOf } from "../cameras.ts";
import {
  answer,
  peakMemory,
  processorTime,
  sinceStart,
  task,
} from "./protocol.ts";

const { ply, views, warmup, picture, options = {}, ...lens } = task();
const source = await openSource(ply);
const { splats } = await readScene(source);
source.close();
const renderer = await createRenderer(splats, {
  backend: (options.backend ?? "auto") as "auto" | Backend,
});
const ms: number[] = [];
let cold = 0;
let cpuBefore = 0;
for (const [i, view] of [...views.slice(0, warmup), ...views].entries()) {
  if (i === warmup) cpuBefore = processorTime();
  const begin = performance.now();
  const image = await renderer.render(cameraOf(view, lens));
  await encodePng(image);
  if (i >= warmup) ms.push(performance.now() - begin);
  cold ||= sinceStart();
  if (i === warmup + views.length - 1) {
    await Deno.writeFile(picture, image.data);
  }
}
answer({
  name: `splatscout ${renderer.backend}`,
  device: renderer.description,
  ms,
  cpu: (processorTime() - cpuBefore) / views.length,
  cold,
  memory: peakMemory(),
});

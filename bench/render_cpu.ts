/**
 * The CPU renderer alone: `deno run -A bench/render_cpu.ts [--splats 50k,200k]
 * [--size 512] [--threads 2] [--repeats 5]`. Milliseconds are the best of the
 * repeats, averaged over ten poses in the room.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { cameraAtPose } from "../src/render/camera.ts";
import { createCpuRenderer } from "../src/render/cpu/cpu_renderer.ts";
import { numberOf } from "./figures.ts";
import { makeRoom, ROOM_FRAME } from "./room.ts";

const { values } = parseArgs({
  options: {
    splats: { type: "string", default: "50k,200k,500k" },
    size: { type: "string", default: "512" },
    threads: { type: "string", default: "2" },
    repeats: { type: "string", default: "5" },
  },
});

const POSES = Array.from({ length: 10 }, (_, i) => ({
  x: 1.8 * Math.cos(2.4 * i) * (i / 10),
  y: 1.4 * Math.sin(2.4 * i) * (i / 10),
  z: 0.1 * (i % 3 - 1),
  yaw: i * 36,
}));

for (const splatsText of values.splats.split(",")) {
  const splats = makeRoom(numberOf(splatsText));
  for (const threads of values.threads.split(",").map(Number)) {
    const begin = performance.now();
    await using renderer = await createCpuRenderer(splats, { threads });
    const create = performance.now() - begin;
    for (const size of values.size.split(",").map(Number)) {
      const options = { width: size, height: size };
      const cameras = POSES.map((pose) =>
        cameraAtPose(ROOM_FRAME, pose, options)
      );
      const first = performance.now();
      await renderer.render(cameras[0]!);
      const cold = performance.now() - first;
      const best = cameras.map(() => Infinity);
      for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
        for (const [i, camera] of cameras.entries()) {
          const start = performance.now();
          await renderer.render(camera);
          best[i] = Math.min(best[i]!, performance.now() - start);
        }
      }
      const many = performance.now();
      await renderer.renderMany(cameras);
      const row = {
        splats: splatsText,
        size,
        threads,
        create: create.toFixed(0),
        cold: cold.toFixed(1),
        ms: (best.reduce((a, b) => a + b) / best.length).toFixed(2),
        worst: Math.max(...best).toFixed(2),
        many: ((performance.now() - many) / cameras.length).toFixed(2),
      };
      // deno-lint-ignore no-console
      console.log(JSON.stringify(row));
    }
  }
}

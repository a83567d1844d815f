/**
 * Golden pictures: what both renderers drew when somebody looked at it. They
 * catch what changes scene and oracle alike: readers, frames, cameras, the
 * demo flat. After a change that is meant:
 *
 *     UPDATE=1 deno test -A tests/render/golden_test.ts
 *
 * and look at the pictures in tests/golden before committing them.
 */

import assert from "node:assert/strict";
import { encodePng } from "../../src/image/png.ts";
import { cameraAtPose } from "../../src/render/camera.ts";
import { createRenderer } from "../../src/render/create_renderer.ts";
import { decodePng } from "../image/decode_png.ts";
import { BACKENDS } from "./backends.ts";
import { psnr } from "./oracle.ts";
import {
  demoScene,
  ignoreScans,
  type QualityScene,
  SCANS,
  scanScene,
} from "./scenes.ts";

const SIDE = 128;
/** dB; renderers differ by less, a shifted pixel by far more. */
const FLOOR = 45;
const UPDATE = Deno.env.get("UPDATE") === "1";

const SCENES: readonly {
  name: string;
  open: () => QualityScene | Promise<QualityScene>;
  ignore: boolean;
}[] = [
  { name: "demo flat", open: demoScene, ignore: false },
  ...Object.keys(SCANS).map((file) => ({
    name: file,
    open: (): Promise<QualityScene> => scanScene(file),
    ignore: ignoreScans,
  })),
];

for (const { backend, ignore: noBackend } of BACKENDS) {
  for (const { name, open, ignore: noScene } of SCENES) {
    Deno.test({
      name: `${backend}: ${name} looks as it did`,
      ignore: noBackend || noScene,
      fn: async () => {
        const scene = await open();
        await using renderer = await createRenderer(scene.splats, { backend });
        const cameras = scene.views.map(({ pose }) =>
          cameraAtPose(scene.frame, pose, { width: SIDE, height: SIDE })
        );
        const views = await renderer.renderMany(cameras);
        for (const [i, view] of views.entries()) {
          const path = new URL(
            `../golden/${scene.name}-${scene.views[i]!.name}.png`,
            import.meta.url,
          );
          if (UPDATE && backend === "cpu") {
            await Deno.writeFile(path, await encodePng(view));
          }
          const golden = decodePng(await Deno.readFile(path));
          const quality = psnr(view, golden);
          assert.ok(
            quality >= FLOOR,
            `${path.pathname}: ${
              quality.toFixed(1)
            } dB, not ${FLOOR}; UPDATE=1 if the change is meant`,
          );
        }
      },
    });
  }
}

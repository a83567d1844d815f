/**
 * `deno task bench:encode`: PNG against zlib, and Lanczos, on views of the demo flat. Best of the repeats, milliseconds on one core.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { constants, deflateSync, inflateSync } from "node:zlib";
import type { Image } from "../src/image/image.ts";
import { encodePng } from "../src/image/png.ts";
import { resizeLanczos } from "../src/image/resize.ts";
import { cameraAtPose } from "../src/render/camera.ts";
import { createRenderer } from "../src/render/create_renderer.ts";
import { makeDemoScene } from "../src/scene/demo_scene.ts";

const REPEATS = 30;

const { splats, frame } = makeDemoScene(1);
const views: Image[] = [];
{
  await using renderer = await createRenderer(splats, { backend: "cpu" });
  for (const yaw of [0, 72, 144, 216, 288]) {
    const pose = { x: -3, y: 4, z: 0, yaw };
    views.push(
      await renderer.render(
        cameraAtPose(frame, pose, { width: 512, height: 512 }),
      ),
    );
  }
}

/** Best time over the repeats, and bytes, averaged over the views. */
async function measure(
  images: readonly Image[],
  encode: (image: Image) => Promise<number> | number,
): Promise<{ ms: number; KB: number }> {
  let [ms, bytes] = [0, 0];
  for (const image of images) {
    let best = Infinity;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const begin = performance.now();
      bytes += (await encode(image)) / REPEATS;
      best = Math.min(best, performance.now() - begin);
    }
    ms += best;
  }
  return {
    ms: Number((ms / images.length).toFixed(2)),
    KB: Number((bytes / images.length / 1024).toFixed(1)),
  };
}

/** zlib's part alone, on scanlines already filtered as ours are. */
function deflated(
  level: number,
  strategy: number,
): (image: Image) => Promise<number> {
  return async (image) =>
    deflateSync(await scanlines(image), { level, strategy, memLevel: 9 })
      .length;
}

const filtered = new Map<Image, Uint8Array>();
async function scanlines(image: Image): Promise<Uint8Array> {
  const known = filtered.get(image);
  if (known) return known;
  const file = await encodePng(image);
  // Signature 8, IHDR 25, then IDAT's length and name; IEND is 12, a check sum 4.
  const made = new Uint8Array(inflateSync(file.subarray(41, -16)));
  filtered.set(image, made);
  return made;
}

const codecs: Record<string, (image: Image) => Promise<number> | number> = {
  "splatscout": async (image) => (await encodePng(image)).length,
  "zlib 1 (filter not counted)": deflated(1, constants.Z_DEFAULT_STRATEGY),
  "zlib 1 RLE (filter not counted)": deflated(1, constants.Z_RLE),
  "zlib 1 Huffman (filter not counted)": deflated(1, constants.Z_HUFFMAN_ONLY),
  "zlib 6 (filter not counted)": deflated(6, constants.Z_DEFAULT_STRATEGY),
};

const small = views.map((view) => resizeLanczos(view, 256, 256));
for (const [side, images] of [[512, views], [256, small]] as const) {
  const rows: Record<string, object> = {};
  for (const [name, encode] of Object.entries(codecs)) {
    rows[name] = await measure(images, encode);
  }
  console.log(`\nPNG, ${side}x${side}`);
  console.table(rows);
}
const { ms } = await measure(
  views,
  (view) => resizeLanczos(view, 256, 256).data.length,
);
console.log(`\nLanczos-3, 512 to 256: ${ms} ms`);

/** The same bytes, however many threads and however often. */

import assert from "node:assert/strict";
import { createCpuRenderer } from "../../../src/render/cpu/cpu_renderer.ts";
import type { View } from "../../../src/render/renderer.ts";
import { lookAhead, randomSplats, turned } from "./made.ts";

/** Enough for parallel sorting and several slices. */
const SPLATS = randomSplats(60_000, { seed: 3, withObjectIds: true });
const CAMERAS = [0, 1.3, 2.9, 4.4].map((yaw) =>
  lookAhead(200, 150, { rotation: turned(yaw, 0.2) })
);

async function hashOf(view: View): Promise<string> {
  const parts = [
    view.data,
    view.depth,
    view.expectedDepth,
    view.alpha,
    view.objectIds!,
  ].map((part) => new Uint8Array(part.buffer as ArrayBuffer));
  const bytes = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function hashes(threads: number): Promise<string[]> {
  await using renderer = await createCpuRenderer(SPLATS, { threads });
  const views = await renderer.renderMany(CAMERAS, { withObjectIds: true });
  return await Promise.all(views.map(hashOf));
}

Deno.test("CPU renderer: 1, 2, 3 and 5 threads give the same bytes", async () => {
  const one = await hashes(1);
  assert.equal(new Set(one).size, CAMERAS.length, "the views differ");
  for (const threads of [2, 3, 5]) {
    assert.deepEqual(await hashes(threads), one, `${threads} threads`);
  }
});

Deno.test("CPU renderer: 100 repeats give the same bytes", async () => {
  await using renderer = await createCpuRenderer(SPLATS, { threads: 3 });
  const camera = lookAhead(96, 96);
  const options = { withObjectIds: true };
  const first = await hashOf(await renderer.render(camera, options));
  for (let repeat = 1; repeat < 100; repeat++) {
    const hash = await hashOf(await renderer.render(camera, options));
    assert.equal(hash, first, `repeat ${repeat}`);
  }
});

Deno.test("CPU renderer: a view does not depend on the one before", async () => {
  await using renderer = await createCpuRenderer(SPLATS, { threads: 2 });
  const options = { withObjectIds: true };
  const small = lookAhead(31, 45);
  const before = await hashOf(await renderer.render(small, options));
  await renderer.render(lookAhead(400, 300), options);
  assert.equal(await hashOf(await renderer.render(small, options)), before);
});

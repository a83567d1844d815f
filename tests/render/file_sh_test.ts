import assert from "node:assert/strict";
import { plyOf } from "../../bench/ply.ts";
import { makeRoom } from "../../bench/room.ts";
import { cameraOf, VIEWS } from "../../bench/cameras.ts";
import { createRenderer } from "../../src/render/create_renderer.ts";
import type { View } from "../../src/render/renderer.ts";
import { RecoveringRenderer } from "../../src/render/webgpu/recovering_renderer.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import type { Splats } from "../../src/scene/splats.ts";
import { openDevice } from "../gpu/test_device.ts";
import { BACKENDS } from "./backends.ts";

/** More than a block of either renderer. */
const COUNT = 20_000;

const camera = cameraOf(VIEWS[0]!, { width: 96, height: 96, fov: 75 });

/** A room in a file, read with its SH left there, and whole. */
async function withRoom(
  body: (
    scene: { path: string; left: Splats; whole: Splats },
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/room.ply`;
    const room = makeRoom(COUNT);
    room.opacities.fill(0.001, 100, 200); // not on a device
    await Deno.writeFile(path, plyOf(room));
    const source = await openSource(path);
    const { splats: left } = await readScene(source, { leavesSh: true });
    const { splats: whole } = await readScene(source);
    source.close();
    await body({ path, left, whole });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const { backend, ignore } of BACKENDS) {
  const view = async (splats: Splats): Promise<View> => {
    await using renderer = await createRenderer(splats, { backend });
    return await renderer.render(camera);
  };

  Deno.test({
    name: `${backend}: SH that were left in the file give the same picture`,
    ignore,
    fn: () =>
      withRoom(async ({ left, whole }) => {
        assert.equal(left.sh.length, 0);
        const picture = await view(left);
        assert.deepEqual(picture, await view(whole));
        const black = await view({
          ...whole,
          sh: new Float16Array(45 * COUNT),
        });
        assert.notDeepEqual(picture.data, black.data);
      }),
  });

  Deno.test({
    name: `${backend}: a file that was written meanwhile is refused by name`,
    ignore,
    fn: () =>
      withRoom(async ({ path, left }) => {
        await Deno.writeTextFile(path, "something else");
        await assert.rejects(
          view(left),
          /Cannot read the SH coefficients of .*room\.ply as it must stay/,
        );
      }),
  });
}

Deno.test({
  name: "webgpu: a lost device is replaced though the file has gone",
  ignore: BACKENDS.find(({ backend }) => backend === "webgpu")!.ignore,
  fn: () =>
    withRoom(async ({ path, left }) => {
      const device = await openDevice(true);
      await using renderer = await RecoveringRenderer.create(left, { device });
      const before = await renderer.render(camera);
      // Windows keeps what is open.
      if (Deno.build.os !== "windows") await Deno.remove(path);
      device.destroy();
      assert.deepEqual(await renderer.render(camera), before);
    }),
});

import assert from "node:assert/strict";
import type { Camera } from "../../../src/render/camera.ts";
import type { Splats } from "../../../src/scene/splats.ts";
import { gpuTest } from "../../gpu/test_device.ts";
import { projectSplat } from "../oracle.ts";
import { cameraOf } from "./batch_of.ts";
import { cullOn } from "./scene_on.ts";
import { scatteredSplats, turned } from "./scattered.ts";

/** Whether alpha can reach 1/255 in the box around the splat's ellipse, within the picture. */
function touches(splats: Splats, i: number, camera: Camera): boolean {
  const splat = projectSplat(splats, i, camera);
  if (splat === undefined || splat.opacity < 1 / 255) return false;
  const reach = Math.sqrt(2 * Math.log(255 * splat.opacity));
  const [xx, , yy] = splat.covariance;
  const [halfX, halfY] = [reach * Math.sqrt(xx), reach * Math.sqrt(yy)];
  return splat.x + halfX > 0 && splat.x - halfX < camera.width &&
    splat.y + halfY > 0 && splat.y - halfY < camera.height;
}

gpuTest(
  "CullPass keeps all that may be seen, and not much more",
  async (gpu) => {
    const splats = scatteredSplats(4000);
    for (const projection of ["perspective", "orthographic"] as const) {
      const focal = projection === "perspective" ? 32 : 20;
      const cameras = Array.from({ length: 8 }, (_, i) =>
        cameraOf(64, {
          projection,
          fx: focal,
          fy: focal,
          rotation: turned(i, 0.2 * i),
        }));
      const { visibleMask, counters, words } = await cullOn(
        gpu,
        splats,
        cameras,
      );
      const mask = await gpu.read(visibleMask);
      const counts = await gpu.read(counters);
      // The mask counts splats that are on the device; faint ones are not.
      const kept = [...splats.opacities.keys()].filter((i) =>
        splats.opacities[i]! >= 1 / 255
      );
      cameras.forEach((camera, v) => {
        let seen = 0;
        let needed = 0;
        kept.forEach((index, order) => {
          const bit = mask[v * words + (order >> 5)]! >>> (order & 31) & 1;
          const must = touches(splats, index, camera);
          assert.ok(bit === 1 || !must, `splat ${index} is lost in view ${v}`);
          seen += bit;
          needed += Number(must);
        });
        assert.equal(counts[2 * v], seen);
        assert.ok(needed > 100);
        assert.ok(seen < 1.3 * needed + 20, `${seen} kept for ${needed}`);
      });
    }
  },
);

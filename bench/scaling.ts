/**
 * What a view costs on the processor against splats, pixels and overdraw, and
 * how far from the machine's limit that is.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { encodePng } from "../src/image/png.ts";
import { createRenderer } from "../src/render/create_renderer.ts";
import { allocateSplats, type Splats } from "../src/scene/splats.ts";
import { renderOracle } from "../tests/render/oracle.ts";
import { cameraOf, VIEWS } from "./cameras.ts";
import { median, numberOf, round } from "./figures.ts";
import { makeRoom } from "./room.ts";

/** Degrees, vertical. */
const FOV = 75;

/** Mean standard deviation of 200,000 splats in the room's surface, metres. */
const SIZE = 0.0277;

/** Rounds over the views. */
const ROUNDS = 3;

/** Splats of the curtain: a pixel takes them all before it is opaque. */
const CURTAIN = 1500;

/** Measures and prints the tables. */
export async function benchScaling(): Promise<void> {
  const rows: Record<string, object> = {};
  for (const text of ["10k", "30k", "100k", "300k", "1M", "3M"]) {
    rows[`${text}, 512`] = await measure(makeRoom(numberOf(text)), 512);
  }
  const room = makeRoom(200_000);
  for (const size of [128, 256, 512, 1024, 2048]) {
    rows[`200k, ${size}`] = await measure(room, size);
  }
  console.log("\nScaling, splatscout cpu");
  console.table(rows);

  const blending: Record<string, Awaited<ReturnType<typeof blend>>> = {};
  for (const factor of [0.5, 1, 2, 4]) {
    // Overdraw goes with the square of the size.
    const splats = makeRoom(200_000, { size: SIZE * Math.sqrt(factor) });
    blending[`200k, 512, overdraw x${factor}`] = await blend(splats);
  }
  const limit = await blend(makeCurtain());
  blending[`${CURTAIN} that each cover all: the limit`] = limit;
  console.log("\nFragments blended, splatscout cpu");
  console.table(
    Object.fromEntries(
      Object.entries(blending).map(([name, figures]) => [name, {
        ...figures,
        "of the limit": round(
          figures["fragments a ns"] / limit["fragments a ns"],
          2,
        ),
      }]),
    ),
  );
}

/** Milliseconds of all views. */
async function measure(splats: Splats, size: number): Promise<object> {
  await using renderer = await createRenderer(splats, { backend: "cpu" });
  const lens = { width: size, height: size, fov: FOV };
  const render: number[] = [];
  const encode: number[] = [];
  for (let k = 0; k < ROUNDS; k++) {
    for (const view of VIEWS) {
      const begin = performance.now();
      const image = await renderer.render(cameraOf(view, lens));
      const middle = performance.now();
      await encodePng(image);
      render.push(middle - begin);
      encode.push(performance.now() - middle);
    }
  }
  const ms = median(render);
  return {
    "render ms": round(ms),
    "fastest ms": round(Math.min(...render)),
    "PNG ms": round(median(encode)),
    "ns a splat": round(ms * 1e6 / splats.count),
    "ns a pixel": round(ms * 1e6 / size ** 2),
  };
}

/** Fragments of one view, as the oracle counts them, and the fastest time for it. */
async function blend(
  splats: Splats,
): Promise<
  {
    "fastest ms": number;
    "fragments a pixel": number;
    "fragments a ns": number;
  }
> {
  const camera = cameraOf(VIEWS[0]!, { width: 512, height: 512, fov: FOV });
  const fragments = renderOracle(splats, camera).fragments
    .reduce((sum, count) => sum + count, 0);
  await using renderer = await createRenderer(splats, { backend: "cpu" });
  let ms = Infinity;
  for (let k = 0; k < 10; k++) {
    const begin = performance.now();
    await renderer.render(camera);
    ms = Math.min(ms, performance.now() - begin);
  }
  return {
    "fastest ms": round(ms),
    "fragments a pixel": round(fragments / 512 ** 2),
    "fragments a ns": round(fragments / ms / 1e6, 3),
  };
}

/** Splats before the first view that are all but transparent and larger than it: blending alone. */
function makeCurtain(): Splats {
  const splats = allocateSplats(CURTAIN, 0);
  const [x, y, z] = VIEWS[0]!.position;
  for (let i = 0; i < CURTAIN; i++) {
    splats.positions.set([x, y, z + 1 + i / CURTAIN], 3 * i);
    splats.scales.fill(20, 3 * i, 3 * i + 3);
    splats.rotations.set([1, 0, 0, 0], 4 * i);
    splats.opacities[i] = 0.005;
  }
  return splats;
}

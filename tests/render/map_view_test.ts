import assert from "node:assert/strict";
import { createRenderer } from "../../src/render/create_renderer.ts";
import { type MapView, renderMap } from "../../src/render/map_view.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { makeFrame } from "../../src/scene/make_frame.ts";
import { allocateSplats, SH_C0, type Splats } from "../../src/scene/splats.ts";
import { BACKENDS } from "./backends.ts";

type Rgb = readonly [number, number, number];

/** Slabs of splats a tenth of a unit apart: [x, y, width, depth, height, colour] in world axes. */
type Slab = readonly [number, number, number, number, number, Rgb];

const GREY: Rgb = [0.4, 0.4, 0.4];
const WHITE: Rgb = [1, 1, 1];
const ROOM: readonly Slab[] = [
  [-3, -2, 6, 4, 0, GREY],
  // A red mat in the corner of greatest x and y, a blue one in the opposite one.
  [2, 1, 1, 1, 0.1, [0.9, 0, 0]],
  [-3, -2, 1, 1, 0.1, [0, 0, 0.9]],
];
const CEILING: Slab = [-3, -2, 6, 4, 2.5, WHITE];

/** `slabs` as a file with y down, so that a map must turn its axes. */
function makeSplats(slabs: readonly Slab[]): Splats {
  const rows = slabs.flatMap(([x, y, width, depth, height, colour]) => {
    const across = Math.round(width / 0.1);
    return Array.from({ length: across * Math.round(depth / 0.1) }, (_, i) => ({
      at: [
        x + (i % across + 0.5) * 0.1,
        y + (Math.floor(i / across) + 0.5) * 0.1,
        height,
      ] as const,
      colour,
    }));
  });
  const splats = allocateSplats(rows.length, 0);
  rows.forEach(({ at: [x, y, z], colour }, i) => {
    // World x, y, z are the file's z, -x, -y.
    splats.positions.set([-y, -z, x], 3 * i);
    splats.scales.set([0.06, 0.002, 0.06], 3 * i);
    splats.rotations.set([1, 0, 0, 0], 4 * i);
    splats.opacities[i] = 0.99;
    splats.colors.set(colour.map((value) => (value - 0.5) / SH_C0), 3 * i);
  });
  return splats;
}

/** Colour of a map at a place of the world. */
function colourAt(
  { image, area, metresPerPixel }: MapView,
  x: number,
  y: number,
): number[] {
  const column = Math.floor((x - area.min[0]) / metresPerPixel);
  const row = Math.floor((area.max[1] - y) / metresPerPixel);
  return [...image.data.subarray(4 * (row * image.width + column))].slice(0, 3);
}

function near(actual: readonly number[], expected: Rgb, what: string): void {
  const colour = expected.map((value) => 255 * value);
  assert.ok(
    actual.every((value, i) => Math.abs(value - colour[i]!) <= 12),
    `${what}: ${actual}, not ${colour}`,
  );
}

for (const { backend, ignore } of BACKENDS) {
  Deno.test(
    `renderMap: a room from above, its ceiling cut away, on ${backend}`,
    { ignore },
    async () => {
      const splats = makeSplats([...ROOM, CEILING]);
      const frame = makeFrame({ splats, format: "ply", up: "-y" }, {
        sidecar: { start: { position: [0, -1.5, 0], heading: [0, 0, 1] } },
      });
      await using renderer = await createRenderer(splats, { backend });
      const map = await renderMap(renderer, frame, { size: 256 });
      assert.equal(map.image.width, 256);
      assert.ok(map.cut > 0 && map.cut < 1, `cut at ${map.cut}`);
      near(colourAt(map, 0, 0), GREY, "floor");
      near(colourAt(map, 2.5, 1.5), [0.9, 0, 0], "red mat");
      near(colourAt(map, -2.5, -1.5), [0, 0, 0.9], "blue mat");
      near(colourAt(map, 3.2, 0), [0.957, 0.957, 0.949], "paper");
      const middle = map.image.width * (map.image.height >> 1) + 128;
      assert.ok(Math.abs(map.heights[middle]! + 1.5) < 0.02);
      assert.ok(Number.isNaN(map.heights[0]));

      const covered = await renderMap(renderer, frame, { size: 64, cut: 3 });
      near(colourAt(covered, 0, 0), WHITE, "ceiling");
      const corner = await renderMap(renderer, frame, {
        size: 64,
        area: { min: [2.1, 1.1], max: [2.9, 1.9] },
      });
      near(colourAt(corner, 2.2, 1.2), [0.9, 0, 0], "all of the red mat");
      await assert.rejects(
        renderMap(renderer, frame, { area: { min: [0, 0], max: [0, 1] } }),
        /area must not be empty/,
      );
    },
  );
}

Deno.test("renderMap: without a ceiling nothing is cut away", async () => {
  const splats = makeSplats([...ROOM, [-0.5, -2, 1, 0.5, 2.5, WHITE]]);
  const frame = makeFrame({ splats, format: "ply", up: "-y" }, {
    sidecar: { start: { position: [0, -1.5, 0], heading: [0, 0, 1] } },
  });
  await using renderer = await createRenderer(splats, { backend: "cpu" });
  const map = await renderMap(renderer, frame, { size: 128 });
  near(colourAt(map, 0, -1.8), WHITE, "a high board");
});

Deno.test("renderMap: shows the demo's red chair where it stands", async () => {
  for (const seed of [1, 2, 3]) {
    const { splats, frame, truth } = makeDemoScene(seed);
    const { min, max } = truth.find(({ name }) => name === "red chair")!.box;
    await using renderer = await createRenderer(splats, { backend: "cpu" });
    const map = await renderMap(renderer, frame, { size: 512 });
    const [red, green, blue] = colourAt(
      map,
      (min[0] + max[0]) / 2,
      (min[1] + max[1]) / 2,
    );
    assert.ok(
      red! > 2 * green! && red! > 2 * blue!,
      `seed ${seed}: ${[red, green, blue]}`,
    );
  }
});

/** What the map makes of scans: dirty, tilted, of unknown scale, or no place at all. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Distrust, findFreeSpace } from "../../src/map/find_free_space.ts";
import { FreeSpace } from "../../src/map/free_space.ts";
import { makeOccupancy } from "../../src/map/occupancy.ts";
import { Survey } from "../../src/map/survey.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { makeFrame } from "../../src/scene/make_frame.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import type { UpAxis } from "../../src/scene/scene_file.ts";
import {
  fileFromWorld,
  type SceneFrame,
  worldFromFile,
} from "../../src/scene/scene_frame.ts";
import { allocateSplats, type Splats } from "../../src/scene/splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import { block, EYE, frameOf, room, splatsOf } from "./rooms.ts";
import { place, placed, type Placing, placing, soiled } from "./scans.ts";

async function survey(
  splats: Splats,
  frame: SceneFrame,
): Promise<FreeSpace | Distrust> {
  const { start, bounds } = frame;
  return findFreeSpace(await makeOccupancy(splats, frame), { start, bounds });
}

async function spaceOf(
  ...args: Parameters<typeof survey>
): Promise<FreeSpace> {
  const found = await survey(...args);
  assert.ok(found instanceof FreeSpace, JSON.stringify(found));
  return found;
}

/** Shares of the free cells of `clean` that `other`, on the same grid, lacks and has beyond them. */
function compare(
  clean: FreeSpace,
  other: FreeSpace,
): { lost: number; gained: number } {
  const { grid } = clean;
  let [free, lost, gained] = [0, 0, 0];
  for (let cell = 0; cell < grid.size; cell++) {
    const [x, y] = [grid.x(cell), grid.y(cell)];
    const [was, is] = [clean.isFree(x, y), other.isFree(x, y)];
    if (was) free++;
    if (was && !is) lost++;
    if (!was && is) gained++;
  }
  return { lost: lost / free, gained: gained / free };
}

Deno.test("floaters and holes leave the free ground as it is, within a few per cent", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 0, max: 50 }),
      async (seed, hole) => {
        const { splats, frame } = makeDemoScene(seed);
        const clean = await spaceOf(splats, frame);
        const dirt = { seed, floaters: 0.03, hole: hole / 100 };
        const dirty = await spaceOf(soiled(splats, dirt), frame);
        const { lost, gained } = compare(clean, dirty);
        assert.ok(
          lost < 0.05,
          `${100 * lost}% lost with ${JSON.stringify(dirt)}`,
        );
        assert.ok(gained < 0.01, `${100 * gained}% gained`);
      },
    ),
    { numRuns: 4, seed: 4, endOnFailure: true },
  );
});

Deno.test("a flat with a tenth of all splats afloat is still walked", async () => {
  const { splats, frame } = makeDemoScene(1);
  const clean = await spaceOf(splats, frame);
  const dirt = { seed: 1, floaters: 0.1, hole: 0.5 };
  const { lost, gained } = compare(
    clean,
    await spaceOf(soiled(splats, dirt), frame),
  );
  assert.ok(lost < 0.25 && gained < 0.01, `${lost} lost, ${gained} gained`);
});

/** A demo flat as the .ply of a scanner: its frame is guessed. */
function scanned(
  splats: Splats,
  placing: Placing,
): { splats: Splats; frame: SceneFrame } {
  const scan = place(splats, placing);
  const file = { splats: scan, format: "ply", up: "-y" } as const;
  return { splats: scan, frame: makeFrame(file) };
}

// The cases are always the same: a passage that is only just as wide as an agent
// may be closed on one grid and open on another.
Deno.test("a dirty scan that is aslant, of unknown scale, is walked as the flat itself", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom(3, 3, 14),
      fc.double({ min: 0, max: 6.3, noNaN: true }),
      fc.constantFrom(0.3, 1, 7),
      async (seed, tilt, about, scale) => {
        const flat = makeDemoScene(seed);
        const clean = await spaceOf(flat.splats, flat.frame);
        const where = placing({ tilt, about, scale });
        const dirt = { seed, floaters: 0.03, hole: 0.4 };
        const scan = scanned(soiled(flat.splats, dirt), where);
        const space = await spaceOf(scan.splats, scan.frame);
        const { grid } = clean;
        let [free, lost] = [0, 0];
        for (let cell = 0; cell < grid.size; cell++) {
          const [x, y] = [grid.x(cell), grid.y(cell)];
          if (!clean.isFree(x, y)) continue;
          free++;
          const [u, v] = worldFromFile(
            scan.frame,
            placed(where, fileFromWorld(flat.frame, [x, y, 0])),
          );
          // The grids lie askew: a cell's neighbour will do.
          const near = space.nearest({ x: u, y: v, z: 0 });
          if (Math.hypot(near.x - u, near.y - v) > 1.5 * space.grid.cell) {
            lost++;
          }
        }
        const area = space.area / scale ** 2 / clean.area;
        assert.ok(lost / free < 0.06, `${lost} of ${free} cells are lost`);
        assert.ok(area > 0.9 && area < 1.1, `area ${area} of the flat's`);
      },
    ),
    { numRuns: 4, seed: 4, endOnFailure: true },
  );
});

Deno.test("of a scan with two storeys the start's is walked, and the other told", async () => {
  const [lower, upper] = [makeDemoScene(10), makeDemoScene(9)];
  const space = await spaceOf(lower.splats, lower.frame);
  const both = allocateSplats(lower.splats.count + upper.splats.count, 0);
  for (
    const part of ["positions", "scales", "rotations", "opacities"] as const
  ) {
    both[part].set(lower.splats[part]);
    both[part].set(upper.splats[part], lower.splats[part].length);
  }
  for (let i = lower.splats.count; i < both.count; i++) {
    both.positions[3 * i + 2]! += 2.7;
  }
  const scan = scanned(both, placing({ tilt: 4, scale: 0.4 }));
  const notices: string[] = [];
  await using survey = new Survey({
    frame: scan.frame,
    onNotice: (line) => notices.push(line),
  });
  survey.take(scan.splats);
  const found = await survey.freeSpace(scan.frame.start);
  assert.ok(found !== undefined, notices.join());
  assert.ok(Math.abs(found.area / 0.16 / space.area - 1) < 0.15);
  assert.equal(found.otherFloors.length, 1);
  const rise = (found.otherFloors[0]! - found.floor) / 0.4;
  assert.ok(Math.abs(rise - 2.7) < 0.4, `${rise} m above`);
  assert.match(notices.join(), /further floors.*--start on another/);
});

Deno.test("whoever starts next door searches there, behind the wall that parts it", async () => {
  const { specks, bounds } = room([block([0.95, -2], [1.05, 2], 2.6)]);
  const notices: string[] = [];
  const frame = frameOf(bounds);
  await using survey = new Survey({
    frame,
    onNotice: (line) => notices.push(line),
  });
  survey.take(splatsOf(specks));
  const at = (x: number): Promise<FreeSpace | undefined> =>
    survey.freeSpace({ ...frame.start, x });
  const [here, there, again, wall] = await Promise.all(
    [0, 2, 1.7, 1].map(at),
  );
  assert.ok(here!.isFree(0, 0, 0) && !here!.isFree(2, 0, 0));
  assert.ok(there!.isFree(2, 0, 0) && !there!.isFree(0, 0, 0));
  assert.equal(again, there);
  assert.ok(wall === here || wall === there);
  assert.deepEqual(notices, []);
});

/** What each shared scan is: none of them is a room. */
const SCANS:
  readonly (readonly [file: string, up: UpAxis | undefined, RegExp])[] = [
    ["leica-sofort-top8192.ply", undefined, /a single object/],
    ["converted-leica/out.glb", undefined, /a single object/],
    ["leica-sofort-top8192.spz", undefined, /too few splats/],
    ["angel.compressed.ply", "+y", /a single object/],
    ["statue-massa.sog", undefined, /a single object/],
    ["playcanvas-logo-sog-v1", undefined, /a single object/],
    ["playcanvas-engine-test.ply", undefined, /a single object/],
    ["outdoor-demo.splat", "+z", /an open, outdoor place, seen from outside/],
    ["train-1000.ply", undefined, /too few splats/],
    ["wave_0010.sog", undefined, /too few splats/],
  ];

Deno.test({
  name:
    "real scans of objects, streets and scraps are refused in words that say so",
  ignore: ignoreShared,
  fn: async (t) => {
    for (const [file, up, words] of SCANS) {
      await t.step(file, async () => {
        const { signal } = new AbortController();
        const source = await openSource(sharedScene(file), { signal });
        try {
          const scene = await readScene(source, { signal });
          const frame = makeFrame(scene, up === undefined ? {} : { up });
          const found = await survey(scene.splats, frame);
          assert.ok(!(found instanceof FreeSpace));
          assert.match(found.problem, words);
        } finally {
          source.close();
        }
      });
    }
  },
});

Deno.test("what is open to the sky is told from what has a ceiling", async () => {
  // Walls and clutter without any floor: a courtyard, and the same under a roof.
  const { specks, bounds } = room([block([1.5, -1], [2.5, 1], 1)]);
  const floorless = specks.filter(({ at }) => at[2] > -EYE + 0.5);
  const roofless = floorless.filter(({ at }) => at[2] < 1);
  const [inside, outside] = [
    await survey(splatsOf(floorless), frameOf(bounds)),
    await survey(splatsOf(roofless), frameOf(bounds)),
  ];
  assert.ok(!(inside instanceof FreeSpace) && !(outside instanceof FreeSpace));
  assert.doesNotMatch(inside.problem, /outdoor|object|few/);
  assert.match(outside.problem, /an outdoor place, open to the sky/);
  // With a floor, both are walked.
  const garden = specks.filter(({ at }) => at[2] < 1);
  const space = await spaceOf(splatsOf(garden), frameOf(bounds));
  assert.equal(space.ceiling, undefined);
  assert.ok(space.area > 10 && !space.isFree(2, 0));
});

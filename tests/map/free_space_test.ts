import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bounds } from "../../src/geometry/bounds.ts";
import { type Distrust, findFreeSpace } from "../../src/map/find_free_space.ts";
import { CellGrid } from "../../src/map/cell_grid.ts";
import { FreeSpace } from "../../src/map/free_space.ts";
import { makeOccupancy } from "../../src/map/occupancy.ts";
import { Routes } from "../../src/map/routes.ts";
import { Walk } from "../../src/map/walk.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import {
  block,
  boxSpecks,
  EYE,
  frameOf,
  room,
  type Speck,
  splatsOf,
} from "./rooms.ts";

async function find(
  specks: readonly Speck[],
  bounds: Bounds,
  options: Parameters<typeof frameOf>[1] & {
    radius?: number;
    cameraHeight?: number;
  } = {},
): Promise<FreeSpace | Distrust> {
  const { radius, cameraHeight, ...frameOptions } = options;
  const frame = frameOf(bounds, frameOptions);
  const splats = splatsOf(specks, frame.metresPerUnit);
  return findFreeSpace(await makeOccupancy(splats, frame), {
    start: frame.start,
    bounds,
    ...(radius === undefined ? {} : { radius }),
    ...(cameraHeight === undefined ? {} : { cameraHeight }),
  });
}

async function spaceOf(
  ...args: Parameters<typeof find>
): Promise<FreeSpace> {
  const found = await find(...args);
  assert.ok(found instanceof FreeSpace, JSON.stringify(found));
  return found;
}

/** A wall across the room at x = 1 with a doorway of 0.9 m at y > 1. */
const WALL = block([0.95, -2], [1.05, 1.05], 2.6);
/** As high as a sofa: lower than an eye, too high to walk over. */
const SOFA = block([-2.5, -1.8], [-0.5, -1], 0.8);

Deno.test("findFreeSpace() finds floor, ceiling and the ground between the walls", async () => {
  const { specks, bounds } = room();
  const space = await spaceOf(specks, bounds);
  assert.ok(Math.abs(space.floor + EYE) < 0.11, `floor ${space.floor}`);
  assert.ok(Math.abs(space.ceiling! - 1.1) < 0.11, `ceiling ${space.ceiling}`);
  // 5.4 x 3.4 m are further than the radius from a wall, but for the cells' size.
  const wanted = (6 - 2 * 0.18) * (4 - 2 * 0.18);
  assert.ok(
    Math.abs(space.area - wanted) < 2,
    `area ${space.area} of ${wanted}`,
  );
  assert.ok(space.isFree(0, 0, 0));
  assert.ok(!space.isFree(2.95, 0, 0), "within a wall");
  assert.ok(!space.isFree(0, 0, -1.45), "in the floor");
  assert.ok(!space.isFree(0, 0, 1.05), "in the ceiling");
  assert.deepEqual(space.otherFloors, []);
});

Deno.test("nobody stands in a sofa or in a wall, and a move ends before them", async () => {
  const { specks, bounds } = room([SOFA, WALL]);
  const space = await spaceOf(specks, bounds);
  assert.ok(!space.isFree(-1.5, -1.4, 0));
  assert.ok(!space.isFree(1, 0, 0));
  const before = space.nearestAlong({ x: 0, y: 0, z: 0 }, { x: 1, y: 0, z: 0 });
  assert.ok(before);
  assert.ok(before.x > 0.6 && before.x < 0.83, `stops at ${before.x}`);
  assert.equal(before.y, 0);
});

Deno.test("the way round a wall leads through the doorway", async () => {
  const { specks, bounds } = room([WALL]);
  const space = await spaceOf(specks, bounds);
  const [from, to] = [{ x: 0, y: -1, z: 0 }, { x: 2, y: -1, z: 0 }];
  const straight = Math.hypot(1, 2.4) * 2;
  const length = space.pathLength(from, to);
  assert.ok(
    length > straight - 0.5 && length < 1.15 * straight,
    `${length} m, ${straight} m by hand`,
  );
  const path = space.path(from, to);
  assert.ok(path.some(({ x, y }) => x > 0.7 && x < 1.3 && y > 1.1));
  for (let i = 1; i < path.length; i++) {
    assert.ok(space.isClear(path[i - 1]!, path[i]!), `leg ${i}`);
  }
  assert.ok(!space.isClear(from, to));
});

Deno.test("nobody gets behind a barrier that is too high to step over", async () => {
  const { specks, bounds } = room([block([0.95, -2], [1.05, 2], 0.9)]);
  const space = await spaceOf(specks, bounds);
  assert.ok(!space.isFree(2, 0, 0));
  assert.ok(space.area > 8);
});

Deno.test("a wider agent keeps farther from things", async () => {
  const { specks, bounds } = room([WALL]);
  const wide = await spaceOf(specks, bounds, { radius: 0.6 });
  assert.equal(wide.radius, 0.6);
  assert.ok(!wide.isFree(2.5, 0, 0));
  // Through 0.9 m nobody of 1.2 m gets.
  assert.ok(!wide.isFree(2, 0));
});

Deno.test("a low camera goes under what a high one cannot", async () => {
  const shelf: Bounds = { min: [-3, 0.5, -0.5], max: [3, 2, -0.4] };
  const { specks, bounds } = room([shelf]);
  const high = await spaceOf(specks, bounds);
  const low = await spaceOf(specks, bounds, { cameraHeight: 0.5 });
  assert.ok(!high.isFree(0, 1.2));
  assert.ok(low.isFree(0, 1.2, -1));
  assert.ok(!low.isFree(0, 1.2, 0), "the camera above the shelf's board");
});

Deno.test("a camera whose height is stated keeps it over every floor", async () => {
  // A step up of 0.15 m to a floor of its own.
  const { specks, bounds } = room([block([1, -2], [3, 2], 0.15)]);
  const space = await spaceOf(specks, bounds, { cameraHeight: 0.6 });
  for (const [x, floor] of [[-1, -EYE], [2.2, -EYE + 0.15]] as const) {
    for (const z of [-9, -0.5, 0, 1]) {
      const at = space.nearest({ x, y: 0, z });
      assert.ok(Math.abs(at.z - floor - 0.6) < 0.26, `${at.z} at ${x}`);
      assert.ok(space.isFree(at.x, at.y, at.z));
    }
    assert.ok(!space.isFree(x, 0, 0.5));
  }
});

Deno.test("a camera that is higher than the room is refused in words", async () => {
  const { specks, bounds } = room();
  const found = await find(specks, bounds, { cameraHeight: 5 });
  assert.ok(!(found instanceof FreeSpace));
  assert.match(found.problem, /the camera being 5 m above the floor/);
});

Deno.test("rugs and thresholds are walked over", async () => {
  const { specks, bounds } = room([block([-1, -1], [2, 1], 0.04)]);
  const space = await spaceOf(specks, bounds);
  assert.ok(space.isFree(0.5, 0, 0));
  assert.ok(space.isClear({ x: -2, y: 0, z: 0 }, { x: 2.5, y: 0, z: 0 }));
});

Deno.test("beds are no floor, however softly their sides slope", async () => {
  // A blanket that hangs down in steps of a hand's breadth.
  const steps = [0.15, 0.3, 0.45, 0.6].map((height, i) =>
    block([0.5 + 0.12 * i, -1], [2, 1], height)
  );
  const { specks, bounds } = room(steps);
  const space = await spaceOf(specks, bounds);
  assert.ok(!space.isFree(1.4, 0, 0));
});

Deno.test("floaters and fog do not block, holes in the floor do not swallow", async () => {
  const { specks, bounds } = room([SOFA]);
  let state = 7;
  const random = (): number =>
    (state = (state * 16807) % 2147483647) / 2147483647;
  const within = (axis: 0 | 1 | 2): number =>
    bounds.min[axis] + random() * (bounds.max[axis] - bounds.min[axis]);
  const dirt: Speck[] = Array.from({ length: 250 }, (_, i) => ({
    at: [within(0), within(1), within(2)],
    // Every tenth is a bright speck, the others are large and faint.
    size: i % 10 === 0 ? [0.02, 0.02, 0.02] : [0.25, 0.25, 0.1],
    opacity: i % 10 === 0 ? 0.99 : 0.04 + 0.06 * random(),
  }));
  // Under the floor: what a shiny one mirrors.
  const mirrored: Speck[] = Array.from({ length: 3000 }, () => ({
    at: [within(0), within(1), -EYE - 0.1 - 0.4 * random()],
    size: [0.04, 0.04, 0.04],
    opacity: 0.6,
  }));
  const holed = specks.filter(({ at: [x, y, z] }) =>
    z > -EYE + 0.01 || Math.hypot(x - 1.5, y) > 0.45
  );
  const clean = await spaceOf(specks, bounds);
  const dirty = await spaceOf([...holed, ...dirt, ...mirrored], bounds);
  assert.ok(Math.abs(dirty.floor - clean.floor) < 0.11, `${dirty.floor}`);
  assert.ok(dirty.area > 0.9 * clean.area, `${dirty.area} of ${clean.area}`);
  assert.ok(dirty.isFree(1.5, 0, 0), "over the hole");
  assert.ok(!dirty.isFree(-1.5, -1.4, 0), "in the sofa");
});

Deno.test("a place of unknown scale is walked at its own size", async () => {
  const { specks, bounds } = room([SOFA, WALL]);
  const small = (value: number): number => value / 40;
  const scaled = specks.map(({ at, size, opacity }) => ({
    at: at.map(small) as unknown as Speck["at"],
    size: size.map(small) as unknown as Speck["size"],
    opacity,
  }));
  const space = await spaceOf(scaled, {
    min: bounds.min.map(small) as unknown as Bounds["min"],
    max: bounds.max.map(small) as unknown as Bounds["max"],
  }, { guessed: ["scale"] });
  assert.ok(space.isFree(0, 0, 0));
  assert.ok(!space.isFree(-1.5 / 40, -1.4 / 40, 0));
  assert.ok(Math.abs(space.radius - 0.18 / 40) < 1e-3);
});

Deno.test("units of the file do not matter", async () => {
  const { specks, bounds } = room([SOFA, WALL]);
  const [metres, feet] = [
    await spaceOf(specks, bounds),
    await spaceOf(specks, bounds, { metresPerUnit: 0.3048 }),
  ];
  assert.ok(Math.abs(metres.area - feet.area) < 0.1 * metres.area);
});

Deno.test("a further floor is told, and an agent on it walks there", async () => {
  const upper: Bounds = { min: [-3, -2, 1.3], max: [3, 2, 3.9] };
  const lower = room();
  const specks = [...lower.specks, ...boxSpecks(upper)];
  const bounds: Bounds = { min: lower.bounds.min, max: upper.max };
  const space = await spaceOf(specks, bounds);
  assert.equal(space.otherFloors.length, 1);
  assert.ok(Math.abs(space.otherFloors[0]! - 1.3) < 0.15);
  const frame = frameOf(bounds);
  const above = findFreeSpace(await makeOccupancy(splatsOf(specks), frame), {
    start: { x: 0, y: 0, z: 2.8 },
    bounds,
  });
  assert.ok(above instanceof FreeSpace);
  assert.ok(Math.abs(above.floor - 1.3) < 0.11, `floor ${above.floor}`);
  assert.ok(above.isFree(0, 0, 2.8) && !above.isFree(0, 0, 0));
});

Deno.test("what is no place to walk in is refused in words", async () => {
  const bounds: Bounds = { min: [-3, -3, -1], max: [3, 3, 1] };
  const nothing = await find([], bounds);
  assert.ok(!(nothing instanceof FreeSpace));
  assert.match(nothing.problem, /no floor/);
  // A statue before the start: a pillar in the air.
  const statue = await find(
    boxSpecks({ min: [1, -0.4, -1], max: [1.8, 0.4, 1] }),
    bounds,
  );
  assert.ok(!(statue instanceof FreeSpace), "a statue");
});

Deno.test("no free point is in a block, and projections are free and on the way, whatever the furniture", async () => {
  const block01 = fc.tuple(
    fc.integer({ min: -28, max: 20 }),
    fc.integer({ min: -18, max: 12 }),
    fc.integer({ min: 3, max: 14 }),
    fc.integer({ min: 3, max: 10 }),
    fc.integer({ min: 4, max: 24 }),
  ).map(([x, y, w, d, h]) =>
    block([x / 10, y / 10], [(x + w) / 10, (y + d) / 10], h / 10)
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(block01, { maxLength: 5 }),
      async (blocks) => {
        // The start stays clear.
        const kept = blocks.filter(({ min, max }) =>
          !(min[0] < 0.8 && max[0] > -0.8 && min[1] < 0.8 && max[1] > -0.8)
        );
        const { specks, bounds } = room(kept);
        const space = await spaceOf(specks, bounds);
        for (let x = -2.9; x < 3; x += 0.23) {
          for (let y = -1.9; y < 2; y += 0.19) {
            if (!space.isFree(x, y)) continue;
            for (const { min, max } of kept) {
              const inside = x > min[0] && x < max[0] && y > min[1] &&
                y < max[1];
              assert.ok(!inside, `(${x}, ${y}) is in a block`);
            }
          }
        }
        // What a projection gives is free, and on the way.
        const from = { x: 0, y: 0, z: 0 };
        for (let turn = 0; turn < 16; turn++) {
          const to = {
            x: 4 * Math.cos(turn / 16 * 2 * Math.PI),
            y: 4 * Math.sin(turn / 16 * 2 * Math.PI),
            z: 0.3,
          };
          const end = space.nearestAlong(from, to)!;
          assert.ok(space.isFree(end.x, end.y, end.z));
          const aside = Math.abs(end.x * to.y - end.y * to.x) / 4;
          assert.ok(aside < 1e-9);
          // Nothing free is nearer to the goal on that line.
          for (let share = 1; share > 0; share -= 0.01) {
            const [x, y] = [share * to.x, share * to.y];
            if (Math.hypot(x, y) < Math.hypot(end.x, end.y) + 0.06) break;
            assert.ok(!space.isFree(x, y));
          }
          // A way is never shorter than the straight line.
          assert.ok(space.pathLength(from, end) >= Math.hypot(end.x, end.y));
        }
      },
    ),
    { numRuns: 12 },
  );
});

Deno.test("the demo flat is walked from room to room, and its furniture is in the way", async () => {
  for (const seed of [1, 2, 3]) {
    const { splats, frame, truth } = makeDemoScene(seed);
    const space = findFreeSpace(await makeOccupancy(splats, frame), {
      start: frame.start,
      bounds: frame.bounds,
    });
    assert.ok(space instanceof FreeSpace);
    assert.ok(space.isFree(0, 0, 0), "the start");
    assert.ok(Math.abs(space.floor + EYE) < 0.11);
    for (const { name, kind, box: { min, max } } of truth) {
      if (!["sofa", "bed", "table", "wardrobe"].includes(kind)) continue;
      const middle = { x: (min[0] + max[0]) / 2, y: (min[1] + max[1]) / 2 };
      assert.ok(!space.isFree(middle.x, middle.y), `${name} of seed ${seed}`);
    }
    const chair = truth.find(({ name }) => name === "red chair")!;
    const goal = {
      x: (chair.box.min[0] + chair.box.max[0]) / 2,
      y: (chair.box.min[1] + chair.box.max[1]) / 2,
      z: 0,
    };
    assert.ok(space.pathLength(frame.start, goal) < 20, `seed ${seed}`);
    const near = space.nearest(goal);
    assert.ok(Math.hypot(near.x - goal.x, near.y - goal.y) < 1);
  }
});

Deno.test("nobody is put into a pocket that cannot be reached from the start", async () => {
  // A cupboard of 1.2 x 1.2 m that is closed all round, free within.
  const walls = [
    block([1.4, -1], [2.8, -0.9], 2),
    block([1.4, 0.3], [2.8, 0.4], 2),
    block([1.4, -1], [1.5, 0.4], 2),
    block([2.7, -1], [2.8, 0.4], 2),
  ];
  const { specks, bounds } = room(walls);
  const space = await spaceOf(specks, bounds);
  const [home, pocket] = [{ x: 0, y: 0, z: 0 }, { x: 2.1, y: -0.3, z: 0 }];
  assert.ok(!space.isFree(pocket.x, pocket.y, 0));
  const ends = [
    space.nearestAlong(home, pocket)!,
    space.nearest(pocket),
    space.path(home, pocket).at(-1)!,
  ];
  for (const { x, y } of ends) {
    assert.ok(x < 1.4 || x > 2.8 || y < -1 || y > 0.4, `(${x}, ${y})`);
  }
  assert.ok(space.pathLength(home, pocket) < 6);
});

Deno.test("the nearest cell is the one that a look at all finds", () => {
  fc.assert(fc.property(
    fc.array(fc.boolean(), { minLength: 91, maxLength: 91 }),
    fc.tuple(
      fc.double({ min: -3, max: 4, noNaN: true }),
      fc.double({ min: -3, max: 4, noNaN: true }),
    ),
    (marks, [x, y]) => {
      const grid = new CellGrid(
        { min: [0, 0, 0], max: [1.3, 0.7, 1] },
        { margin: 0 },
      );
      const mask = Uint8Array.from(marks, Number);
      let least = Infinity;
      for (let cell = 0; cell < grid.size; cell++) {
        if (mask[cell] !== 1) continue;
        least = Math.min(least, Math.hypot(grid.x(cell) - x, grid.y(cell) - y));
      }
      const found = grid.nearest(x, y, mask);
      if (least === Infinity) assert.equal(found, -1);
      else {
        assert.equal(mask[found], 1);
        const away = Math.hypot(grid.x(found) - x, grid.y(found) - y);
        assert.ok(Math.abs(away - least) < 1e-6, `${away}, not ${least}`);
      }
    },
  ));
});

Deno.test("lengths of ways are those of a walk over all cells", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), {
        minLength: 400,
        maxLength: 400,
      }),
      fc.nat(399),
      fc.nat(399),
      (marks, a, b) => {
        const grid = new CellGrid(
          { min: [0, 0, 0], max: [2, 2, 1] },
          { margin: 0 },
        );
        const open = Uint8Array.from(marks, (mark) => mark > 0 ? 1 : 0);
        open[a] = open[b] = 1;
        const walk = new Walk(grid, open, a);
        const routes = new Routes(grid, open, a);
        assert.equal(routes.distance(a, b), walk.distance(b));
        assert.equal(routes.distance(b, a), walk.distance(b));
      },
    ),
    { numRuns: 200 },
  );
});

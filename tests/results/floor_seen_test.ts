/** How much of the floor was in view, and where the rest is. */

import assert from "node:assert/strict";
import { FreeSpace } from "../../src/map/free_space.ts";
import type { FloorPlan } from "../../src/map/floor_plan.ts";
import { makeFloorPlan } from "../../src/map/make_floor_plan.ts";
import { FloorSeen } from "../../src/results/floor_seen.js";

/** A plan of half-metre cells round (-1, -1), `#` where one can stand, the greatest y first. */
function planOf(...lines: string[]): FloorPlan {
  const rows = lines.toReversed();
  const columns = rows[0]!.length;
  const bits = new Uint8Array(Math.ceil(columns * rows.length / 8));
  rows.join("").split("").forEach((letter, index) => {
    if (letter === "#") bits[index >> 3]! |= 1 << (index & 7);
  });
  return {
    min: [-1, -1],
    cell: 0.5,
    columns,
    rows: rows.length,
    open: bits.toBase64(),
  };
}

Deno.test("what views show is counted once, what is no floor never", () => {
  const seen = new FloorSeen(planOf("####", "#..#", "####"));
  assert.equal(seen.share, 0);
  const lower: [number, number][] = [[-1, -1], [1, -1], [1, -0.5], [-1, -0.5]];
  seen.add(lower);
  seen.add(lower);
  assert.equal(seen.share, 0.4);
  assert.equal(seen.percent, 40);
  seen.add([[-9, -9], [9, -9], [9, 9], [-9, 9]]);
  assert.equal(seen.share, 1);
  assert.equal(seen.inWords(), "100 % of the reachable floor was seen.");
});

Deno.test("an outline that turns in is filled to its edge", () => {
  const seen = new FloorSeen(planOf("####", "####"));
  // A V over the middle: its notch is not seen.
  seen.add([[-1, -1], [1, -1], [1, 0], [0, -0.9], [-1, 0]]);
  const unseen = [...seen.unseen].map((cell) => "#."[1 - cell]).join("");
  assert.equal(unseen, "....." + "##.");
});

Deno.test("the rest is told by its parts, the largest first", () => {
  const seen = new FloorSeen(planOf("##..#", "##..#", "....."));
  assert.deepEqual(seen.rest(), [
    { x: -0.75, y: -0.25, area: 1 },
    { x: 1.25, y: -0.25, area: 0.5 },
  ]);
  assert.equal(
    seen.inWords(),
    "0 % of the reachable floor was seen. Never in view: 1.0 m² around (-0.8, -0.3) and 0.5 m² around (1.3, -0.3).",
  );
});

Deno.test("no views and no floor are no faults", () => {
  const seen = new FloorSeen(planOf("..", ".."));
  seen.add([]);
  seen.add([[0, 0]]);
  assert.equal(seen.share, 1);
  assert.deepEqual(seen.rest(), []);
});

Deno.test("a plan has the cells that can be walked to, no others", () => {
  const space = Object.assign(Object.create(FreeSpace.prototype), {
    grid: { cell: 0.1, columns: 3, rows: 4, x0: -1, y0: 2, size: 12 },
    walkFrom: () => ({
      distance: (cell: number) => [0, 4, 11].includes(cell) ? 1 : Infinity,
    }),
  });
  assert.deepEqual(makeFloorPlan(space, { x: 0, y: 0, z: 0 }), {
    min: [-1, 2],
    cell: 0.1,
    columns: 3,
    rows: 4,
    open: new Uint8Array([0b10001, 0b1000]).toBase64(),
  });
});

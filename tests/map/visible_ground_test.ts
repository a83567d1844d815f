import assert from "node:assert/strict";
import type { DepthView } from "../../src/map/explored_map.ts";
import { visibleGround } from "../../src/map/visible_ground.ts";

/** A view along +y of a wall at `distance` metres, and of nothing in its left half if `isOpen`. */
function view(distance: number, isOpen = false): DepthView {
  const width = 64;
  const depth = new Float32Array(width * width).fill(distance);
  if (isOpen) {
    for (let i = 0; i < depth.length; i++) {
      if (i % width < width / 2) depth[i] = 0;
    }
  }
  const pose = { x: 1, y: 2, z: 0, yaw: 90 };
  return { width, height: width, depth, fov: 90, pose };
}

Deno.test("a wall ends what is seen, from the left to the right of the view", () => {
  const [viewpoint, ...edge] = visibleGround(view(3));
  assert.deepEqual(viewpoint, [1, 2]);
  for (const [, y] of edge) assert.equal(y, 5);
  const xs = edge.map(([x]) => x);
  assert.deepEqual(xs, xs.toSorted((a, b) => a - b));
  assert.ok(Math.abs(xs[0]! + 2) < 0.1 && Math.abs(xs.at(-1)! - 4) < 0.1);
});

Deno.test("where nothing ends the view, it is taken to reach twelve metres", () => {
  const [[x, y] = [0, 0], ...edge] = visibleGround(view(3, true));
  for (const [px, py] of edge.slice(0, 32)) {
    const distance = Math.hypot(px - x, py - y);
    assert.ok(Math.abs(distance - 12) < 0.02, `${distance}`);
  }
  assert.equal(edge.at(-1)![1], 5);
});

Deno.test("what is lower than the eyes hides nothing", () => {
  const table = view(6);
  // A near thing in the lower third of the picture.
  table.depth.fill(1, Math.floor(table.depth.length * 2 / 3));
  for (const [, y] of visibleGround(table).slice(1)) assert.equal(y, 8);
});

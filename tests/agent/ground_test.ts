import assert from "node:assert/strict";
import {
  boundedGround,
  freeGround,
  type Ground,
} from "../../src/agent/ground.ts";
import type { Pose } from "../../src/geometry/pose.ts";
import { findFreeSpace } from "../../src/map/find_free_space.ts";
import { FreeSpace } from "../../src/map/free_space.ts";
import { makeOccupancy } from "../../src/map/occupancy.ts";
import { block, frameOf, room, splatsOf } from "../map/rooms.ts";

const HERE: Pose = { x: 0, y: 0, z: 0, yaw: 10 };

/** A room with a wall at x = 1 that has a doorway at y > 1, and a sofa. */
async function makeGround(cameraHeight?: number): Promise<Ground> {
  const { specks, bounds } = room([
    block([0.95, -2], [1.05, 1.05], 2.6),
    block([-2.5, -1.8], [-0.5, -1], 0.8),
  ]);
  const frame = frameOf(bounds);
  const space = findFreeSpace(await makeOccupancy(splatsOf(specks), frame), {
    start: frame.start,
    bounds,
    ...(cameraHeight === undefined ? {} : { cameraHeight }),
  });
  assert.ok(space instanceof FreeSpace);
  return freeGround(space);
}

Deno.test("a move to a free place is made as it was wished, without a word", async () => {
  const ground = await makeGround();
  const wanted = { x: -1, y: 1, z: 0.2, yaw: 200 };
  assert.deepEqual(ground.arrive(HERE, wanted), { pose: wanted });
});

Deno.test("a move into a wall or a sofa ends at the nearest free place on the way, and is told", async () => {
  const ground = await makeGround();
  for (const [x, y] of [[1, 0], [-1.5, -1.4], [3, -2]] as const) {
    const { pose, note } = ground.arrive(HERE, { x, y, z: 0, yaw: 300 });
    assert.ok(
      ground.isFree(pose),
      `(${x}, ${y}) ends at (${pose.x}, ${pose.y})`,
    );
    assert.ok(Math.abs(pose.x * y - pose.y * x) < 1e-9, "on the way");
    assert.ok(Math.hypot(pose.x, pose.y) > 0.2, "not where it was");
    assert.equal(pose.yaw, 300);
    assert.match(note!, /something solid.*nearest free place.*m short of it/);
  }
});

Deno.test("a move beyond the bounds is pulled back, out of the wall too", async () => {
  const ground = await makeGround();
  const { pose, note } = ground.arrive(HERE, { x: -50, y: 0, z: 0, yaw: 0 });
  assert.ok(pose.x < -2.5 && pose.x > -3);
  assert.ok(ground.isFree(pose));
  assert.match(note!, /something solid/);
});

Deno.test("a camera stays between floor and ceiling", async () => {
  const ground = await makeGround();
  for (const z of [-1.45, -9, 1.05, 9]) {
    const { pose, note } = ground.arrive(HERE, { ...HERE, z });
    assert.ok(pose.z > -1.4 && pose.z < 1, `${z} became ${pose.z}`);
    assert.match(note!, /height was changed/);
  }
});

Deno.test("a camera of a stated height goes along at that height", async () => {
  const ground = await makeGround(1.5);
  const level = ground.arrive(HERE, { ...HERE, x: -1, y: 1 });
  assert.deepEqual(level, { pose: { ...HERE, x: -1, y: 1 } });
  const { pose, note } = ground.arrive(HERE, { ...HERE, z: 0.7 });
  assert.ok(Math.abs(pose.z) < 0.26, `${pose.z}`);
  assert.match(
    note!,
    /height was changed.*your camera is 1.5 m above the floor/,
  );
});

Deno.test("whoever stands in something solid may turn, and gets out by any free goal", async () => {
  const ground = await makeGround();
  const stuck: Pose = { x: 1, y: 0, z: 0, yaw: 0 };
  assert.deepEqual(ground.arrive(stuck, { ...stuck, yaw: 90 }).pose, {
    ...stuck,
    yaw: 90,
  });
  assert.deepEqual(ground.arrive(stuck, HERE), { pose: HERE });
  const other = ground.arrive(stuck, { x: -1.5, y: -1.4, z: 0, yaw: 0 });
  assert.ok(ground.isFree(other.pose));
});

Deno.test("steps lead along free ways alone", async () => {
  const ground = await makeGround();
  const beforeWall: Pose = { x: 0.6, y: 0, z: 0, yaw: 0 };
  assert.equal(ground.mayStep(beforeWall, 0, 0.5), false);
  // Behind the wall it is free again.
  assert.equal(ground.mayStep(beforeWall, 0, 0.9), false);
  assert.equal(ground.mayStep(beforeWall, 180, 0.5), true);
  assert.equal(boundedGround(ground.bounds).mayStep(beforeWall, 0, 0.5), true);
});

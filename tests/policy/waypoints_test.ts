import assert from "node:assert/strict";
import { Blackboard } from "../../src/map/blackboard.ts";
import { drawWaypoints } from "../../src/policy/draw_waypoints.ts";
import { Explorer } from "../../src/policy/explorer.ts";
import type { Observation } from "../../src/policy/policy.ts";
import { findWaypoints, type Waypoint } from "../../src/policy/waypoints.ts";
import { turned } from "../../src/geometry/pose.ts";
import type { Bounds } from "../../src/geometry/bounds.ts";

const EYES = 1.4;
const CEILING = 2.5;
const bounds: Bounds = { min: [-4, -3, -EYES], max: [4, 3, CEILING - EYES] };

/** A box that stands on the floor, world metres. */
interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly height: number;
}

/** What is seen in a room of 8 by 6 metres with `boxes` in it. */
function observe(
  pose: Observation["pose"],
  { size = 128, boxes = [] }: { size?: number; boxes?: readonly Box[] } = {},
): Observation {
  const focal = size / 2 / Math.tan(75 * Math.PI / 360);
  const radians = pose.yaw * Math.PI / 180;
  const depth = new Float32Array(size * size);
  for (let i = 0; i < depth.length; i++) {
    const aside = (i % size + 0.5 - size / 2) / focal;
    const down = (Math.floor(i / size) + 0.5 - size / 2) / focal;
    const ray = [
      Math.cos(radians) + aside * Math.sin(radians),
      Math.sin(radians) - aside * Math.cos(radians),
      -down,
    ];
    const from = [pose.x, pose.y, EYES];
    const room = [[-4, 4], [-3, 3], [0, CEILING]];
    let z = Math.min(
      ...room.map(([low, high], axis) =>
        ((ray[axis]! > 0 ? high! : low!) - from[axis]!) / ray[axis]!
      ),
    );
    for (const { x, y, height } of boxes) {
      const sides = [x, y, [0, height]].map(([low, high], axis) =>
        [(low! - from[axis]!) / ray[axis]!, (high! - from[axis]!) / ray[axis]!]
          .sort((a, b) => a - b)
      );
      const enters = Math.max(...sides.map(([near]) => near!));
      const leaves = Math.min(...sides.map(([, far]) => far!));
      if (enters > 0 && enters < leaves) z = Math.min(z, enters);
    }
    depth[i] = z;
  }
  const image = {
    width: size,
    height: size,
    data: new Uint8Array(4 * size * size).fill(120),
  };
  return {
    image,
    png: () => Promise.reject(new Error("not asked for")),
    depth,
    fov: 75,
    pose,
    bounds,
    step: 0,
    totalSteps: 15,
  };
}

/** The ways from the last of `observations`, all of them seen by agent 0. */
function waysFrom(
  observations: readonly Observation[],
  board = new Blackboard(bounds),
): { ways: Waypoint[]; floor: number } {
  const explorer = new Explorer({ agentId: 0, board });
  for (const observation of observations) explorer.see(observation);
  const { floor } = explorer;
  const observation = observations.at(-1)!;
  return {
    ways: findWaypoints({ observation, board, agentId: 0, floor }),
    floor,
  };
}

const start = { x: -2, y: 0, z: 0, yaw: 0 };

Deno.test("ways lead over the floor in sight, numbered from left to right", () => {
  const { ways } = waysFrom([observe(start)]);
  const shown = ways.filter(({ isInPicture }) => isInPicture);
  assert.ok(shown.length >= 3, JSON.stringify(ways));
  assert.deepEqual(ways.map(({ number }) => number), ways.map((_, i) => i + 1));
  const bearings = shown.map(({ bearing }) => bearing);
  assert.deepEqual(bearings, bearings.toSorted((a, b) => b - a));
  for (const { pose, distance, bearing } of shown) {
    assert.ok(Math.abs(pose.x) < 3.8 && Math.abs(pose.y) < 2.8);
    assert.ok(distance >= 0.7 && distance <= 4);
    assert.ok(Math.abs(bearing) < 37.5);
    const away = Math.hypot(pose.x - start.x, pose.y - start.y);
    assert.ok(Math.abs(away - distance) < 0.01);
  }
});

Deno.test("no way leads through what stands in it", () => {
  const table: Box = { x: [-0.5, 0.5], y: [-0.8, 0.8], height: 0.8 };
  const { ways } = waysFrom([observe(start, { boxes: [table] })]);
  assert.ok(ways.length > 0);
  for (const { pose, bearing, isInPicture } of ways) {
    const isInTable = pose.x > -0.6 && pose.x < 0.6 && Math.abs(pose.y) < 0.9;
    assert.ok(!isInTable, JSON.stringify(pose));
    if (isInPicture && Math.abs(bearing) < 15) assert.ok(pose.x < -0.5);
  }
});

Deno.test("a short way is not marked on what hides its floor", () => {
  const seat: Box = { x: [-0.9, 0], y: [-0.5, 0.5], height: 0.5 };
  const marked = (boxes: readonly Box[]): boolean =>
    waysFrom([observe(start, { boxes })]).ways.some((way) =>
      way.isInPicture && Math.abs(way.bearing) < 20
    );
  assert.equal(marked([]), true);
  assert.equal(marked([seat]), false);
});

Deno.test("what is unseen behind the back is listed, too; what was seen is new no more", () => {
  const { ways } = waysFrom([observe(start)]);
  assert.ok(ways.some(({ isInPicture, isNew }) => !isInPicture && isNew));
  const around = [90, 180, 270, 0, 45, 135, 225, 315, 0].map((turn) =>
    observe(turned(start, turn))
  );
  const opposite = around.map(({ pose }) => observe({ ...pose, x: 2 }));
  const known = waysFrom([...opposite, ...around]).ways;
  assert.deepEqual(known.filter(({ isNew }) => isNew), []);
  assert.ok(known.length >= 3);
});

Deno.test("a way to another's goal says whose it is", () => {
  const board = new Blackboard(bounds);
  const [way] = waysFrom([observe(start)], board).ways;
  board.claimGoal(1, way!.pose);
  assert.equal(waysFrom([observe(start)], board).ways[0]!.takenBy, 1);
});

Deno.test("no way is known where nothing is seen", () => {
  const nothing = { ...observe(start), depth: new Float32Array(128 * 128) };
  assert.deepEqual(waysFrom([nothing]).ways, []);
});

for (const size of [256, 512]) {
  Deno.test(`ways are drawn at ${size} pixels on a copy: below the horizon, each number legible`, () => {
    const observation = observe(start, { size });
    const { ways, floor } = waysFrom([observation]);
    const { data } = drawWaypoints(observation, ways, floor);
    assert.ok(observation.image.data.every((value) => value === 120));
    const upper = data.subarray(0, data.length / 2);
    assert.ok(upper.every((value) => value === 120));
    // Ink and paper of every disc, at least 20 pixels across.
    const count = (red: number): number => {
      let pixels = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] === red) pixels++;
      return pixels;
    };
    const discs = ways.filter(({ isInPicture }) => isInPicture).length;
    assert.ok(count(255) > discs * 150, `${count(255)} of paper`);
    assert.ok(count(0) > discs * 60, `${count(0)} of ink`);
  });
}

import assert from "node:assert/strict";
import { type Bounds, distanceToBox } from "../../src/geometry/bounds.ts";
import type { Pose } from "../../src/geometry/pose.ts";
import { Blackboard } from "../../src/map/blackboard.ts";
import { Explorer } from "../../src/policy/explorer.ts";
import type { Observation } from "../../src/policy/policy.ts";
import { block, EYE } from "../map/rooms.ts";
import { depthView, seenArea } from "../map/views.ts";

/** A corridor of 20 x 3 m whose middle is the start. */
const shell: Bounds = { min: [-10, -1.5, -EYE], max: [10, 1.5, 1.1] };

function observe(
  pose: Pose,
  blocks: readonly Bounds[] = [],
): Observation {
  const { width, height, depth, fov } = depthView(pose, { shell, blocks });
  return {
    image: { width, height, data: new Uint8Array(4 * width * height) },
    png: () => Promise.reject(new Error("no PNG")),
    depth,
    fov,
    pose,
    bounds: shell,
    step: 0,
    totalSteps: 15,
  };
}

/** Walks `steps` steps for each of the explorers in turn; where they looked from. */
function walk(explorers: readonly Explorer[], steps: number): Pose[][] {
  const poses = explorers.map((): Pose => ({ x: 0, y: 0, z: 0, yaw: 0 }));
  const tracks = explorers.map((): Pose[] => []);
  for (let step = 0; step < steps; step++) {
    explorers.forEach((explorer, i) => {
      explorer.see(observe(poses[i]!));
      tracks[i]!.push(poses[i]!);
      poses[i] = explorer.next()?.pose ?? poses[i]!;
    });
  }
  return tracks;
}

Deno.test("two agents that share a board go to different ends", () => {
  const board = new Blackboard(shell);
  const tracks = walk([
    new Explorer({ agentId: 0, board }),
    new Explorer({ agentId: 1, board }),
  ], 4);
  const ends = tracks.map((track) => track.at(-1)!.x);
  assert.ok(ends[0]! * ends[1]! < 0, `at ${ends}`);
});

Deno.test("without a shared board the same agents do the same", () => {
  const [first, second] = walk([
    new Explorer({ agentId: 0 }),
    new Explorer({ agentId: 1 }),
  ], 4);
  assert.deepEqual(first, second);
});

Deno.test("a corridor is explored to both ends by one agent", () => {
  const explorer = new Explorer({ agentId: 0 });
  walk([explorer], 14);
  const seen = seenArea(explorer.board.map);
  assert.ok(seen > 0.9 * 60, `saw ${seen} of 60 square metres`);
});

Deno.test("a viewpoint is near its goal, looks at it, and is another one after a look in vain", () => {
  const explorer = new Explorer({ agentId: 0 });
  explorer.see(observe({ x: 0, y: 0, z: 0, yaw: 0 }));
  const goal = [3, 0.5, -1] as const;
  const pose = explorer.viewpoint({ position: goal });
  const distance = Math.hypot(goal[0] - pose.x, goal[1] - pose.y);
  assert.ok(distance > 1 && distance < 2.2, `${distance} m away`);
  const towards = Math.atan2(goal[1] - pose.y, goal[0] - pose.x) * 180 /
    Math.PI;
  assert.ok(Math.abs(pose.yaw - (towards + 360) % 360) < 1e-6);
  const other = explorer.viewpoint({ position: goal }, { tried: [pose] });
  assert.ok(Math.hypot(other.x - pose.x, other.y - pose.y) > 0.4);
});

Deno.test("what a move ran into is not planned again", () => {
  const explorer = new Explorer({ agentId: 0 });
  const start: Pose = { x: 0, y: 0, z: 0, yaw: 0 };
  explorer.see(observe(start));
  const wanted = explorer.viewpoint({ position: [3, 0, -1] });
  explorer.see({ ...observe(start), blocked: wanted });
  const next = explorer.viewpoint({ position: [3, 0, -1] });
  assert.ok(Math.hypot(next.x - wanted.x, next.y - wanted.y) > 0.05);
});

Deno.test("the way leads round furniture that is lower than the eyes", () => {
  const table = block([1, -0.6], [1.6, 1.5], 0.75);
  const explorer = new Explorer({ agentId: 0 });
  explorer.see(observe({ x: 0, y: 0, z: 0, yaw: 0 }, [table]));
  const { map } = explorer.board;
  assert.ok(!map.isOpen(1.3, 0));
  const pose = explorer.viewpoint({ position: [4, 0, -1] });
  assert.ok(map.isOpen(pose.x, pose.y), `stands at (${pose.x}, ${pose.y})`);
});

Deno.test("a viewpoint can be asked to be so far from a box", () => {
  const explorer = new Explorer({ agentId: 0 });
  explorer.see(observe({ x: 0, y: 0, z: 0, yaw: 0 }));
  const thing = {
    position: [4, 0, -1],
    box: { min: [3.6, -0.4, -EYE], max: [4.4, 0.4, -0.6] },
  } as const;
  const { x, y } = explorer.viewpoint(thing, { away: [0.7, 0.9] });
  const distance = distanceToBox(thing.box, { x, y });
  assert.ok(distance > 0.65 && distance < 0.95, `${distance} m`);
  assert.ok(x < 3.6, "the nearest of such places is on this side");
});

Deno.test("nobody plans into anything on the way to where a move could not end", () => {
  const explorer = new Explorer({ agentId: 0 });
  const pose: Pose = { x: 0, y: 0, z: 0, yaw: 0 };
  explorer.see(observe(pose));
  const { map } = explorer.board;
  const between = [1.25, 1.75, 2.25];
  assert.ok(between.every((x) => map.isOpen(x, 0)));
  explorer.see({
    ...observe({ ...pose, x: 1 }),
    blocked: { x: 2.5, y: 0 },
  });
  const walk = map.walkFrom(1, 0);
  for (const x of between) {
    assert.equal(walk.distance(map.grid.at(x, 0)), Infinity, `${x}`);
  }
  assert.ok(walk.distance(map.grid.at(2, 0.8)) < Infinity);
});

Deno.test("a goal is left to the agent with the shorter way to it", () => {
  const board = new Blackboard(shell);
  const [near, far] = [0, 1].map((agentId) =>
    new Explorer({ agentId, board })
  ) as [Explorer, Explorer];
  // All but the two ends is seen; agent 0 stands before one of them.
  for (const yaw of [0, 90, 180, 270]) {
    far.see(observe({ x: -1, y: 0, z: 0, yaw }));
  }
  near.see(observe({ x: 4, y: 0, z: 0, yaw: 180 }));
  assert.deepEqual(board.placesOfOthers(1).map(({ x }) => x), [4]);
  const next = far.next();
  assert.ok(next!.goal.x < 0, `goes to ${next!.goal.x}`);
});

Deno.test("whoever runs into things time and again keeps farther from them", () => {
  const explorer = new Explorer({ agentId: 0 });
  const pose: Pose = { x: 0, y: 0, z: 0, yaw: 0 };
  const blocked = { x: 1, y: 0 };
  explorer.see({ ...observe(pose), blocked });
  const { map } = explorer.board;
  const beside = 0.25;
  assert.ok(map.isOpen(1.5, beside), "once is no more than what is there");
  for (let again = 0; again < 2; again++) {
    explorer.see({ ...observe(pose), blocked });
  }
  const walk = map.walkFrom(pose.x, pose.y);
  assert.equal(walk.distance(map.grid.at(1, beside)), Infinity);
  // A move that ends where it was to makes an end of it.
  explorer.see(observe(pose));
  explorer.see({ ...observe(pose), blocked: { x: 2.5, y: 0 } });
  assert.ok(map.isOpen(2.5, beside));
});

Deno.test("to what is behind something low the way leads through what is not known", () => {
  // Sight passes over the bar, whose open end is beside what is in view.
  const bar = block([1.9, -1.5], [2.3, 0.3], 0.9);
  const thing = {
    position: [3.8, -1, -1],
    box: { min: [3.6, -1.2, -EYE], max: [4, -0.8, -0.6] },
  } as const;
  const explorer = new Explorer({ agentId: 0 });
  let pose: Pose = { x: 0.6, y: -1.1, z: 0, yaw: 0 };
  for (let step = 0; step < 4; step++) {
    explorer.see(observe(pose, [bar]));
    pose = explorer.viewpoint(thing, { away: [0.7, 0.9] });
  }
  const distance = distanceToBox(thing.box, pose);
  assert.ok(distance < 1, `stands ${distance} m away at ${pose.x}, ${pose.y}`);
});

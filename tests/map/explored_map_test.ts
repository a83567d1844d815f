import assert from "node:assert/strict";
import { turned } from "../../src/geometry/pose.ts";
import { Blackboard } from "../../src/map/blackboard.ts";
import { ExploredMap } from "../../src/map/explored_map.ts";
import { block, EYE, room } from "./rooms.ts";
import { depthView, seenArea } from "./views.ts";

const { bounds: shell } = room();
const START = { x: 0, y: 0, z: 0, yaw: 0 };
/** Lower than the eyes, across the room. */
const SOFA = block([1, -1.2], [1.8, 1.2], 0.7);
/** To the ceiling, across most of the room. */
const WALL = block([1, -2], [1.1, 1], 2.6);

function mapOf(
  blocks: readonly ReturnType<typeof block>[],
  { yaws = [0], knowsFloor = true } = {},
): ExploredMap {
  const map = new ExploredMap(shell);
  for (const yaw of yaws) {
    const view = depthView({ ...START, yaw }, { shell, blocks });
    map.add(knowsFloor ? { ...view, floor: -EYE } : view);
  }
  return map;
}

Deno.test("an empty room is seen ahead, not behind", () => {
  const map = mapOf([]);
  assert.equal(map.state(2, 0), "free");
  assert.equal(map.state(-2, 0), "unseen");
  assert.ok(map.isOpen(2, 0));
  assert.equal(map.state(99, 0), "unseen");
  const all = mapOf([], { yaws: [0, 60, 120, 180, 240, 300] });
  assert.ok(
    seenArea(all) > 0.95 * 24 && seenArea(all) < 30,
    `saw ${seenArea(all)} of 24 square metres`,
  );
});

Deno.test("a wall hides what is behind it, a sofa bars the way alone", () => {
  const behindWall = mapOf([WALL]);
  assert.equal(behindWall.state(1.05, 0), "blocked");
  assert.equal(behindWall.state(2, 0), "unseen");
  assert.ok(!behindWall.isVisible(START, { x: 2, y: 0 }));
  const behindSofa = mapOf([SOFA]);
  assert.equal(behindSofa.state(1.05, 0), "blocked");
  assert.equal(behindSofa.state(2.6, 0), "free", "seen over the sofa");
  assert.ok(behindSofa.isVisible(START, { x: 2.6, y: 0 }));
  assert.ok(!behindSofa.isOpen(1.05, 0));
  const walk = behindSofa.walkFrom(0, 0);
  const { grid } = behindSofa;
  const around = walk.distance(grid.at(2.6, 0));
  assert.ok(around > 3.2, `${around} m, straight through the sofa`);
});

Deno.test("without a known floor low things are passed over", () => {
  const map = mapOf([SOFA], { knowsFloor: false });
  assert.notEqual(map.state(1.05, 0), "blocked");
});

Deno.test("unseen floor is expected where no look has been", () => {
  const map = mapOf([]);
  const areas = map.unseenAround(0, 0);
  const ahead = areas[0]! + areas[1]! + areas[35]!;
  const behind = areas[18]! + areas[17]! + areas[19]!;
  assert.ok(behind > ahead + 0.5, `${behind} behind, ${ahead} ahead`);
});

Deno.test("where a move could not end, nobody plans to stand", () => {
  const map = mapOf([]);
  map.close(2, 0);
  assert.ok(!map.isOpen(2, 0));
  map.add(depthView(turned(START, 5), { shell, blocks: [] }));
  assert.ok(!map.isOpen(2, 0), "later looks do not open it again");
});

Deno.test("one stray near point is no wall", () => {
  const view = depthView(START, { shell, blocks: [] });
  view.depth[64 * 128 + 64] = 0.8;
  const map = new ExploredMap(shell);
  map.add({ ...view, floor: -EYE });
  assert.equal(map.state(2, 0), "free");
});

Deno.test("agents of a team share a map, claim goals and remember what was refuted", () => {
  const board = new Blackboard(shell);
  board.see(0, { ...depthView(START, { shell, blocks: [] }), floor: -EYE });
  const back = turned(START, 180);
  board.see(1, { ...depthView(back, { shell, blocks: [] }), floor: -EYE });
  assert.equal(board.map.state(2, 0), "free");
  assert.equal(board.map.state(-2, 0), "free");
  assert.deepEqual(board.visited(1), [back]);
  assert.deepEqual(board.visited(), [START, back]);
  board.claimGoal(0, { x: 2, y: 0 });
  board.claimGoal(0, { x: 2, y: 1 });
  assert.deepEqual(board.goalsOfOthers(1), [{ agentId: 0, x: 2, y: 1 }]);
  assert.deepEqual(board.goalsOfOthers(0), []);
  board.claimGoal(0);
  assert.deepEqual(board.goalsOfOthers(1), []);
  board.refute({ agentId: 0, position: [1, 1, -1], words: "a red vase" });
  assert.ok(board.isRefuted([1.2, 1.2, -0.8]));
  assert.ok(!board.isRefuted([1, 2, -1]));
  board.sight({ agentId: 0, position: [1, 0, 0], words: "first" });
  board.sight({ agentId: 1, position: [1.1, 0, 0], words: "again" });
  board.sight({ agentId: 1, position: [-1, 0, 0], words: "other" });
  assert.deepEqual(board.sightings.map(({ words }) => words), [
    "again",
    "other",
  ]);
});

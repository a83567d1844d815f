import assert from "node:assert/strict";
import { Blackboard } from "../../src/map/blackboard.ts";
import { TeamNews } from "../../src/policy/team_news.ts";

const board = (): Blackboard =>
  new Blackboard({ min: [-5, -5, -1], max: [5, 5, 1] });

/** A look that shows nothing. */
function look(on: Blackboard, agentId: number, x: number): void {
  on.see(agentId, {
    width: 2,
    height: 2,
    depth: new Float32Array(4),
    fov: 75,
    pose: { x, y: 0.5, z: 0, yaw: 90.4 },
  });
}

Deno.test("TeamNews tells an agent what the others did, once", () => {
  const on = board();
  const news = new TeamNews({ agentId: 1, numAgents: 3 });
  look(on, 0, 1);
  look(on, 1, 2);
  on.claimGoal(0, { x: 3, y: -1 });
  on.claimGoal(1, { x: 4, y: 4 });
  assert.deepEqual(news.read(on), {
    moves: "Agent 0 looked from (1.0, 0.5) yaw 90 and goes to (3.0, -1.0).",
    discoveries: "",
  });
  assert.deepEqual(news.read(on), { moves: "", discoveries: "" });
  for (const x of [1, 2, 3, 4]) look(on, 2, x);
  on.claimGoal(0, { x: 0, y: 0 });
  assert.equal(
    news.read(on).moves,
    "Agent 0 goes to (0.0, 0.0). Agent 2 looked from (2.0, 0.5) yaw 90, (3.0, 0.5) yaw 90, (4.0, 0.5) yaw 90.",
  );
});

Deno.test("TeamNews tells what others sighted and refuted, not what the agent did itself", () => {
  const on = board();
  const news = [0, 1].map((agentId) => new TeamNews({ agentId, numAgents: 2 }));
  const sighting = { agentId: 0, words: `a "red"\nthing ${"x".repeat(200)}` };
  on.sight({ ...sighting, position: [1, 2, 0.3] });
  on.refute({ agentId: 0, position: [3, 2, 0.3], words: "the stool" });
  assert.equal(news[0]!.read(on).discoveries, "");
  const told = news[1]!.read(on).discoveries;
  assert.match(
    told,
    /^Agent 0 may have seen the target near \(1.0, 2.0, 0.3\), not yet checked: "a \\"red\\" thing x+\.\.\."\./,
  );
  assert.match(
    told,
    /Not the target, as agent 0 found from nearer: "the stool" at \(3.0, 2.0, 0.3\)\.$/,
  );
  on.sight({ ...sighting, position: [1.2, 2.2, 0.3] });
  assert.equal(news[1]!.read(on).discoveries, "", "the same again");
  on.sight({ ...sighting, position: [-3, 2.2, 0.3] });
  assert.match(news[1]!.read(on).discoveries, /near \(-3.0/);
});

import assert from "node:assert/strict";
import { DECISION_SCHEMA, WAYPOINT_SCHEMA } from "../../src/policy/decision.ts";
import { systemPrompt, turnText, waysText } from "../../src/policy/prompt.ts";
import { observationAt } from "../vlm/asking.ts";

Deno.test("turnText() is the spec's line, then the note", () => {
  const at = { pose: { x: 1, y: -2.345, z: 0, yaw: 90 } };
  const line = "Position: (1.00, -2.35, 0.00), yaw=90.0. Step 3/15.";
  assert.equal(turnText(observationAt(3, at)), line);
  assert.equal(
    turnText(observationAt(3, { ...at, note: "You were stopped by a wall." })),
    `${line} You were stopped by a wall.`,
  );
});

Deno.test("systemPrompt() tells a team that it is one", () => {
  const prompt = (numAgents: number): string =>
    systemPrompt({
      query: "q",
      bounds: { min: [-1, -2, -3], max: [4, 5, 6] },
      fov: 75,
      numAgents,
    });
  assert.match(prompt(3), /one of 3 agents/);
  assert.doesNotMatch(prompt(1), /agents|others/);
});

Deno.test("systemPrompt() tells every field of the answer where ways are numbered", () => {
  const text = systemPrompt({
    query: "q",
    bounds: { min: [-1, -2, -3], max: [4, 5, 6] },
    fov: 75,
    isNumbered: true,
  });
  for (const name of Object.keys(WAYPOINT_SCHEMA.schema.properties as object)) {
    assert.ok(text.includes(`"${name}":`), name);
  }
  assert.doesNotMatch(text, /repeat your position/);
});

Deno.test("waysText() lists the ways by where they lead", () => {
  const pose = { x: 0, y: 0, z: 0, yaw: 0 };
  const way = { pose, distance: 2.44, isNew: true, takenBy: undefined };
  assert.equal(
    waysText([
      { ...way, number: 1, bearing: 20.4, isInPicture: true },
      { ...way, number: 2, bearing: -1, isInPicture: true, isNew: false },
      { ...way, number: 3, bearing: -150, isInPicture: false, takenBy: 4 },
    ]),
    `Ways on the floor of the picture:
1: 2.4 m, 20 degrees to the left, unseen
2: 2.4 m, straight ahead, seen
Ways that the picture does not show:
3: 2.4 m, 150 degrees to the right (behind you), unseen, left to agent 4`,
  );
  assert.equal(waysText([]), "No way is on the floor of the picture.");
});

Deno.test("systemPrompt() tells the target, the bounds and every field of the answer", () => {
  const text = systemPrompt({
    query: 'the "red" chair',
    bounds: { min: [-1, -2, -3], max: [4, 5, 6.789] },
    fov: 75,
  });
  assert.ok(text.includes('Target: "the \\"red\\" chair"'));
  assert.ok(text.includes("x -1.00 to 4.00, y -2.00 to 5.00, z -3.00 to 6.79"));
  for (const name of Object.keys(DECISION_SCHEMA.schema.properties as object)) {
    assert.ok(text.includes(`"${name}":`), name);
  }
});

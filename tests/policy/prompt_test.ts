import assert from "node:assert/strict";
import { DECISION_SCHEMA } from "../../src/policy/decision.ts";
import { systemPrompt, turnText } from "../../src/policy/prompt.ts";
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

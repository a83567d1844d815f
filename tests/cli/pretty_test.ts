/** A run as people read it in a terminal. */

import assert from "node:assert/strict";
import { prettyLine } from "../../src/cli/pretty.ts";
import type { AgentEvent } from "../../src/events/event.ts";

const step: AgentEvent = {
  type: "agent_step",
  agent_id: 1,
  step: 2,
  total_steps: 15,
  pose: { x: -1.5, y: 0.25, z: 0, yaw: 90 },
  image_b64: "",
  reasoning: "Something red ahead shows too little of itself for a chair.",
  action: "move",
};

Deno.test("lines are folded between words, below their text", () => {
  assert.equal(
    prettyLine(step, { colors: false, columns: 90 }),
    "agent 1   3/15  ( -1.50,  0.25,  0.00)  90°  Something red ahead shows too little of\n" +
      "                                             itself for a chair.",
  );
});

Deno.test("where there is little room, what goes on stands to the left", () => {
  const lines = prettyLine(step, { colors: true, columns: 60 }).split("\n");
  assert.ok(lines.length > 1);
  for (const line of lines) {
    // deno-lint-ignore no-control-regex
    assert.ok(line.replace(/\x1b\[[\d;]*m/g, "").length <= 60, line);
  }
  for (const line of lines.slice(1)) assert.match(line, /^ {4}\S/);
});

Deno.test("without a terminal an event is one line", () => {
  const line = prettyLine(
    { type: "error", agent_id: 0, message: "word ".repeat(100).trim() },
    { colors: false },
  );
  assert.doesNotMatch(line, /\n/);
  assert.match(line, /^agent 0 {2}failed: word word/);
});

Deno.test("a word longer than a line is left whole", () => {
  const url = "http://" + "a".repeat(80);
  const line = prettyLine(
    { type: "error", message: `Cannot reach ${url} now` },
    { colors: false, columns: 50 },
  );
  assert.deepEqual(line.split("\n"), [
    "run  failed: Cannot reach",
    `    ${url}`,
    "    now",
  ]);
});

import assert from "node:assert/strict";
import {
  type ContestantName,
  CONTESTANTS,
} from "../../src/eval/contestants.ts";
import { makeReport } from "../../src/eval/report.ts";

/** What must be known to read a table of these rows. */
function notesOn(...names: readonly ContestantName[]): string {
  return makeReport([], {
    settings: { seed: 1, agents: 2, maxSteps: 15 },
    episodes: 0,
    contestants: names.map((name) => [name, CONTESTANTS[name].label]),
  }).notes.join("\n");
}

Deno.test("the simulated detector is explained where a row has it, and nowhere else", () => {
  assert.match(
    notesOn("baseline", "team"),
    /simulated detector reads the truth/,
  );
  assert.match(notesOn("detector-unshared"), /simulated detector reads/);
  assert.doesNotMatch(notesOn("baseline", "frontier", "oracle"), /simulated/);
});

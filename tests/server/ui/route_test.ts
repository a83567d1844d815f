import assert from "node:assert/strict";
import { readRoute, sessionHash } from "../../../src/server/ui/route.js";

Deno.test("addresses are read as they are written", () => {
  for (const moment of [{}, { step: 7 }, { agent: 2 }, { step: 7, agent: 0 }]) {
    assert.deepEqual(readRoute(sessionHash("3f", moment)), {
      mode: "watch",
      id: "3f",
      moment,
    });
  }
  assert.deepEqual(readRoute(""), { mode: "ask" });
  assert.deepEqual(readRoute("#/"), { mode: "ask" });
  assert.deepEqual(readRoute("#/walk"), { mode: "walk" });
});

Deno.test("a moment may be given in other ways, and nonsense is none", () => {
  for (const hash of ["#step=7", "#/?step=7", "#/#step=7"]) {
    assert.deepEqual(readRoute(hash), {
      mode: "watch",
      id: undefined,
      moment: { step: 7 },
    });
  }
  for (const hash of ["#/sessions/3f?step=7", "#/sessions/3f&step=7"]) {
    assert.deepEqual(readRoute(hash), {
      mode: "watch",
      id: "3f",
      moment: { step: 7 },
    });
  }
  for (const step of ["-1", "1e9", "x", ""]) {
    assert.deepEqual(readRoute(`#/sessions/3f#step=${step}`), {
      mode: "watch",
      id: "3f",
      moment: {},
    });
  }
});

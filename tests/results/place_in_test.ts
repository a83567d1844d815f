import assert from "node:assert/strict";
import { placeIn } from "../../src/results/place_in.js";

Deno.test("the place is the last triple that a description names", () => {
  assert.deepEqual(placeIn("at (1, 2, 3), then (-0.5, 0.25, 1.0) m."), {
    x: -0.5,
    y: 0.25,
    z: 1,
  });
  assert.deepEqual(placeIn("At (1.5 m, 2 m, -0.5 m)."), {
    x: 1.5,
    y: 2,
    z: -0.5,
  });
  assert.equal(placeIn("a chair (red), 2 m ahead"), undefined);
});

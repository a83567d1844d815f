import assert from "node:assert/strict";
import { describePlace, sideOf } from "../../src/agent/directions.ts";

const START = { x: 0, y: 0, z: 0, yaw: 90 };

Deno.test("sides are told as a person would", () => {
  assert.deepEqual([0, 45, -90, 179, -140].map(sideOf), [
    "ahead",
    "ahead and left",
    "to the right",
    "behind",
    "behind and right",
  ]);
});

Deno.test("a description ends with the position and the way", () => {
  const path = [
    { x: 0, y: 0, z: 0 },
    { x: 0, y: 3, z: 0 },
    { x: 0.1, y: 3.1, z: 0 },
    { x: 2, y: 3.1, z: 0 },
  ];
  assert.equal(
    describePlace(
      { position: { x: 2.5, y: 3.1, z: -1 }, path, path_length: 5 },
      START,
    ),
    " At (2.50, 3.10, -1.00): 4.0 m ahead and right of the agent's start. The way there: 3.0 m ahead, then 2.0 m to the right.",
  );
});

Deno.test("nothing is said that nobody knows", () => {
  const nowhere = { position: null, path: [], path_length: null };
  assert.equal(describePlace(nowhere, START), "");
  const position = { x: 0, y: -2, z: 0 };
  assert.match(
    describePlace({ position, path: [], path_length: null }, START),
    /2\.0 m behind the agent's start\.$/,
  );
  assert.match(
    describePlace(
      { position, path: [{ x: 0, y: 0, z: 0 }], path_length: 0 },
      START,
    ),
    /It stands right there\.$/,
  );
});

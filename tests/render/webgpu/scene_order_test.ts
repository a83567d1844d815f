import assert from "node:assert/strict";
import { makeRoom } from "../../../bench/room.ts";
import { orderScene } from "../../../src/render/webgpu/scene_order.ts";
import type { Splats } from "../../../src/scene/splats.ts";

Deno.test("orderScene() leaves out what cannot be drawn and keeps the rest", () => {
  const poison: [keyof Splats & string, number, number][] = [
    ["positions", 0, NaN],
    ["positions", 1, Infinity],
    ["positions", 2, 1e20],
    ["scales", 0, NaN],
    ["scales", 1, Infinity],
    ["scales", 2, 1e20],
    ["rotations", 3, NaN],
    ["opacities", 0, NaN],
    ["opacities", 0, 0.003],
    ["colors", 1, -Infinity],
    ["sh", 44, NaN],
    ["sh", 0, Infinity],
  ];
  const splats = makeRoom(poison.length + 1);
  splats.opacities.fill(0.5);
  poison.forEach(([name, part, value], i) => {
    const values = splats[name] as Float32Array;
    values[i * values.length / splats.count + part] = value;
  });
  assert.deepEqual([...orderScene(splats).kept], [poison.length]);

  const turnless = makeRoom(1);
  turnless.rotations.fill(0);
  assert.equal(orderScene(turnless).kept.length, 0);
});

Deno.test("orderScene() keeps flat and pointlike splats", () => {
  const splats = makeRoom(2);
  splats.opacities.fill(0.5);
  splats.scales.set([0, 0.1, 0.1, 0, 0, 0]);
  assert.equal(orderScene(splats).kept.length, 2);
});

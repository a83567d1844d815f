import assert from "node:assert/strict";
import fc from "fast-check";
import { mortonOrder } from "../../../src/render/webgpu/morton.ts";

Deno.test("mortonOrder() is a permutation, whatever the positions", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.float(), fc.float(), fc.float())),
      (points) => {
        const finite = points.filter((point) => point.every(Number.isFinite));
        const kept = Uint32Array.from(finite.keys());
        const order = mortonOrder(Float32Array.from(finite.flat()), kept);
        assert.deepEqual([...order].sort((a, b) => a - b), [...kept]);
      },
    ),
  );
});

Deno.test("mortonOrder() keeps the order of equal positions", () => {
  const positions = new Float32Array(3 * 100);
  const kept = Uint32Array.from({ length: 50 }, (_, i) => 2 * i);
  assert.deepEqual([...mortonOrder(positions, kept)], [...kept.keys()]);
});

Deno.test("mortonOrder() makes neighbours of neighbours, also with a stray", () => {
  // A grid of 16 x 16 x 16 in mixed order, and one point far away.
  const count = 4096;
  const positions = new Float32Array(3 * (count + 1)).fill(1e9);
  for (let i = 0; i < count; i++) {
    const mixed = i * 1597 % count;
    positions.set([mixed & 15, mixed >> 4 & 15, mixed >> 8], 3 * i);
  }
  const order = mortonOrder(
    positions,
    Uint32Array.from({ length: count + 1 }, (_, i) => i),
  );
  assert.equal(order.at(-1), count);
  let way = 0;
  for (let k = 1; k < count; k++) {
    const [a, b] = [3 * order[k - 1]!, 3 * order[k]!];
    way += Math.hypot(
      positions[a]! - positions[b]!,
      positions[a + 1]! - positions[b + 1]!,
      positions[a + 2]! - positions[b + 2]!,
    );
  }
  assert.ok(way / count < 2, `mean step ${way / count}`);
});

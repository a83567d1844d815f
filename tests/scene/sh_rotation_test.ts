import assert from "node:assert/strict";
import fc from "fast-check";
import type { Vector3 } from "../../src/geometry/vector.ts";
import { rotateSh, shBasis, shRotation } from "../../src/scene/sh_rotation.ts";
import type { ShDegree } from "../../src/scene/splats.ts";
import { direction, dot, orthogonal } from "./arbitrary.ts";
import { assertClose } from "./reading.ts";

/** The value of one channel in a direction. */
function evaluate(
  sh: ArrayLike<number>,
  channel: number,
  direction: Vector3,
): number {
  const basis = shBasis(direction);
  let sum = 0;
  for (let c = 0; 3 * c < sh.length; c++) {
    sum += basis[c]! * sh[3 * c + channel]!;
  }
  return sum;
}

Deno.test("shBasis(): the harmonics are orthonormal", () => {
  // Equal areas: z even, angle even.
  const size = 15;
  const sums = new Float64Array(size * size);
  const steps = 100;
  for (let i = 0; i < steps; i++) {
    const z = (2 * i + 1) / steps - 1;
    for (let j = 0; j < steps; j++) {
      const angle = 2 * Math.PI * j / steps;
      const r = Math.sqrt(1 - z * z);
      const basis = shBasis([r * Math.cos(angle), r * Math.sin(angle), z]);
      for (let m = 0; m < size; m++) {
        for (let k = 0; k < size; k++) {
          sums[m * size + k]! += 4 * Math.PI / steps ** 2 * basis[m]! *
            basis[k]!;
        }
      }
    }
  }
  const identity = Array.from(
    sums,
    (_, i) => i % (size + 1) === 0 ? 1 : 0,
  );
  assertClose(sums, identity, { tolerance: 0.002 });
});

Deno.test("shBasis(): signs and order are those of 3DGS", () => {
  // -y, z, -x; then of degree 2 xy in first and x^2 - y^2 in last place.
  const at = (x: number, y: number, z: number): number[] => shBasis([x, y, z]);
  assertClose(at(1, 0, 0).slice(0, 3), [0, 0, -0.4886025]);
  assertClose(at(0, 1, 0).slice(0, 3), [-0.4886025, 0, 0]);
  assertClose(at(0, 0, 1).slice(0, 3), [0, 0.4886025, 0]);
  assertClose([at(1, 0, 0)[7]!], [0.5462742]);
  assertClose([at(0, 0, 1)[5]!], [2 * 0.3153916]);
  assertClose([at(0, 0, 1)[11]!], [2 * 0.3731763]);
  assertClose([at(1, 0, 0)[14]!], [-0.5900436]);
});

Deno.test("rotateSh(): a turned function has the old values in turned directions", () => {
  const numbers = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
    minLength: 45,
    maxLength: 45,
  });
  fc.assert(
    fc.property(
      fc.constantFrom<ShDegree>(1, 2, 3),
      orthogonal,
      direction,
      numbers,
      (shDegree, turn, d, values) => {
        const length = 3 * [0, 3, 8, 15][shDegree]!;
        const old = new Float16Array(2 * length);
        for (let i = 0; i < old.length; i++) old[i] = values[i % 45]!;
        const sh = Float16Array.from(old);
        rotateSh(sh, { rotation: shRotation(turn), shDegree });
        const turned = [0, 3, 6].map((row) =>
          dot(turn.slice(row, row + 3), d)
        ) as unknown as Vector3;
        for (const first of [0, length]) {
          for (const channel of [0, 1, 2]) {
            const before = old.subarray(first, first + length);
            const after = sh.subarray(first, first + length);
            assertClose([evaluate(after, channel, turned)], [
              evaluate(before, channel, d),
            ], { tolerance: 0.005 });
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("shRotation(): nothing for the identity, signs alone for half turns", () => {
  const identity = shRotation([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const halfTurn = shRotation([-1, 0, 0, 0, -1, 0, 0, 0, 1]);
  for (const degree of [1, 2, 3]) {
    const size = 2 * degree + 1;
    for (let m = 0; m < size; m++) {
      for (let k = 0; k < size; k++) {
        const order = m - degree;
        const at = m * size + k;
        assertClose([identity[degree]![at]!], [m === k ? 1 : 0]);
        // About z: (-1)^order.
        assertClose([halfTurn[degree]![at]!], [
          m === k ? (order % 2 === 0 ? 1 : -1) : 0,
        ]);
      }
    }
  }
  assert.equal(identity[0]!.length, 0);
});

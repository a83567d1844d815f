import assert from "node:assert/strict";
import fc from "fast-check";
import { allocateSplats, type Splats } from "../../src/scene/splats.ts";
import { transformSplats } from "../../src/scene/transform_splats.ts";
import { symmetricEigen } from "../../src/scene/symmetric_eigen.ts";
import { orthogonal } from "./arbitrary.ts";
import { assertClose, assertSound } from "./reading.ts";

const number = fc.double({ min: -3, max: 3, noNaN: true });
const nine = fc.array(number, { minLength: 9, maxLength: 9 });

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from(
    { length: 9 },
    (_, at) =>
      [0, 1, 2].reduce(
        (sum, k) => sum + a[3 * Math.floor(at / 3) + k]! * b[3 * k + at % 3]!,
        0,
      ),
  );
}

function transpose(m: readonly number[]): number[] {
  return [0, 3, 6, 1, 4, 7, 2, 5, 8].map((at) => m[at]!);
}

/** R S S R^T of splat i. */
function covariance({ scales, rotations }: Splats, i: number): number[] {
  const [w, x, y, z] = rotations.subarray(4 * i, 4 * i + 4) as unknown as [
    number,
    number,
    number,
    number,
  ];
  // deno-fmt-ignore
  const rotation = [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
  const shape = rotation.map((v, at) => v * scales[3 * i + at % 3]!);
  return multiply(shape, transpose(shape));
}

/** Three splats of various shapes. */
function someSplats(): Splats {
  const splats = allocateSplats(3, 1);
  splats.positions.set([1, 2, 3, -4, 5, 6, 0, 0, 0]);
  splats.scales.set([0.1, 0.2, 0.3, 1, 1, 1, 0.5, 0.5, 0.01]);
  const half = Math.SQRT1_2;
  splats.rotations.set([1, 0, 0, 0, half, half, 0, 0, 0.5, 0.5, -0.5, 0.5]);
  splats.opacities.set([0.1, 0.5, 1]);
  for (let i = 0; i < splats.sh.length; i++) splats.sh[i] = i / 16;
  return splats;
}

Deno.test("transformSplats(): positions and covariances follow any matrix", () => {
  const uniform = fc.tuple(
    orthogonal,
    fc.double({ min: 0.01, max: 9, noNaN: true }),
  )
    .map(([turn, factor]) => turn.map((value) => value * factor));
  fc.assert(
    fc.property(
      fc.oneof(nine, uniform, orthogonal),
      fc.array(number, { minLength: 3, maxLength: 3 }),
      (linear, translation) => {
        const before = someSplats();
        const splats = someSplats();
        transformSplats(splats, { linear, translation });
        assertSound(splats);
        assert.deepEqual(splats.opacities, before.opacities);
        for (let i = 0; i < splats.count; i++) {
          const at = before.positions.subarray(3 * i, 3 * i + 3);
          const moved = [0, 3, 6].map((row, axis) =>
            linear[row]! * at[0]! + linear[row + 1]! * at[1]! +
            linear[row + 2]! * at[2]! + translation[axis]!
          );
          assertClose(splats.positions.subarray(3 * i, 3 * i + 3), moved);
          const expected = multiply(
            multiply(linear, covariance(before, i)),
            transpose(linear),
          );
          const size = Math.max(1, ...expected.map(Math.abs));
          assertClose(
            covariance(splats, i).map((value) => value / size),
            expected.map((value) => value / size),
            { tolerance: 1e-5, what: "covariance" },
          );
        }
      },
    ),
    { numRuns: 400 },
  );
});

Deno.test("transformSplats(): SH turns with the splats, not with their stretching", () => {
  const stretched = someSplats();
  // A quarter turn about z, then z doubled.
  const linear = [0, -1, 0, 1, 0, 0, 0, 0, 2];
  transformSplats(stretched, { linear, translation: [0, 0, 0] });
  const turned = someSplats();
  transformSplats(turned, {
    linear: [0, -1, 0, 1, 0, 0, 0, 0, 1],
    translation: [0, 0, 0],
  });
  assertClose(stretched.sh, turned.sh, { tolerance: 0.002 });
  const { sh } = someSplats();
  // Light from +x (the third coefficient is -x) now comes from +y (the first is -y).
  assertClose(turned.sh.subarray(0, 3), sh.subarray(6, 9));
  assertClose(turned.sh.subarray(3, 6), sh.subarray(3, 6));
});

Deno.test("transformSplats(): a matrix that flattens everything gives sound splats", () => {
  for (const value of [0, 1]) {
    const splats = someSplats();
    const linear = new Array(9).fill(value);
    transformSplats(splats, { linear, translation: [1, 1, 1] });
    assertSound(splats);
  }
});

Deno.test("symmetricEigen(): the axes give the matrix back", () => {
  fc.assert(
    fc.property(nine, (numbers) => {
      const matrix = multiply(numbers, transpose(numbers));
      const { values, vectors } = symmetricEigen(matrix);
      const scaled = vectors.map((value, at) => value * values[at % 3]!);
      assertClose(multiply(scaled, transpose(vectors)), matrix, {
        tolerance: 1e-9,
      });
      const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      assertClose(multiply(vectors, transpose(vectors)), identity, {
        tolerance: 1e-9,
      });
    }),
  );
});

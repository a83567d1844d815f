import assert from "node:assert/strict";
import fc from "fast-check";
import {
  disc,
  fill,
  line,
  outline,
  polygon,
  rectangle,
  type Shape,
  union,
} from "../../src/image/draw.ts";
import type { Image } from "../../src/image/image.ts";

const WHITE = { colour: [255, 255, 255] } as const;

/** A black picture with `shape` in white on it. */
function drawn(shape: Shape, width = 40, height = 30): Image {
  const image = {
    width,
    height,
    data: new Uint8Array(4 * width * height).fill(0),
  };
  fill(image, shape, WHITE);
  return image;
}

/** White in pixels, grey ones by their share. */
function areaOf({ data }: Image): number {
  return data.reduce((sum, value, i) => i % 4 === 0 ? sum + value : sum, 0) /
    255;
}

Deno.test("fill: shapes cover as many pixels as they are large", () => {
  const cases: [string, Shape, number][] = [
    ["a disc", disc([20, 15], 9.3), Math.PI * 9.3 ** 2],
    ["a rectangle", rectangle([5, 4], [25.5, 20]), 20.5 * 16],
    ["a rectangle by other corners", rectangle([25.5, 4], [5, 20]), 20.5 * 16],
    [
      "a line",
      line([8, 6], [30, 22], 3),
      3 * Math.hypot(22, 16) + Math.PI * 1.5 ** 2,
    ],
    ["a dot", line([9, 9], [9, 9], 8), Math.PI * 16],
    [
      "an outline",
      outline(rectangle([10, 10], [30, 20]), 2),
      2 * 60 + Math.PI - 4,
    ],
    ["what is outside", disc([-20, -20], 5), 0],
    ["a triangle", polygon([[5, 5], [35, 8], [12, 27]]), 319.5],
    [
      "an arrow",
      polygon([[10, 25], [10, 15], [4, 15], [20, 3], [36, 15], [30, 15], [
        30,
        25,
      ]]),
      392,
    ],
    ["two", union(disc([10, 10], 5), disc([30, 20], 5)), 50 * Math.PI],
  ];
  for (const [name, shape, area] of cases) {
    const actual = areaOf(drawn(shape));
    assert.ok(
      Math.abs(actual - area) <= 0.02 * area + 0.5,
      `${name}: ${actual}, not ${area}`,
    );
  }
});

Deno.test("fill: skips only what a shape does not touch", () => {
  const slow = (shape: Shape): Image =>
    drawn((x, y) => Math.min(shape(x, y), 0.999));
  const coordinate = fc.double({ min: -10, max: 50, noNaN: true });
  const point = fc.tuple(coordinate, coordinate);
  fc.assert(
    fc.property(
      point,
      point,
      fc.double({ min: 0.5, max: 9, noNaN: true }),
      (a, b, size) => {
        for (
          const shape of [
            line(a, b, size),
            outline(rectangle(a, b), size),
            disc(a, size),
          ]
        ) {
          assert.deepEqual(drawn(shape).data, slow(shape).data);
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("fill: mixes with what is there and keeps alpha", () => {
  const image = { width: 1, height: 1, data: Uint8Array.of(100, 0, 200, 77) };
  fill(image, () => -1, { colour: [0, 200, 200], opacity: 0.25 });
  assert.deepEqual([...image.data], [75, 50, 200, 77]);
});

/**
 * Digits as shapes, of plain strokes: legible from a dozen pixels on.
 *
 * @module
 */

import { line, type Point, type Shape, union } from "./draw.ts";

/** Strokes of each digit: corners `x,y` on a grid of 4 by 6, y down. */
const STROKES = [
  ["0,1 1,0 3,0 4,1 4,5 3,6 1,6 0,5 0,1"],
  ["0.8,1.3 2.2,0 2.2,6", "0.8,6 3.6,6"],
  ["0,1.4 0.8,0.2 2,0 3.2,0.2 4,1.2 3.8,2.3 0,6 4,6"],
  ["0,0.6 1,0 3,0 4,1 4,2 3,2.9 1.6,2.9", "3,2.9 4,3.9 4,5 3,6 1,6 0,5.3"],
  ["3,6 3,0 0,4.2 4.2,4.2"],
  ["3.8,0 0.4,0 0.2,2.7 2.2,2.3 3.6,2.8 4,4.1 3.6,5.3 2.4,6 1,6 0,5.3"],
  ["3.6,0.5 2.4,0 1.2,0.4 0.3,1.6 0,3.4 0,4.8 1,6 3,6 4,5 4,3.8 3,2.8 1,2.9 0,4"],
  ["0,0 4,0 1.4,6"],
  [
    "2,2.8 0.7,2.2 0.2,1.2 0.9,0.2 2,0 3.1,0.2 3.8,1.2 3.3,2.2 2,2.8 0.5,3.6 0,4.7 0.8,5.8 2,6 3.2,5.8 4,4.7 3.5,3.6 2,2.8",
  ],
  ["0.4,5.5 1.6,6 2.8,5.6 3.7,4.4 4,2.6 4,1.2 3,0 1,0 0,1 0,2.2 1,3.2 3,3.1 4,2"],
] as const;
const GRID = { width: 4, height: 6 };
/** Thickness of a stroke, in parts of the height. */
const STROKE = 0.17;

/**
 * The shape of a digit.
 *
 * @param digit 0 to 9
 * @param middle of the digit, pixels
 * @param height pixels, from the middle of the upper stroke to that of the lower
 */
export function digitShape(
  digit: number,
  middle: Point,
  height: number,
): Shape {
  const scale = height / GRID.height;
  const lines = STROKES[digit]!.flatMap((stroke) => {
    const points = stroke.split(" ").map((corner): Point => {
      const [x, y] = corner.split(",").map(Number) as [number, number];
      return [
        middle[0] + (x - GRID.width / 2) * scale,
        middle[1] + (y - GRID.height / 2) * scale,
      ];
    });
    return points.slice(1).map((to, index) =>
      line(points[index]!, to, STROKE * height)
    );
  });
  return union(...lines);
}

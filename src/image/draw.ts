/**
 * Shapes over pictures, with smooth edges. A shape is its signed distance: how
 * far a point is from its edge in pixels, negative inside.
 *
 * @module
 */

import type { Image } from "./image.ts";

/** Signed distance of a point to the edge of a shape, pixels. */
export type Shape = (x: number, y: number) => number;

/** A point of a picture, pixels from its upper left corner. */
export type Point = readonly [x: number, y: number];

/** How a shape is filled. */
export interface Fill {
  /** Red, green, blue, 0 to 255. */
  readonly colour: readonly [number, number, number];
  /** [0, 1]. @default {1} */
  readonly opacity?: number;
}

/** Fills `shape` in place; what is outside of the picture is left out. */
export function fill(
  { width, height, data }: Image,
  shape: Shape,
  { colour, opacity = 1 }: Fill,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width;) {
      const distance = shape(x + 0.5, y + 0.5);
      if (distance >= 0.5) {
        // No edge is nearer than the distance: that far nothing is to be filled.
        x += Math.max(1, Math.floor(distance));
        continue;
      }
      const cover = opacity * Math.min(1, 0.5 - distance);
      const at = 4 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) {
        const under = data[at + channel]!;
        data[at + channel] = Math.round(
          under + cover * (colour[channel]! - under),
        );
      }
      x++;
    }
  }
}

/** A line of `thickness` pixels with round ends. */
export function line(from: Point, to: Point, thickness: number): Shape {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const square = dx * dx + dy * dy;
  return (x, y) => {
    const along = square === 0
      ? 0
      : ((x - from[0]) * dx + (y - from[1]) * dy) / square;
    const share = Math.min(1, Math.max(0, along));
    return Math.hypot(x - from[0] - share * dx, y - from[1] - share * dy) -
      thickness / 2;
  };
}

/** A disc. */
export function disc([x0, y0]: Point, radius: number): Shape {
  return (x, y) => Math.hypot(x - x0, y - y0) - radius;
}

/** A rectangle between two corners. */
export function rectangle([x0, y0]: Point, [x1, y1]: Point): Shape {
  const [middleX, middleY] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [halfX, halfY] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2];
  return (x, y) => {
    const across = Math.abs(x - middleX) - halfX;
    const along = Math.abs(y - middleY) - halfY;
    return Math.hypot(Math.max(across, 0), Math.max(along, 0)) +
      Math.min(Math.max(across, along), 0);
  };
}

/** The edge of `shape`, `thickness` pixels wide. */
export function outline(shape: Shape, thickness: number): Shape {
  return (x, y) => Math.abs(shape(x, y)) - thickness / 2;
}

/** All of `shapes` as one. */
export function union(...shapes: readonly Shape[]): Shape {
  return (x, y) => Math.min(...shapes.map((shape) => shape(x, y)));
}

/** A polygon of three or more corners, its edges crossing nowhere. */
export function polygon(corners: readonly Point[]): Shape {
  return (x, y) => {
    let nearest = Infinity;
    let isInside = false;
    corners.forEach(([x1, y1], index) => {
      const [x0, y0] = corners.at(index - 1)!;
      nearest = Math.min(nearest, line([x0, y0], [x1, y1], 0)(x, y));
      if (y0 > y !== y1 > y && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)) {
        isInside = !isInside;
      }
    });
    return isInside ? -nearest : nearest;
  };
}

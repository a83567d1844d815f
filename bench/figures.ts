/**
 * Figures of the benches: read from flags, summed up, rounded for people.
 *
 * @module
 */

/** "50k", "3M" or "1000" as a number. */
export function numberOf(text: string): number {
  const unit = text.endsWith("M") ? 1e6 : text.endsWith("k") ? 1e3 : 1;
  return Math.round(Number.parseFloat(text) * unit);
}

/** NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** `value` to `digits` digits after the point. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** A line through measured points. */
export interface Line {
  /** `y` at `x` = 0. */
  readonly base: number;
  /** `y` a unit of `x`. */
  readonly slope: number;
}

/** The line that is off least, each point's error taken as a share of its `y`. */
export function fitLine(
  points: readonly { readonly x: number; readonly y: number }[],
): Line {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const { x, y } of points) {
    const weight = 1 / y ** 2;
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return { base: (wy - slope * wx) / w, slope };
}

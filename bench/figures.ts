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

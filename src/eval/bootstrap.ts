/**
 * How far a figure may be trusted: percentile bootstrap over episodes (Efron
 * 1979), seeded, so that the same results give the same interval.
 *
 * @module
 */

import { Random } from "../scene/demo/random.ts";

/** A figure and the interval that holds it with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Resamplings: the ends of the interval then differ by less than what is printed. */
const RESAMPLES = 2000;
const CONFIDENCE = 0.95;

/**
 * `statistic` of `samples` with its interval; all NaN where there is nothing to
 * compute it from. Resamples that give no number are left out.
 */
export function bootstrap<Sample>(
  samples: readonly Sample[],
  statistic: (samples: readonly Sample[]) => number,
  seed = 1,
): Estimate {
  const value = samples.length === 0 ? NaN : statistic(samples);
  if (!Number.isFinite(value)) return { value: NaN, low: NaN, high: NaN };
  const random = new Random(seed);
  const last = samples.length - 1;
  const values: number[] = [];
  for (let round = 0; round < RESAMPLES; round++) {
    const drawn = statistic(
      samples.map(() => samples[random.integer(0, last)]!),
    );
    if (Number.isFinite(drawn)) values.push(drawn);
  }
  values.sort((a, b) => a - b);
  const at = (share: number): number =>
    values[Math.round(share * (values.length - 1))]!;
  const tail = (1 - CONFIDENCE) / 2;
  return { value, low: at(tail), high: at(1 - tail) };
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Middle value, the mean of the middle two; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

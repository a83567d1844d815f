/**
 * Where the bulk of weighted numbers lies.
 *
 * @module
 */

/** Times a histogram is refined around a quantile: 1024^3 parts of the range. */
const REFINEMENTS = 3;
const BINS = 1024;

/** Values with their weights. */
interface Weighted {
  readonly values: Float32Array;
  readonly weights: Float32Array;
}

/** The part of the values' range that a histogram covers. */
interface Part {
  readonly from: number;
  readonly width: number;
  /** Weight below it. */
  readonly before: number;
}

/**
 * The values below which the shares `low` and `high` of all weight lie.
 * Scenes reach from millimetres to a sky kilometres away, so that a single
 * histogram would have everything in one bin: each quantile's is refined.
 */
export function weightedRange(
  values: Float32Array,
  weights: Float32Array,
  { low, high }: { low: number; high: number },
): [low: number, high: number] {
  let min = Infinity;
  let max = -Infinity;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    total += weights[i]!;
  }
  if (!(max > min)) return [min, max];
  const whole = { from: min, width: max - min, before: 0 };
  const places = new Uint16Array(values.length);
  const bins = histogram({ values, weights }, whole, places);
  const quantile = (share: number): number => {
    const { part, bin } = narrow(whole, bins, share * total);
    return refine(near(bin, { values, weights }, places), part, share * total);
  };
  return [quantile(low), quantile(high)];
}

/** Weight in each bin of all values; the range's upper end belongs to its last bin. Keeps each value's bin in `places`. */
function histogram(
  { values, weights }: Weighted,
  { from, width }: Part,
  places: Uint16Array,
): Float64Array {
  const bins = new Float64Array(BINS);
  const factor = BINS / width;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(BINS - 1, Math.floor((values[i]! - from) * factor));
    places[i] = bin;
    bins[bin]! += weights[i]!;
  }
  return bins;
}

/** The bin of `part` in which `weight` is reached, and its number. */
function narrow(
  { from, width, before }: Part,
  bins: Float64Array,
  weight: number,
): { part: Part; bin: number } {
  let bin = 0;
  let below = before;
  while (bin < BINS - 1 && below + bins[bin]! < weight) below += bins[bin++]!;
  const part = {
    from: from + bin / (BINS / width),
    width: width / BINS,
    before: below,
  };
  return { part, bin };
}

/** The values in `bin` and in those beside it, as bins are rounded. */
function near(
  bin: number,
  { values, weights }: Weighted,
  places: Uint16Array,
): Weighted {
  let count = 0;
  for (let i = 0; i < places.length; i++) {
    if (Math.abs(places[i]! - bin) <= 1) count++;
  }
  const found = {
    values: new Float32Array(count),
    weights: new Float32Array(count),
  };
  let at = 0;
  for (let i = 0; i < places.length; i++) {
    if (Math.abs(places[i]! - bin) > 1) continue;
    found.values[at] = values[i]!;
    found.weights[at++] = weights[i]!;
  }
  return found;
}

/** The quantile at `weight` in `part`, whose histogram is refined. */
function refine(
  { values, weights }: Weighted,
  part: Part,
  weight: number,
): number {
  for (let pass = 1; pass < REFINEMENTS; pass++) {
    const bins = new Float64Array(BINS);
    const factor = BINS / part.width;
    for (let i = 0; i < values.length; i++) {
      const bin = Math.floor((values[i]! - part.from) * factor);
      if (bin >= 0 && bin < BINS) bins[bin]! += weights[i]!;
    }
    ({ part } = narrow(part, bins, weight));
  }
  return part.from + part.width / 2;
}

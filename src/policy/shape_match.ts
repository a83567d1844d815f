/**
 * Whether a coloured area has the size of what is looked for.
 *
 * @module
 */

import type { Blob } from "./blobs.ts";
import type { UsualSize } from "./target_words.ts";

/** How an area compares with a usual size. */
export interface Match {
  /** `maybe` if something hides what would tell. */
  readonly verdict: "yes" | "maybe" | "no";
  /** Why not, as the end of a sentence; empty for `yes`. */
  readonly reason: string;
}

/** Metres by which a measure may be off, beside one and a half cells of the mask. */
const SLACK = 0.05;
/** Areas of fewer cells are too far away to be told by size. */
const FEWEST_CELLS = 40;

/** Share of the smallest such thing that must be seen for it to be worth a look. */
const LEAST_AREA = 0.2;

/** What a match needs to know of the view. */
export interface MatchContext {
  /** World z of the floor, metres. */
  readonly floor: number;
  /** Size of a cell of the mask at one metre, metres. */
  readonly cellSize: number;
}

/** Compares `blob` with `size`. */
export function matchSize(
  { cells, across, low, high, cut, distance }: Blob,
  size: UsualSize,
  { floor, cellSize }: MatchContext,
): Match {
  const slack = SLACK + 1.5 * cellSize * distance +
    (cells < FEWEST_CELLS ? 0.15 : 0);
  const top = high - floor;
  const bottom = low - floor;
  const metres = (value: number): string =>
    `${Math.max(value, 0).toFixed(1)} m`;
  const no = (reason: string): Match => ({ verdict: "no", reason });
  if (!Number.isFinite(across + top + bottom)) return no("has no depth");
  if (across > size.across[1] + slack) {
    return no(`is ${metres(across)} wide, too wide`);
  }
  if (top > size.top[1] + slack) {
    return no(`reaches up to ${metres(top)}, too high`);
  }
  if (bottom < size.bottom[0] - slack) return no("lies too low");
  // What is hidden in part may be larger than it looks, never smaller.
  const isCut = cut.left || cut.right || cut.top || cut.bottom;
  const isFar = cells < FEWEST_CELLS;
  const least = size.across[0] * Math.max(size.top[0] - size.bottom[1], 0.1);
  if (cells * (cellSize * distance) ** 2 < LEAST_AREA * least) {
    return no("shows too little of itself");
  }
  const short = (reason: string): Match => ({
    verdict: isCut || isFar ? "maybe" : "no",
    reason: isFar
      ? "is too far away to tell"
      : isCut
      ? "is hidden in part"
      : reason,
  });
  if (bottom > size.bottom[1] + slack) {
    return cut.bottom
      ? short("")
      : no(`starts ${metres(bottom)} above the floor, too high`);
  }
  if (top < size.top[0] - slack) {
    return short(`reaches up to ${metres(top)} only`);
  }
  if (across < size.across[0] - slack) {
    return short(`is ${metres(across)} wide only`);
  }
  if (isFar) return short("");
  return { verdict: "yes", reason: "" };
}

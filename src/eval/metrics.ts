/**
 * Figures of an evaluation: success, SPL and what it took, each with its
 * interval.
 *
 * @module
 */

import { bootstrap, type Estimate, mean, median } from "./bootstrap.ts";
import type { Episode } from "./episode.ts";
import type { Judged } from "./session.ts";

/** One contestant's session in one episode. */
export interface SessionRecord
  extends Judged, Pick<Episode, "index" | "rooms" | "target"> {
  readonly contestant: string;
}

/** Figures of one contestant. Shares are in [0, 1]; NaN where there is nothing to count. */
export interface Summary {
  readonly contestant: string;
  readonly sessions: number;
  /** Of the episodes with a target: found from within a metre, plainly in view. */
  readonly success: Estimate;
  /** Of the same, weighted by path length (Anderson et al. 2018). */
  readonly spl: Estimate;
  /** Of all episodes: claims that show no target. */
  readonly falseFinds: Estimate;
  /** Of all episodes: the target, but from too far. */
  readonly farFinds: Estimate;
  /** Of the episodes with a target: in view in some look, whoever noticed. */
  readonly sighted: Estimate;
  /** Looks of the finder in episodes with a target; all its looks where it found none. */
  readonly steps: Estimate;
  /** Of all episodes: share of the free ground that was seen. */
  readonly coverage: Estimate;
  /** Milliseconds to the first verified find, median of the successes. */
  readonly msToFind: number;
  /** Tokens to the first verified find, median of the successes. */
  readonly tokensToFind: number;
  /** Sessions in which every agent failed. */
  readonly failed: number;
}

/** How two contestants compare, episode by episode. */
export interface Comparison {
  /** Who is compared with whom. */
  readonly of: string;
  readonly with: string;
  /** Episodes in both, with a target and at least {@linkcode leastRooms} rooms. */
  readonly episodes: number;
  readonly leastRooms: number;
  /** Mean wall steps of the one over those of the other. */
  readonly ratio: Estimate;
}

/**
 * Success weighted by path length: the shortest way over the longer of it and
 * the way walked; 0 without success, 1 for who starts at the goal.
 */
export function pathWeighted(
  { end, walked, shortest }: Pick<Judged, "end" | "walked" | "shortest">,
): number {
  if (end !== "success" || walked === null || shortest === null) return 0;
  const longer = Math.max(walked, shortest);
  return longer === 0 ? 1 : shortest / longer;
}

/** Looks until success; all that there were to be had without one. */
export function wallSteps(
  { end, steps }: Pick<Judged, "end" | "steps">,
  maxSteps: number,
): number {
  return end === "success" ? steps : maxSteps;
}

/** Figures of the sessions of one contestant. */
export function summarize(
  contestant: string,
  all: readonly SessionRecord[],
  maxSteps: number,
): Summary {
  const records = all.filter((record) => record.contestant === contestant);
  const present = records.filter(({ target }) => target === "present");
  const found = present.filter(({ end }) => end === "success");
  const average = (
    samples: readonly SessionRecord[],
    value: (record: SessionRecord) => number,
  ): Estimate => bootstrap(samples.map(value), mean);
  return {
    contestant,
    sessions: records.length,
    success: average(present, ({ end }) => Number(end === "success")),
    spl: average(present, pathWeighted),
    falseFinds: average(records, ({ end }) => Number(end === "false")),
    farFinds: average(records, ({ end }) => Number(end === "far")),
    sighted: average(present, ({ sighted }) => Number(sighted)),
    steps: average(present, (record) => wallSteps(record, maxSteps)),
    coverage: average(records, ({ coverage }) => coverage),
    msToFind: median(found.map(({ ms }) => ms)),
    tokensToFind: median(found.map(({ tokens }) => tokens)),
    failed: records.filter(({ end }) => end === "failed").length,
  };
}

/** Wall steps of `of` over those of `other` where both searched for what is there. */
export function compareSteps(
  all: readonly SessionRecord[],
  { of, other, leastRooms, maxSteps }: {
    of: string;
    other: string;
    leastRooms: number;
    maxSteps: number;
  },
): Comparison {
  const pairs = all.filter(({ contestant, target, rooms }) =>
    contestant === of && target === "present" && rooms >= leastRooms
  ).flatMap((record) => {
    const opposite = all.find(({ contestant, index }) =>
      contestant === other && index === record.index
    );
    return opposite === undefined
      ? []
      : [[wallSteps(record, maxSteps), wallSteps(opposite, maxSteps)] as const];
  });
  return {
    of,
    with: other,
    episodes: pairs.length,
    leastRooms,
    ratio: bootstrap(
      pairs,
      (drawn) => mean(drawn.map(([a]) => a)) / mean(drawn.map(([, b]) => b)),
    ),
  };
}

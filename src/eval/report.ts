/**
 * From records to the report: figures, comparisons, and what must be known to
 * read them right.
 *
 * @module
 */

import type { ContestantName } from "./contestants.ts";
import { DEFAULT_RATES } from "./detector.ts";
import { LEAST_SHARE, WITHIN } from "./judge.ts";
import { compareSteps, type SessionRecord, summarize } from "./metrics.ts";
import type { Settings } from "./results.ts";
import type { Report } from "./table.ts";

/** What a report is made from. */
export interface ReportOptions {
  readonly settings: Settings;
  readonly episodes: number;
  /** Rows in their order: name and label. */
  readonly contestants: readonly (readonly [name: string, label: string])[];
  /** The model that was asked; none if none was. */
  readonly model?: string;
}

/** Who is compared with whom by wall steps. */
const PAIRS: readonly (readonly [ContestantName, ContestantName])[] = [
  ["team", "independent"],
  ["detector", "detector-unshared"],
];
/** Flats in which it pays to divide the space. */
const LEAST_ROOMS = 4;

/** The report on `records`. */
export function makeReport(
  records: readonly SessionRecord[],
  { settings, episodes, contestants, model }: ReportOptions,
): Report {
  const { seed, agents, maxSteps } = settings;
  const names = contestants.map(([name]) => name);
  const { hits, falseAlarms } = DEFAULT_RATES;
  const isSimulated = contestants.some(([, label]) =>
    label.includes("simulated detector")
  );
  return {
    about:
      `${episodes} episodes (list ${seed}), ${agents} agents unless said, ${maxSteps} steps each, 256x256`,
    summaries: contestants.map(([name, label]) => ({
      label,
      ...summarize(name, records, maxSteps),
    })),
    comparisons: PAIRS.filter((pair) =>
      pair.every((name) => names.includes(name))
    ).map(([of, other]) =>
      compareSteps(records, { of, other, leastRooms: LEAST_ROOMS, maxSteps })
    ),
    notes: [
      `Brackets: 95 % bootstrap intervals over episodes. Success: the winning view is at most ${WITHIN} m from the target, which fills at least ${
        100 * LEAST_SHARE
      } % of it. False: a find that does not show it. Success, SPL, sighted and steps are of the episodes that have a target.`,
      ...isSimulated
        ? [
          `The simulated detector reads the truth and errs at will: ${
            100 * hits
          } % hits, ${
            100 * falseAlarms
          } % false alarms a view. Its rows measure geometry, memory, checking and teamwork, not sight.`,
        ]
        : [],
      model === undefined
        ? "No vision-language model was asked: no figure here tells how well one finds anything."
        : `Model, as its endpoint calls it: ${
          model || "none was asked this time, all sessions were there"
        }.`,
    ],
  };
}

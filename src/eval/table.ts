/**
 * The figures as text for people.
 *
 * @module
 */

import type { Estimate } from "./bootstrap.ts";
import type { Comparison, Summary } from "./metrics.ts";

/** What the table shows. */
export interface Report {
  /** What was run, one line. */
  readonly about: string;
  readonly summaries: readonly (Summary & { readonly label: string })[];
  readonly comparisons: readonly Comparison[];
  /** What must be known to read it right. */
  readonly notes: readonly string[];
}

/** Columns: title and cell. */
const COLUMNS: readonly (readonly [
  title: string,
  cell: (summary: Report["summaries"][number]) => string,
])[] = [
  ["policy", ({ label }) => label],
  ["success %", ({ success }) => percent(success)],
  ["SPL %", ({ spl }) => percent(spl)],
  ["false %", ({ falseFinds }) => percent(falseFinds)],
  ["too far %", ({ farFinds }) => percent(farFinds)],
  ["sighted %", ({ sighted }) => percent(sighted)],
  ["steps", ({ steps }) => number(steps)],
  ["covered %", ({ coverage }) => percent(coverage)],
  ["s to find", ({ msToFind }) => plain(msToFind / 1000, 2)],
  ["tokens to find", ({ tokensToFind }) => plain(tokensToFind, 0)],
];

/** The whole report, lines of text. */
export function tableText(
  { about, summaries, comparisons, notes }: Report,
): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...summaries.map((summary) => COLUMNS.map(([, cell]) => cell(summary))),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column === 0
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
  const [head = "", ...body] = lines;
  return [
    about,
    "",
    head,
    "-".repeat(Math.max(...lines.map(({ length }) => length))),
    ...body,
    "",
    ...comparisons.map(comparisonText),
    ...notes,
    "",
  ].join("\n");
}

/** One comparison in words. */
function comparisonText(
  { of, with: other, episodes, leastRooms, ratio }: Comparison,
): string {
  return `Wall steps of ${of} over ${other}: ${
    number(ratio, 2)
  } (${episodes} flats of ${leastRooms} rooms or more that have the target)`;
}

/** `85 [80, 90]`, percent. */
export function percent({ value, low, high }: Estimate): string {
  return number({ value: 100 * value, low: 100 * low, high: 100 * high }, 0);
}

function number({ value, low, high }: Estimate, digits = 1): string {
  return Number.isNaN(value)
    ? "-"
    : `${value.toFixed(digits)} [${low.toFixed(digits)}, ${
      high.toFixed(digits)
    }]`;
}

function plain(value: number, digits: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(digits);
}

/**
 * The report of the bench of a GPU as one table: a figure a row, with what is
 * asked of it where something is.
 *
 * @module
 */

/** A row of the table. */
export interface SummaryRow {
  readonly figure: string;
  readonly value: unknown;
  /** In words; empty where nothing is asked. */
  readonly asked: string;
  /** Empty where nothing is asked. */
  readonly met: "yes" | "no" | "";
}

/** What is asked of a figure whose name matches. */
interface Target {
  readonly figure: RegExp;
  readonly asked: string;
  readonly isMet: (value: unknown) => boolean;
}

const atLeast = (least: number) => (value: unknown): boolean =>
  Number(value) >= least;
const atMost = (most: number) => (value: unknown): boolean =>
  Number(value) <= most;
const isTrue = (value: unknown): boolean => value === true;

const TARGETS: readonly Target[] = [
  {
    figure: /: (renders|overflowRecovers|correct)$/,
    asked: "true",
    isMet: isTrue,
  },
  { figure: /oraclePsnr$/, asked: ">= 55 dB", isMet: atLeast(55) },
  { figure: /cpuPsnr$/, asked: ">= 50 dB", isMet: atLeast(50) },
  { figure: /depthShare$/, asked: ">= 0.99", isMet: atLeast(0.99) },
  { figure: /hashes$/, asked: "1", isMet: (value) => value === 1 },
  { figure: /rooflines$/, asked: "<= 2", isMet: atMost(2) },
  { figure: /512x512: views a second$/, asked: ">= 600", isMet: atLeast(600) },
  {
    figure: /1048576 keys.* 5 a pass: gpairs$/,
    asked: ">= 2 on an H100",
    isMet: atLeast(2),
  },
  {
    figure: /512x512: ms a single view$/,
    asked: "<= 20 ms",
    isMet: atMost(20),
  },
  { figure: /: failed$/, asked: "nothing fails", isMet: () => false },
];

/** What tells the items of a list apart: no results. */
const KEYS: readonly string[] = [
  "splats",
  "width",
  "height",
  "views",
  "keys",
  "bits",
  "digit",
];

/** Rows of all `parts`, in their order. */
export function summaryOf(
  parts: Readonly<Record<string, unknown>>,
): SummaryRow[] {
  return Object.entries(parts).flatMap(([part, figures]) =>
    rowsOf(part, figures)
  );
}

function rowsOf(name: string, value: unknown): SummaryRow[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const { views, keys, bits, digit } = item;
      const own = keys === undefined
        ? `${views} a submission`
        : `${keys} keys of ${bits} bits, ${digit} a pass`;
      const results = Object.entries(item).filter(([key]) =>
        !KEYS.includes(key)
      );
      return rowsOf(`${name}, ${own}`, Object.fromEntries(results));
    });
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, part]) =>
      rowsOf(`${name}: ${key}`, part)
    );
  }
  const target = TARGETS.find(({ figure }) => figure.test(name));
  return [{
    figure: name,
    value: typeof value === "number" ? Number(value.toPrecision(4)) : value,
    asked: target?.asked ?? "",
    met: target === undefined ? "" : target.isMet(value) ? "yes" : "no",
  }];
}

/**
 * Success and SPL as a picture: one row a policy, bars with their intervals.
 *
 * @module
 */

import type { Estimate } from "./bootstrap.ts";
import type { Report } from "./table.ts";

/** Pixels. */
const LABELS = 330;
const BARS = 420;
const ROW = 44;
const BAR = 15;
const TOP = 64;
const RIGHT = 60;
const BOTTOM = 34;
/** Colour-blind safe (Okabe and Ito 2008). */
const COLOURS = { success: "#0072b2", spl: "#e69f00" };

/** An SVG document. */
export function plotSvg({ about, summaries }: Report): string {
  const height = TOP + ROW * summaries.length + BOTTOM;
  const width = LABELS + BARS + RIGHT;
  const bottom = TOP + ROW * summaries.length;
  const grid = [0, 25, 50, 75, 100].map((percent) => {
    const x = LABELS + BARS * percent / 100;
    return `<line x1="${x}" y1="${TOP}" x2="${x}" y2="${bottom}" stroke="#ddd"/>
<text x="${x}" y="${bottom + 18}" text-anchor="middle">${percent} %</text>`;
  });
  const rows = summaries.map(({ label, success, spl }, index) => {
    const y = TOP + ROW * index + (ROW - 2 * BAR) / 2;
    return `<text x="${LABELS - 10}" y="${y + BAR + 4}" text-anchor="end">${
      escape(label)
    }</text>
${bar(success, y, COLOURS.success)}
${bar(spl, y + BAR, COLOURS.spl)}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="20" font-size="14">${escape(about)}</text>
<rect x="${LABELS}" y="34" width="12" height="12" fill="${COLOURS.success}"/>
<text x="${LABELS + 18}" y="45">success</text>
<rect x="${LABELS + 90}" y="34" width="12" height="12" fill="${COLOURS.spl}"/>
<text x="${LABELS + 108}" y="45">SPL (lines: 95 % intervals)</text>
${[...grid, ...rows].join("\n")}
</svg>
`;
}

function bar({ value, low, high }: Estimate, y: number, fill: string): string {
  if (Number.isNaN(value)) return "";
  const x = (share: number): string => (LABELS + BARS * share).toFixed(1);
  const middle = y + BAR / 2;
  return `<rect x="${LABELS}" y="${y}" width="${
    (BARS * value).toFixed(1)
  }" height="${BAR - 2}" fill="${fill}"/>
<line x1="${x(low)}" y1="${middle - 1}" x2="${x(high)}" y2="${
    middle - 1
  }" stroke="#222" stroke-width="1.5"/>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

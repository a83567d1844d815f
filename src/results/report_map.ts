/**
 * The map of a report: the place from above, what was never seen under a veil,
 * the agents' ways with a mark a step, as one SVG.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { FloorPlan } from "../map/floor_plan.ts";
import { agentsOf, looksOf, type RunRecord } from "./run_record.ts";

/** Agents by colour; white reads on each. */
export const AGENT_COLORS = [
  "#2468b8",
  "#b8326b",
  "#12735f",
  "#6d43c0",
  "#8a5a00",
  "#55701a",
  "#a8431f",
  "#53606c",
];

/** The colour of an agent. */
export function colorOf(agentId: number): string {
  return AGENT_COLORS[agentId % AGENT_COLORS.length]!;
}

/** Width of the drawing, its own units. */
const WIDTH = 1000;

/** Options of {@linkcode mapSvg}. */
export interface MapSvgOptions {
  /** Where the target was found, world metres. */
  readonly found?: { readonly x: number; readonly y: number } | undefined;
  /** Cells of the record's floor that nobody saw, to be pointed out: 1 each. */
  readonly unseen?: Uint8Array | undefined;
}

/** The map, or nothing where the record has no picture. */
export function mapSvg(
  record: RunRecord,
  { found, unseen }: MapSvgOptions = {},
): string {
  const { map, bounds, floor, seen = [] } = record;
  if (map === undefined) return "";
  const { min, max } = map.area;
  const scale = WIDTH / (max[0] - min[0]);
  const height = round((max[1] - min[1]) * scale);
  const x = (metres: number): number => round((metres - min[0]) * scale);
  const y = (metres: number): number => round((max[1] - metres) * scale);
  const points = (corners: readonly (readonly [number, number])[]): string =>
    corners.map(([cornerX, cornerY]) => `${x(cornerX)},${y(cornerY)}`)
      .join(" ");

  const looks = looksOf(record);
  const ways = agentsOf(record).map((id) => {
    const own = looks.filter(({ agentId }) => agentId === id);
    const color = colorOf(id);
    const line = points(own.map(({ pose }) => [pose.x, pose.y]));
    const marks = own.map(({ pose, step }) =>
      `<a href="#agent-${id}-step-${step}"><g>${heading(pose)}<circle cx="${
        x(pose.x)
      }" cy="${y(pose.y)}" r="7" fill="${color}"/><title>Agent ${id}, step ${
        step + 1
      }</title></g></a>`
    );
    function heading({ x: atX, y: atY, yaw }: Pose): string {
      const radians = yaw * Math.PI / 180;
      const line = `x1="${x(atX)}" y1="${y(atY)}" x2="${
        round(x(atX) + 17 * Math.cos(radians))
      }" y2="${round(y(atY) - 17 * Math.sin(radians))}"`;
      return `<line class="rim" ${line}/><line ${line} stroke="${color}" stroke-width="4"/>`;
    }
    return `<g><polyline class="rim" points="${line}"/><polyline points="${line}" fill="none" stroke="${color}" stroke-width="4" stroke-linejoin="round"/>${
      marks.join("")
    }</g>`;
  });
  const veil = seen.length === 0
    ? ""
    : `<mask id="unseen"><rect width="${WIDTH}" height="${height}" fill="#fff"/>${
      seen.map((corners) => `<polygon points="${points(corners)}"/>`).join("")
    }</mask><rect class="veil" width="${WIDTH}" height="${height}" mask="url(#unseen)"/>`;
  return `<svg class="map" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The place from above with the ways of the agents">
<image href="data:image/png;base64,${map.png.toBase64()}" width="${WIDTH}" height="${height}" preserveAspectRatio="none"/>
${veil}${unseen && floor ? unseenPath(floor, unseen, { x, y, scale }) : ""}
<rect class="bounds" x="${x(bounds.min[0])}" y="${y(bounds.max[1])}" width="${
    round((bounds.max[0] - bounds.min[0]) * scale)
  }" height="${round((bounds.max[1] - bounds.min[1]) * scale)}"/>
${ways.join("\n")}
${
    found === undefined
      ? ""
      : `<g class="target"><circle cx="${x(found.x)}" cy="${
        y(found.y)
      }" r="16"/><circle cx="${x(found.x)}" cy="${
        y(found.y)
      }" r="4"/><title>Found here</title></g>`
  }
${scaleBar(scale, height)}
</svg>`;
}

/** Floor that nobody saw: a stroke a run of cells, along x. */
function unseenPath(
  { min: [left, bottom], cell, columns }: FloorPlan,
  cells: Uint8Array,
  { x, y, scale }: {
    readonly x: (metres: number) => number;
    readonly y: (metres: number) => number;
    readonly scale: number;
  },
): string {
  let strokes = "";
  let end = 0;
  for (let start = 0; start < cells.length; start = end) {
    do end++; while (end % columns !== 0 && cells[end] === cells[start]);
    if (cells[start] !== 1) continue;
    const row = Math.floor(start / columns);
    strokes += `M${x(left + (start % columns) * cell)} ${
      y(bottom + (row + 0.5) * cell)
    }h${round((end - start) * cell * scale)}`;
  }
  return `<path class="unseen" d="${strokes}" stroke-width="${
    round(cell * scale)
  }"/>`;
}

/** A bar of a round number of metres, lower left. */
function scaleBar(scale: number, height: number): string {
  const metres = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
    .findLast((length) => length * scale < WIDTH / 4) ?? 0.1;
  const length = round(metres * scale);
  return `<g class="scale"><rect x="16" y="${height - 66}" width="${
    length + 24
  }" height="50" rx="8"/><line x1="28" y1="${height - 30}" x2="${
    28 + length
  }" y2="${height - 30}"/><text x="28" y="${
    height - 41
  }">${metres} m</text></g>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

// @ts-check
/**
 * How much of a place's floor was in view, and where the rest is. Plain
 * JavaScript, because the page reckons with it, too.
 *
 * @module
 */

/** @import { FloorPlan } from "../map/floor_plan.ts" */

/** Parts that are smaller are not worth a word, square metres. */
const leastPart = 0.2;

/** So many parts are named. */
const mostParts = 3;

/** The floor of a plan, and what of it was seen. */
export class FloorSeen {
  #plan;
  /** 1 where the floor can be reached and was not seen. @type {Uint8Array} */
  #unseen;
  #reachable = 0;
  #seen = 0;

  /** @param {FloorPlan} plan */
  constructor(plan) {
    this.#plan = plan;
    const bits = atob(plan.open);
    this.#unseen = new Uint8Array(plan.columns * plan.rows);
    for (let cell = 0; cell < this.#unseen.length; cell++) {
      const isOpen = (bits.charCodeAt(cell >> 3) >> (cell & 7)) & 1;
      this.#unseen[cell] = isOpen;
      this.#reachable += isOpen;
    }
  }

  /** Share of the reachable floor that was seen, [0, 1]; 1 where there is none. */
  get share() {
    return this.#reachable === 0 ? 1 : this.#seen / this.#reachable;
  }

  /** 1 where the floor can be reached and was not seen; a cell of the plan each. */
  get unseen() {
    return this.#unseen;
  }

  /**
   * Marks what a look showed: the cells whose middles are within `corners`.
   *
   * @param {readonly (readonly [number, number])[]} corners World metres.
   */
  add(corners) {
    const { min, cell, columns, rows } = this.#plan;
    const points = corners.map(([x, y]) => [
      (x - min[0]) / cell - 0.5,
      (y - min[1]) / cell - 0.5,
    ]);
    const heights = points.map(([, y = 0]) => y);
    const first = Math.max(0, Math.ceil(Math.min(...heights)));
    const last = Math.min(rows - 1, Math.floor(Math.max(...heights)));
    for (let row = first; row <= last; row++) {
      const crossings = crossingsOf(points, row);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const left = Math.max(0, Math.ceil(crossings[i] ?? 0));
        const right = Math.min(columns - 1, Math.floor(crossings[i + 1] ?? -1));
        for (let column = left; column <= right; column++) {
          const index = row * columns + column;
          this.#seen += this.#unseen[index] ?? 0;
          this.#unseen[index] = 0;
        }
      }
    }
  }

  /**
   * What was not seen, in connected parts, the largest first: the cell nearest
   * to the middle of each, world metres, and its square metres.
   *
   * @returns {{ x: number, y: number, area: number }[]}
   */
  rest() {
    const { min, cell, columns } = this.#plan;
    const left = this.#unseen.slice();
    /** @type {{ x: number, y: number, area: number }[]} */
    const parts = [];
    for (let start = 0; start < left.length; start++) {
      if (left[start] !== 1) continue;
      const cells = takePart(left, start, columns);
      const area = cells.length * cell ** 2;
      if (area < leastPart) continue;
      const middle = middleOf(cells, columns);
      parts.push({
        x: min[0] + (middle % columns + 0.5) * cell,
        y: min[1] + (Math.floor(middle / columns) + 0.5) * cell,
        area,
      });
    }
    return parts.sort((a, b) => b.area - a.area);
  }

  /** The share in whole per cent: 100 if nothing is left. */
  get percent() {
    return Math.floor(100 * this.share);
  }

  /** As sentences. */
  inWords() {
    const whole = `${this.percent} % of the reachable floor was seen.`;
    const parts = this.rest().slice(0, mostParts).map(({ x, y, area }) =>
      `${area.toFixed(1)} m² around (${x.toFixed(1)}, ${y.toFixed(1)})`
    );
    if (parts.length === 0) return whole;
    const last = parts.pop();
    const list = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
    return `${whole} Never in view: ${list}.`;
  }
}

/**
 * Where the outline crosses a row, ascending.
 *
 * @param {number[][]} points
 * @param {number} row
 */
function crossingsOf(points, row) {
  const crossings = [];
  for (let i = 0; i < points.length; i++) {
    const [x0 = 0, y0 = 0] = points[i] ?? [];
    const [x1 = 0, y1 = 0] = points[(i + 1) % points.length] ?? [];
    if (y0 > row === y1 > row) continue;
    crossings.push(x0 + (row - y0) * (x1 - x0) / (y1 - y0));
  }
  return crossings.sort((a, b) => a - b);
}

/**
 * Takes the marked cells that hang together with `start` out of `marked`.
 *
 * @param {Uint8Array} marked
 * @param {number} start
 * @param {number} columns
 */
function takePart(marked, start, columns) {
  const cells = [start];
  marked[start] = 0;
  for (const cell of cells) {
    const column = cell % columns;
    for (
      const next of [
        cell - columns,
        cell + columns,
        column > 0 ? cell - 1 : -1,
        column + 1 < columns ? cell + 1 : -1,
      ]
    ) {
      if (marked[next] !== 1) continue;
      marked[next] = 0;
      cells.push(next);
    }
  }
  return cells;
}

/**
 * The cell that is nearest to the middle of all.
 *
 * @param {number[]} cells
 * @param {number} columns
 */
function middleOf(cells, columns) {
  let [sumX, sumY] = [0, 0];
  for (const cell of cells) {
    sumX += cell % columns;
    sumY += Math.floor(cell / columns);
  }
  const [x, y] = [sumX / cells.length, sumY / cells.length];
  let [best, least] = [0, Infinity];
  for (const cell of cells) {
    const distance = Math.hypot(
      cell % columns - x,
      Math.floor(cell / columns) - y,
    );
    if (distance < least) [best, least] = [cell, distance];
  }
  return best;
}

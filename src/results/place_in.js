// @ts-check
/**
 * Where a find is, from its description, which ends with the place. Plain
 * JavaScript, because the page reads it, too.
 *
 * @module
 */

const number = String.raw`\s*(-?\d+(?:\.\d+)?)\s*(?:m\s*)?`;
const triple = new RegExp(`\\(${number},${number},${number}\\)`, "g");

/**
 * The last `(x, y, z)` in `description`, world metres.
 *
 * @param {string} description
 * @returns {{ x: number, y: number, z: number } | undefined}
 */
export function placeIn(description) {
  const found = [...description.matchAll(triple)].at(-1);
  if (found === undefined) return undefined;
  const [x = 0, y = 0, z = 0] = found.slice(1).map(Number);
  return { x, y, z };
}

/**
 * Where a find is, from its description, which ends with the place.
 *
 * @module
 */

const NUMBER = String.raw`\s*(-?\d+(?:\.\d+)?)\s*(?:m\s*)?`;
const TRIPLE = new RegExp(`\\(${NUMBER},${NUMBER},${NUMBER}\\)`, "g");

/** The last `(x, y, z)` in `description`, world metres. */
export function placeIn(
  description: string,
): { x: number; y: number; z: number } | undefined {
  const found = [...description.matchAll(TRIPLE)].at(-1);
  if (found === undefined) return undefined;
  const [x = 0, y = 0, z = 0] = found.slice(1).map(Number);
  return { x, y, z };
}

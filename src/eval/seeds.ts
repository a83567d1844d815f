/**
 * Random numbers that depend on what they are for, never on when they are
 * drawn: the same view gets the same chance whoever looks, in whatever order.
 *
 * @module
 */

import { Random } from "../scene/demo/random.ts";

/** A generator for the purpose that `parts` name (strings and numbers, -0 as 0). */
export function randomFor(...parts: readonly (string | number)[]): Random {
  // FNV-1a over the text: numbers in full, so that near poses differ.
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const text = typeof part === "number" ? String(part + 0) : part;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    hash = Math.imul(hash ^ 0x1f, 0x01000193); // Between the parts.
  }
  return new Random(hash);
}

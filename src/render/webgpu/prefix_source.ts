/**
 * What prefix sums are taken of.
 *
 * @module
 */

/** Values a workgroup sums; eight an invocation. */
export const PREFIX_BLOCK = 2048;

/** `visible`: set bits of the words of a mask; `tiles`: tiles of the records in order. */
export type PrefixSource = "visible" | "tiles";

/** As the shaders' `SOURCE`. */
export const SOURCE_CODES: Readonly<Record<PrefixSource, number>> = {
  visible: 0,
  tiles: 1,
};

/**
 * The floor that can be reached, as a picture of bits: small enough to be sent
 * and kept.
 *
 * @module
 */

/** Cells over the ground; rows along y. */
export interface FloorPlan {
  /** World x and y of the lower left corner, metres. */
  readonly min: readonly [x: number, y: number];
  /** Side of a cell, metres. */
  readonly cell: number;
  readonly columns: number;
  readonly rows: number;
  /** A bit a cell in base64, the least y first, the least bit first: 1 where somebody can stand who starts where the plan was made. */
  readonly open: string;
}

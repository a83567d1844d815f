/**
 * Waiting with an end.
 *
 * @module
 */

/** Waits for `work`, but not longer than `milliseconds`. */
export async function atMost(
  milliseconds: number,
  work: Promise<unknown>,
): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/**
 * Progress reports that do not flood.
 *
 * @module
 */

/** Smallest step between two reports: fifty of them at most. */
const STEP = 0.02;

/** `onProgress` that is called only when at least two per cent have been added, and at the end. */
export function inSteps(
  onProgress: ((fraction: number) => void) | undefined,
): (fraction: number) => void {
  let reported = 0;
  return (fraction: number): void => {
    const reached = Math.min(fraction, 1);
    if (reached < reported + STEP && !(reached === 1 && reported < 1)) return;
    reported = reached;
    onProgress?.(reached);
  };
}

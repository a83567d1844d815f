/**
 * When to try again.
 *
 * @module
 */

/** First wait, milliseconds; doubled with each further failure. */
const FIRST_WAIT = 250;
/** Longest wait that is not asked for by the server, milliseconds. */
const LONGEST_WAIT = 8_000;

/** Milliseconds to wait after failure number `failures` (from 1): doubling, with jitter in [0.5, 1]. */
export function backoff(failures: number, random = Math.random): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
  return wait * (0.5 + random() / 2);
}

/**
 * Resolves after `milliseconds`.
 *
 * @throws The signal's reason if aborted.
 */
export function delay(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

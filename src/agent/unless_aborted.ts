/**
 * Waiting for what others share, and leaving alone.
 *
 * @module
 */

/**
 * The value of `shared`, which goes on for others if `signal` aborts.
 *
 * @throws The signal's reason if aborted first; what `shared` throws.
 */
export async function unlessAborted<Value>(
  shared: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([shared, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

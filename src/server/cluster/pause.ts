/**
 * Waiting that can be cut short.
 *
 * @module
 */

/** Resolves after `milliseconds`, or when the signal aborts. */
export function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}

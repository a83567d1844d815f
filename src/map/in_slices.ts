/**
 * Long work in short slices, so that the event loop answers meanwhile.
 *
 * @module
 */

/** Longest that a slice holds the thread, milliseconds. */
const SLICE = 8;

/** Work that yields where it may be interrupted, and returns what it made. */
export type Sliced<Value> = Generator<void, Value, void>;

/** Runs `work` to its end at once. */
export function atOnce<Value>(work: Sliced<Value>): Value {
  while (true) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * Runs `work` to its end, giving the thread back after each slice.
 *
 * @throws The signal's reason if aborted; what `work` throws.
 */
export async function inSlices<Value>(
  work: Sliced<Value>,
  signal?: AbortSignal,
): Promise<Value> {
  while (true) {
    signal?.throwIfAborted();
    const until = performance.now() + SLICE;
    let step = work.next();
    while (!step.done && performance.now() < until) step = work.next();
    if (step.done) return step.value;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

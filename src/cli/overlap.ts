/**
 * Two stages of work side by side: while one item is in the second stage, the
 * next is in the first.
 *
 * @module
 */

/** Items in the second stage at once: it waits for the disk, too. */
const SECOND_SLOTS = 3;

/** The two stages of {@linkcode mapOverlapped}. */
export interface Stages<Item, Between> {
  /** Items in the first stage at once, >= 1. */
  readonly slots: number;
  /** No item is begun after it; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Work that others do: its await frees this thread. */
  readonly first: (item: Item) => Promise<Between>;
  /** Work of this thread. */
  readonly second: (between: Between, item: Item) => Promise<void>;
}

/**
 * Sends each item through both stages, in order of `items` into the first.
 * Resolves when all are through; the first fault stops the beginning of others,
 * lets what is under way end, and is thrown.
 */
export async function mapOverlapped<Item, Between>(
  items: readonly Item[],
  { slots, signal, first, second }: Stages<Item, Between>,
): Promise<void> {
  const waiting = items.values();
  const faults: unknown[] = [];
  let free = slots;
  const queue: (() => void)[] = [];
  const enter = (): Promise<void> =>
    new Promise((resolve) => {
      if (free > 0) {
        free--;
        resolve();
      } else queue.push(resolve);
    });
  const leave = (): void => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      if (faults.length > 0) return;
      try {
        await enter();
        let between: Between;
        try {
          signal.throwIfAborted();
          between = await first(item);
        } finally {
          leave();
        }
        // Whoever waited for the slot begins before this thread gets busy.
        await new Promise((resolve) => setTimeout(resolve, 0));
        await second(between, item);
      } catch (fault) {
        faults.push(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: slots + SECOND_SLOTS }, lane));
  if (faults.length > 0) throw faults[0];
}

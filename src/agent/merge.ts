/**
 * Several async iterators into one.
 *
 * @module
 */

/**
 * Yields the values of all `sources` as they come, each source's own in order.
 * Every source is asked for its next value as soon as its last one was taken
 * up, so none waits for another. Ends when all have ended; if one throws, or
 * the reader leaves, the others are closed.
 */
export async function* merge<Value>(
  sources: readonly AsyncIterator<Value, void>[],
): AsyncGenerator<Value, void> {
  interface Arrival {
    readonly source: AsyncIterator<Value, void>;
    readonly result: IteratorResult<Value, void>;
  }
  const ask = async (source: AsyncIterator<Value, void>): Promise<Arrival> => ({
    source,
    result: await source.next(),
  });
  // Settled arrivals queue here, so that a busy source starves no other.
  const arrivals: Arrival[] = [];
  let fault: { readonly cause: unknown } | undefined;
  let wake = (): void => {};
  const watch = (source: AsyncIterator<Value, void>): void => {
    ask(source).then(
      (arrival) => void arrivals.push(arrival),
      (cause) => void (fault ??= { cause }),
    ).then(() => wake());
  };
  const open = new Set(sources);
  sources.forEach(watch);
  try {
    while (open.size > 0) {
      while (arrivals.length === 0 && !fault) { // a wake may be stale
        await new Promise<void>((resolve) => wake = resolve);
      }
      if (fault) throw fault.cause;
      const { source, result } = arrivals.shift()!;
      if (result.done) {
        open.delete(source);
        continue;
      }
      watch(source);
      yield result.value;
    }
  } finally {
    await Promise.allSettled([...open].map((source) => source.return?.()));
  }
}

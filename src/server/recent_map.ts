/**
 * A map that forgets what was put in first.
 *
 * @module
 */

/** Holds at most as many entries as it was made for. */
export class RecentMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #most: number;

  /** @param most entries, >= 1 */
  constructor(most: number) {
    this.#most = most;
  }

  /** The value of `key`, if it is still remembered. */
  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Remembers `value`. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) {
      this.#entries.delete(this.#entries.keys().next().value!);
    }
  }
}

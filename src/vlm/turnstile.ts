/**
 * Lets answers through one by one, so that a run can be repeated exactly.
 *
 * @module
 */

/**
 * An agent that was answered and asks no more has ended; after so long nobody
 * waits for it, milliseconds.
 */
const QUIET = 500;

interface Waiting {
  readonly agent: number;
  readonly enter: () => void;
}

/**
 * After each answer the next one waits until the agent that got it asks again
 * (by then its event is out) or has been quiet. Thus the order of answers
 * settles the order of events.
 */
export class Turnstile implements Disposable {
  readonly #order: readonly number[] | undefined;
  readonly #waiting: Waiting[] = [];
  #passed = 0;
  /** Who was let through last and has not asked again. */
  #busy: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param order agents in the order to keep; undefined for first come, first served */
  constructor(order?: readonly number[]) {
    this.#order = order;
  }

  /** Whether all of the given order has passed and come to rest. */
  get isOver(): boolean {
    return this.#passed >= (this.#order?.length ?? Infinity) &&
      this.#busy === undefined;
  }

  /** `agent` asks a question. */
  asks(agent: number): void {
    if (this.#busy === agent) this.#rest();
  }

  /**
   * Resolves when the answer for `agent` may go.
   *
   * @throws The signal's reason if aborted.
   */
  pass(agent: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        agent,
        enter: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", leave, { once: true });
      this.#letNextPass();
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #letNextPass(): void {
    if (this.#busy !== undefined) return;
    const next = this.#order === undefined
      ? 0
      : this.#waiting.findIndex(({ agent }) =>
        agent === this.#order![this.#passed]
      );
    const [waiting] = next < 0 ? [] : this.#waiting.splice(next, 1);
    if (waiting === undefined) return;
    this.#passed++;
    this.#busy = waiting.agent;
    this.#timer = setTimeout(() => this.#rest(), QUIET);
    waiting.enter();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#busy = undefined;
    this.#letNextPass();
  }
}

/**
 * Lets questions and answers through one by one, so that a run can be repeated
 * exactly.
 *
 * @module
 */

/**
 * An agent that was answered and asks no more has ended; after so long nobody
 * waits for it, milliseconds.
 */
const QUIET = 500;
/** An agent of the given order that does not come while others wait is not there, milliseconds. */
const PATIENCE = 60_000;

/** Something that happens to the run of an agent. */
export interface Moment {
  readonly agent: number;
  /** It makes up a question from what the team knows by then, or is given an answer. */
  readonly kind: "question" | "answer";
}

interface Waiting extends Moment {
  readonly enter: () => void;
}

/**
 * After each answer all else waits until the agent that got it makes up its
 * next question (by then its event is out, and the team knows what it has to
 * tell) or has been quiet. Thus the order of moments settles the order of
 * events, and what each agent knows of the others when it asks.
 */
export class Turnstile implements Disposable {
  #order: readonly Moment[] | undefined;
  readonly #waiting: Waiting[] = [];
  #passed = 0;
  /** Who was answered last and has not asked again. */
  #busy: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #patience: number;
  #missing: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param order to be kept; undefined for first come, first served
   * @param options.patience milliseconds for which whose turn it is may stay away @default {60000}
   */
  constructor(
    order?: readonly Moment[],
    { patience = PATIENCE }: { patience?: number } = {},
  ) {
    this.#order = order;
    this.#patience = patience;
  }

  /** Whether all of the given order has passed and come to rest. */
  get isOver(): boolean {
    return this.#passed >= (this.#order?.length ?? Infinity) &&
      this.#busy === undefined;
  }

  /** `agent` is done with what its last answer led to. */
  asks(agent: number): void {
    if (this.#busy === agent) this.#rest();
  }

  /**
   * Makes up a question of `agent` when its turn has come; at once if the order
   * has none for it.
   *
   * @param make runs alone: nobody's answer is being acted upon meanwhile
   * @throws The signal's reason if aborted; what `make` throws.
   */
  async question<Value>(
    agent: number,
    make: () => Value,
    signal: AbortSignal,
  ): Promise<Value> {
    this.asks(agent);
    if (!this.#expects({ agent, kind: "question" })) return make();
    const made = Promise.withResolvers<Value>();
    await this.#pass({ agent, kind: "question" }, signal, () => {
      try {
        made.resolve(make());
      } catch (fault) {
        made.reject(fault);
      }
    });
    return await made.promise;
  }

  /**
   * Resolves when the answer for `agent` may go.
   *
   * @throws The signal's reason if aborted.
   */
  answer(agent: number, signal: AbortSignal): Promise<void> {
    return this.#pass({ agent, kind: "answer" }, signal, () => {
      this.#busy = agent;
      this.#timer = setTimeout(() => this.#rest(), QUIET);
    });
  }

  /** Nothing is to be expected of `agent` any more. */
  leave(agent: number): void {
    this.#order = this.#order?.filter((moment, index) =>
      index < this.#passed || moment.agent !== agent
    );
    this.#letPass();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#missing);
  }

  #expects({ agent, kind }: Moment): boolean {
    return this.#order === undefined ||
      this.#order.some((moment, index) =>
        index >= this.#passed && moment.agent === agent && moment.kind === kind
      );
  }

  #pass(
    moment: Moment,
    signal: AbortSignal,
    enter: () => void,
  ): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        ...moment,
        enter: () => {
          signal.removeEventListener("abort", leave);
          enter();
          resolve();
        },
      };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", leave, { once: true });
      this.#letPass();
    });
  }

  #letPass(): void {
    clearTimeout(this.#missing);
    while (this.#busy === undefined) {
      const due = this.#order?.[this.#passed];
      const next = this.#order === undefined
        ? 0
        : this.#waiting.findIndex(({ agent, kind }) =>
          agent === due?.agent && kind === due.kind
        );
      const [waiting] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (waiting === undefined) {
        if (due !== undefined && this.#waiting.length > 0) {
          this.#missing = setTimeout(() => {
            if (this.#waiting.length > 0) this.leave(due.agent);
          }, this.#patience);
        }
        return;
      }
      this.#passed++;
      waiting.enter();
    }
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#busy = undefined;
    this.#letPass();
  }
}

/**
 * What the server allows, in one place. Flags change those that an operator
 * has reasons to change.
 *
 * @module
 */

/** Limits of a server. */
export interface ServerLimits {
  /** Sessions that run at once; more wait. */
  readonly maxSessions: number;
  /** Sessions that wait; more are refused. */
  readonly maxQueued: number;
  /** Readers of one session at once. */
  readonly maxReaders: number;
  /** Readers from one address at once, over all sessions. */
  readonly maxReadersPerAddress: number;
  /** Milliseconds for which a session can be read after its end. */
  readonly sessionTtl: number;
  /** Bytes of event logs in memory. */
  readonly maxMemory: number;
}

/** Largest request body, bytes. */
export const maxBodyBytes = 1024 * 1024;

/** Expired sessions that are remembered, so that they are told from unknown ones. */
export const maxRemembered = 10_000;

/** Readers that are counted by address. */
export class ReaderCount {
  readonly #byAddress = new Map<string, number>();
  readonly #limit: number;

  /** @param limit Readers an address. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Readers in all. */
  get total(): number {
    return this.#byAddress.values().reduce((sum, count) => sum + count, 0);
  }

  /** Counts a reader in; `false` if the address has too many. */
  enter(address: string): boolean {
    const count = this.#byAddress.get(address) ?? 0;
    if (count >= this.#limit) return false;
    this.#byAddress.set(address, count + 1);
    return true;
  }

  /** Counts a reader out. */
  leave(address: string): void {
    const count = this.#byAddress.get(address) ?? 0;
    if (count > 1) this.#byAddress.set(address, count - 1);
    else this.#byAddress.delete(address);
  }
}

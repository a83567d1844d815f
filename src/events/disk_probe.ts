/**
 * Whether a disk takes what is written to it, seen by writing.
 *
 * @module
 */

import { join } from "node:path";

/** The file that is written. */
const name = ".probe";

/** Its bytes: about a step with its picture. */
const bytes = 32 * 1024;

/** Milliseconds for which an answer holds. */
const interval = 1_000;

/** Tries a directory, at most once in a while. */
export class DiskProbe {
  readonly #path: string;
  #probing: Promise<string | undefined> = Promise.resolve(undefined);
  #probedAt = -Infinity;

  constructor(directory: string) {
    this.#path = join(directory, name);
  }

  /** Why nothing can be written at the moment, if so. */
  failure(): Promise<string | undefined> {
    if (performance.now() - this.#probedAt > interval) {
      this.#probedAt = performance.now();
      this.#probing = this.#probe();
    }
    return this.#probing;
  }

  async #probe(): Promise<string | undefined> {
    try {
      await Deno.writeFile(this.#path, new Uint8Array(bytes));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await Deno.remove(this.#path).catch(() => {
        // It could not even be made.
      });
    }
  }
}

/**
 * Bringing results back: a ring of staging buffers that grow to what is asked
 * of them and are used again.
 *
 * In Deno `mapAsync` blocks until the queue is empty and then sleeps 10 ms, and
 * `getMappedRange` copies. So several submissions are mapped together, and the
 * copy, once taken, belongs to the caller.
 *
 * @module
 */

import type { Buffers } from "./buffers.ts";

/** A staging buffer that one submission writes to. */
export class Staging {
  readonly #buffers: Buffers;
  #buffer: GPUBuffer | undefined;

  constructor(buffers: Buffers) {
    this.#buffers = buffers;
  }

  /** Bytes that it has room for without growing. */
  get size(): number {
    return this.#buffer?.size ?? 0;
  }

  /** The buffer to copy to, of at least `bytes` bytes. */
  prepare(bytes: number): GPUBuffer {
    if (this.#buffer === undefined || this.#buffer.size < bytes) {
      if (this.#buffer !== undefined) this.#buffers.destroy(this.#buffer);
      this.#buffer = this.#buffers.create(
        "staging",
        bytes,
        GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      );
    }
    return this.#buffer;
  }

  /**
   * Waits for the submission that writes to it.
   *
   * @throws {DOMException} If the device is lost meanwhile.
   */
  async map(): Promise<void> {
    await this.#buffer!.mapAsync(GPUMapMode.READ);
  }

  /**
   * `bytes` bytes at `offset` (multiples of 4 and 8) of what {@linkcode map}
   * waited for, in memory of their own; each byte can be taken once.
   */
  take(offset: number, bytes: number): ArrayBuffer {
    // Unmapping would detach the range; moved out of it, it stays.
    return this.#buffer!.getMappedRange(offset, bytes).transfer();
  }

  /** Makes the buffer ready for the next submission. */
  release(): void {
    if (this.#buffer?.mapState === "mapped") this.#buffer.unmap();
  }
}

/** Staging buffers that are handed out and come back. */
export class ReadbackRing {
  readonly #buffers: Buffers;
  readonly #free: Staging[] = [];

  /** Starts empty; grows to the number of submissions in flight at once. */
  constructor(buffers: Buffers) {
    this.#buffers = buffers;
  }

  /** A staging buffer for a submission of `bytes` bytes: the one that fits best. */
  acquire(bytes: number): Staging {
    this.#free.sort((a, b) => a.size - b.size);
    const fit = this.#free.findIndex(({ size }) => size >= bytes);
    const [staging] = this.#free.splice(fit, 1); // the largest if none fits
    return staging ?? new Staging(this.#buffers);
  }

  /** Takes `staging` back. */
  release(staging: Staging): void {
    staging.release();
    this.#free.push(staging);
  }
}

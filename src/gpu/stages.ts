/**
 * The stages of a submission: one compute pass for all of them, or one each with
 * timestamps where they are to be measured.
 *
 * @module
 */

/** Measures the stages of one submission; needs the feature `timestamp-query`. */
export class StageTimer {
  /** Stages at most in a submission. */
  static readonly CAPACITY = 128;
  readonly querySet: GPUQuerySet;
  readonly names: string[] = [];
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

  constructor(device: GPUDevice) {
    const count = 2 * StageTimer.CAPACITY;
    this.querySet = device.createQuerySet({ type: "timestamp", count });
    this.#resolved = device.createBuffer({
      label: "timestamps",
      size: 8 * count,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.#staging = device.createBuffer({
      label: "timestamps",
      size: 8 * count,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Adds the read-out to `encoder`, after the last stage. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.names.length;
    encoder.resolveQuerySet(this.querySet, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, 8 * count);
  }

  /** Milliseconds by stage, stages of one name added up; waits for the submission. */
  async read(): Promise<Map<string, number>> {
    await this.#staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(this.#staging.getMappedRange());
    const sums = new Map<string, number>();
    this.names.forEach((name, i) => {
      const milliseconds = Number(times[2 * i + 1]! - times[2 * i]!) / 1e6;
      sums.set(name, (sums.get(name) ?? 0) + milliseconds);
    });
    this.#staging.unmap();
    this.names.length = 0;
    return sums;
  }

  /** Frees its buffers. */
  destroy(): void {
    this.querySet.destroy();
    this.#resolved.destroy();
    this.#staging.destroy();
  }
}

/** Records the stages of one submission in order. */
export class Stages {
  readonly #encoder: GPUCommandEncoder;
  readonly #timer: StageTimer | undefined;
  #pass: GPUComputePassEncoder | undefined;

  /** @param timer if given, every stage is measured */
  constructor(encoder: GPUCommandEncoder, timer?: StageTimer) {
    this.#encoder = encoder;
    this.#timer = timer;
  }

  /** The pass that the stage `name` records into; valid until the next call of any method. */
  begin(name: string): GPUComputePassEncoder {
    const timer = this.#timer;
    if (timer === undefined) {
      this.#pass ??= this.#encoder.beginComputePass({ label: "views" });
      return this.#pass;
    }
    this.end();
    const index = 2 * timer.names.push(name) - 2;
    this.#pass = this.#encoder.beginComputePass({
      label: name,
      timestampWrites: {
        querySet: timer.querySet,
        beginningOfPassWriteIndex: index,
        endOfPassWriteIndex: index + 1,
      },
    });
    return this.#pass;
  }

  /** Ends the last stage, so that the encoder can be used for something else. */
  end(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}

/**
 * Renders in workers over shared memory. Views go through a ring of jobs that
 * the leading worker reads; the others wait inside the core, asleep when idle.
 *
 * @module
 */

import { openShReader } from "../../scene/file_sh.ts";
import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import type { RenderOptions, View } from "../renderer.ts";
import {
  type CoreExports,
  createScene,
  JOB_SLOTS,
  jobOf,
  type SharedCore,
  STAGE_SPLATS,
  viewOf,
} from "./core.ts";
import type { Engine } from "./cpu_renderer.ts";
import { packShare } from "./pack_share.ts";
import {
  workerMain,
  type WorkerReply,
  type WorkerStart,
} from "./worker_main.ts";

/** Options for {@linkcode WorkerEngine.start}. */
export interface WorkerEngineOptions {
  workers: number;
  /** Milliseconds. */
  startTimeout: number;
  signal?: AbortSignal;
}

interface Task {
  readonly camera: Camera;
  readonly options: RenderOptions;
  readonly resolve: (view: View) => void;
  readonly reject: (reason: unknown) => void;
  /** Detaches the task from its signal. */
  release: () => void;
  slot?: number;
}

const WORKER_URL = `data:text/javascript,${
  encodeURIComponent(`(${workerMain})(${packShare},${openShReader})`)
}`;

/** One scene, several workers. */
export class WorkerEngine implements Engine {
  readonly description: string;
  readonly #core: CoreExports;
  readonly #memory: WebAssembly.Memory;
  readonly #workers: readonly Worker[];
  readonly #ended: Promise<void>;
  /** Not yet in the ring, in order. */
  readonly #waiting: Task[] = [];
  /** In the ring, by slot. */
  readonly #running = new Map<number, Task>();
  #failure: unknown;
  #next = 0;

  private constructor(
    { memory }: SharedCore,
    core: CoreExports,
    workers: readonly Worker[],
  ) {
    this.#core = core;
    this.#memory = memory;
    this.#workers = workers;
    this.description = `processor, ${workers.length} threads, WebAssembly SIMD`;
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.promise;
    let left = workers.length;
    for (const worker of workers) {
      worker.onmessage = ({ data }: MessageEvent<WorkerReply>): void => {
        if (data.type === "view") this.#finish(data);
        else if (data.type === "ended" && --left === 0) ended.resolve();
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        this.#fail(
          new Error(`Cannot render: a worker failed: ${event.message}`),
        );
        ended.resolve();
      };
    }
  }

  /**
   * Starts the workers and packs `splats` with them; undefined if they do not
   * answer in time, as happens in some compiled binaries.
   */
  static async start(
    shared: SharedCore,
    splats: Splats,
    { workers: count, startTimeout, signal }: WorkerEngineOptions,
  ): Promise<WorkerEngine | undefined> {
    const core = createScene(shared, splats, count);
    const workers = Array.from(
      { length: count },
      (_, i) =>
        new Worker(WORKER_URL, { type: "module", name: `splat-renderer-${i}` }),
    );
    const ready = Promise.withResolvers<boolean>();
    // Workers that never say that they started will not come; a large scene takes its time.
    const timer = setTimeout(() => ready.resolve(false), startTimeout);
    const abort = (): void => ready.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    let started = 0;
    let packed = 0;
    for (const [i, worker] of workers.entries()) {
      worker.onmessage = ({ data }: MessageEvent<WorkerReply>): void => {
        if (data.type === "started" && ++started === count) clearTimeout(timer);
        if (data.type === "ready" && ++packed === count) ready.resolve(true);
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        ready.resolve(false);
      };
      const start: WorkerStart = {
        ...shared,
        worker: i,
        splats,
        blockSize: STAGE_SPLATS,
      };
      worker.postMessage(start);
    }
    let ok = false;
    try {
      ok = await ready.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      if (!ok) { for (const worker of workers) worker.terminate(); }
    }
    return ok ? new WorkerEngine(shared, core, workers) : undefined;
  }

  render(camera: Camera, options: RenderOptions): Promise<View> {
    const { promise, resolve, reject } = Promise.withResolvers<View>();
    if (this.#failure !== undefined) {
      reject(this.#failure);
      return promise;
    }
    const { signal } = options;
    const task: Task = {
      camera,
      options,
      resolve,
      reject,
      release: (): void => {},
    };
    const abort = (): void => this.#abandon(task, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    task.release = (): void => signal?.removeEventListener("abort", abort);
    this.#waiting.push(task);
    this.#fill();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new Error("Cannot render: the renderer was disposed"));
    const words = new Int32Array(this.#memory.buffer);
    Atomics.store(words, this.#core.shutdown_address() / 4, 1);
    // A new tail wakes the leader, which sees the shutdown before it looks for a view.
    Atomics.add(words, this.#core.queue_tail_address() / 4, JOB_SLOTS);
    Atomics.notify(words, this.#core.queue_tail_address() / 4);
    await this.#ended;
    for (const worker of this.#workers) worker.terminate();
  }

  /** Moves waiting tasks into free slots. */
  #fill(): void {
    const tail = this.#core.queue_tail_address() / 4;
    while (this.#waiting.length > 0 && this.#running.size < JOB_SLOTS) {
      const slot = this.#next % JOB_SLOTS;
      // Slots are answered in order, so that the next one is free first.
      if (this.#running.has(slot)) return;
      const task = this.#waiting.shift()!;
      this.#next++;
      task.slot = slot;
      this.#running.set(slot, task);
      const job = jobOf(task.camera, task.options.withObjectIds ?? false);
      const at = this.#core.job_address(slot);
      new Float64Array(this.#memory.buffer, at, job.length).set(job);
      const words = new Int32Array(this.#memory.buffer);
      Atomics.store(words, this.#core.aborted_address() / 4 + slot, 0);
      Atomics.add(words, tail, 1);
      Atomics.notify(words, tail);
    }
  }

  #finish(reply: WorkerReply & { type: "view" }): void {
    const task = this.#running.get(reply.slot)!;
    this.#running.delete(reply.slot);
    task.release();
    this.#fill();
    const { width, height } = task.camera;
    if (reply.status === 0) {
      task.resolve(viewOf(reply.buffers, { width, height }));
    } else {
      task.reject(
        task.options.signal?.reason ?? new RangeError(
          `Cannot render a view as its pictures and lists must fit in memory: current size is ${width}x${height}`,
        ),
      );
    }
  }

  #abandon(task: Task, reason: unknown): void {
    task.reject(reason);
    if (task.slot === undefined) {
      this.#waiting.splice(this.#waiting.indexOf(task), 1);
    } else {
      const words = new Int32Array(this.#memory.buffer);
      Atomics.store(words, this.#core.aborted_address() / 4 + task.slot, 1);
    }
  }

  #fail(reason: unknown): void {
    this.#failure ??= reason;
    for (const task of [...this.#running.values(), ...this.#waiting]) {
      task.release();
      this.#abandon(task, reason);
    }
  }
}

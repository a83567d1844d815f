/**
 * Renders in workers over shared memory. Views go through a ring of jobs that
 * the leading worker reads; the others wait inside the core, asleep when idle.
 *
 * @module
 */

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
import type { Crew } from "./crew.ts";
import type { ViewShare, WorkerReply, WorkerScene } from "./worker_main.ts";

/** Options for {@linkcode WorkerEngine.start}. */
export interface WorkerEngineOptions {
  /** How long the workers may take to start, milliseconds; 0 does without them. */
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
  /** Shares that have arrived. */
  shares: number;
  /** What they held: the pictures of the view, in order. */
  readonly planes: ArrayBuffer[];
}

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
        if (data.type === "view") this.#receive(data);
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
   * Packs `splats` with the workers of `crew`, which are the engine's from then
   * on; undefined if they do not start in time, as happens in some compiled
   * binaries.
   *
   * @throws {RangeError} If the scene does not fit.
   * @throws {Error} If its SH coefficients cannot be read from their file.
   * @throws The signal's reason if aborted.
   */
  static async start(
    crew: Crew,
    splats: Splats,
    { startTimeout, signal }: WorkerEngineOptions,
  ): Promise<WorkerEngine | undefined> {
    if (startTimeout === 0) return undefined;
    const core = createScene(crew.shared, splats, crew.workers.length);
    const ready = Promise.withResolvers<boolean>();
    const abort = (): void => ready.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    // Workers that never say that they started will not come; a large scene takes its time.
    const timer = setTimeout(() => ready.resolve(false), startTimeout);
    void crew.started.then((all) => {
      clearTimeout(timer);
      if (!all) return ready.resolve(false);
      let missing = crew.workers.length;
      for (const worker of crew.workers) {
        worker.onmessage = ({ data }: MessageEvent<WorkerReply>): void => {
          if (data.type === "ready" && --missing === 0) ready.resolve(true);
          if (data.type === "failed") ready.reject(new Error(data.message));
        };
        worker.onerror = (event): void => {
          event.preventDefault();
          ready.resolve(false);
        };
        const scene: WorkerScene = { splats, blockSize: STAGE_SPLATS };
        worker.postMessage(scene);
      }
    });
    try {
      return await ready.promise
        ? new WorkerEngine(crew.shared, core, crew.workers)
        : undefined;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
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
      shares: 0,
      planes: [],
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

  #receive(reply: ViewShare): void {
    const task = this.#running.get(reply.slot)!;
    for (const [plane, buffer] of reply.planes) task.planes[plane] = buffer;
    if (++task.shares < reply.shares) return;
    this.#running.delete(reply.slot);
    task.release();
    this.#fill();
    const { width, height } = task.camera;
    if (reply.status === 0) {
      task.resolve(viewOf(task.planes, { width, height }));
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

/**
 * One renderer shared by many sessions: each session has its own queue, the
 * queues take turns, and views that wait together are rendered together.
 *
 * @module
 */

import type { Camera } from "./camera.ts";
import type { Backend, Renderer, RenderOptions, View } from "./renderer.ts";

/** Views rendered in one call. More would make a newcomer wait longer than the batch gains. */
const maxBatch = 8;

/** Calls under way at once: the next one is recorded while the last one is read back. */
const maxUnderWay = 2;

/** Batches for which a session counts as one that will ask again: those under way, and the one after. */
const memory = maxUnderWay + 1;

/** Options of a {@linkcode FairRenderer}. */
export interface FairRendererOptions {
  /** Told of each view that was rendered: how long it waited for its turn and how long its batch took, milliseconds. */
  readonly onView?: (waited: number, rendered: number) => void;
  /** Told why a view could not be rendered. */
  readonly onFault?: (error: unknown) => void;
}

interface Job {
  readonly camera: Camera;
  readonly withObjectIds: boolean;
  readonly since: number;
  readonly resolve: (view: View) => void;
  readonly reject: (reason: unknown) => void;
}

/** Shares a renderer among sessions without letting one starve another. */
export class FairRenderer {
  readonly #renderer: Renderer;
  readonly #onView: (waited: number, rendered: number) => void;
  readonly #onFault: (error: unknown) => void;
  /** The waiting views of each session; the session whose turn is next comes first. */
  readonly #queues = new Map<string, Job[]>();
  /** The batch in which each session had its last view. */
  readonly #served = new Map<string, number>();
  #batches = 0;
  #underWay = 0;

  constructor(
    renderer: Renderer,
    { onView = () => {}, onFault = () => {} }: FairRendererOptions = {},
  ) {
    this.#renderer = renderer;
    this.#onView = onView;
    this.#onFault = onFault;
  }

  /** Views that wait for their turn. */
  get waiting(): number {
    return this.#queues.values().reduce((sum, { length }) => sum + length, 0);
  }

  /** The renderer as the session `id` sees it. Disposing of it does nothing: others use it. */
  forSession(id: string): Renderer {
    const render = (camera: Camera, options?: RenderOptions): Promise<View> =>
      this.#enqueue(id, camera, options);
    const { backend, description }: { backend: Backend; description: string } =
      this.#renderer;
    return {
      backend,
      description,
      render,
      renderMany: (cameras, options) =>
        Promise.all(cameras.map((camera) => render(camera, options))),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  #enqueue(
    id: string,
    camera: Camera,
    { signal, withObjectIds = false }: RenderOptions = {},
  ): Promise<View> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<View>();
    const job: Job = {
      camera,
      withObjectIds,
      since: performance.now(),
      resolve,
      reject,
    };
    const queue = this.#queues.get(id);
    if (queue === undefined) this.#queues.set(id, [job]);
    else queue.push(job);
    const onAbort = (): void => {
      this.#withdraw(id, job);
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", onAbort);
    // Views that are asked for in one turn of the event loop go together.
    queueMicrotask(() => this.#startBatch());
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  #withdraw(id: string, job: Job): void {
    const queue = this.#queues.get(id);
    const index = queue?.indexOf(job) ?? -1;
    if (queue === undefined || index < 0) return;
    queue.splice(index, 1);
    if (queue.length === 0) this.#queues.delete(id);
  }

  #startBatch(): void {
    if (this.#underWay >= maxUnderWay || this.#queues.size === 0) return;
    this.#underWay++;
    this.#render(this.#takeTurns()).finally(() => {
      this.#underWay--;
      this.#startBatch();
    });
  }

  /**
   * One view of each session in turn, until the batch is full or nobody may
   * have more. A session that asks for much leaves room for those that had a
   * view just now: they are about to ask for their next one.
   */
  #takeTurns(): Job[] {
    const most = this.#mostViews();
    const taken = new Map<string, number>();
    const batch: Job[] = [];
    while (batch.length < maxBatch) {
      const [turn] = this.#queues;
      if (turn === undefined) break;
      const [id, queue] = turn;
      const count = taken.get(id) ?? 0;
      const [job] = queue;
      if (count === most) break;
      if (batch[0] && batch[0].withObjectIds !== job!.withObjectIds) break;
      batch.push(queue.shift()!);
      taken.set(id, count + 1);
      this.#served.set(id, this.#batches);
      this.#queues.delete(id);
      if (queue.length > 0) this.#queues.set(id, queue);
    }
    return batch;
  }

  /** Views that one session may have in the next batch: all, or its share of what is under way. */
  #mostViews(): number {
    this.#batches++;
    for (const [id, batch] of this.#served) {
      if (batch < this.#batches - memory) this.#served.delete(id);
    }
    const { size } = new Set([...this.#queues.keys(), ...this.#served.keys()]);
    return size === 1
      ? maxBatch
      : Math.max(1, Math.floor(maxBatch / maxUnderWay / size));
  }

  async #render(batch: readonly Job[]): Promise<void> {
    const start = performance.now();
    const { withObjectIds } = batch[0]!;
    const cameras = batch.map(({ camera }) => camera);
    try {
      const views = cameras.length === 1
        ? [await this.#renderer.render(cameras[0]!, { withObjectIds })]
        : await this.#renderer.renderMany(cameras, { withObjectIds });
      const rendered = performance.now() - start;
      for (const [i, job] of batch.entries()) {
        this.#onView(start - job.since, rendered);
        job.resolve(views[i]!);
      }
    } catch (error) {
      if (batch.length === 1) {
        this.#onFault(error);
        batch[0]!.reject(error);
        return;
      }
      // One camera spoils a batch: each is tried alone.
      for (const job of batch) await this.#render([job]);
    }
  }
}

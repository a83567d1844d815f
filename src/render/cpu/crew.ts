/**
 * The workers of a renderer before they have a scene: starting them takes as
 * long as reading a file, so both are done at once.
 *
 * @module
 */

import { openShReader } from "../../scene/file_sh.ts";
import { openCore, type SharedCore } from "./core.ts";
import { packShare } from "./pack_share.ts";
import {
  workerMain,
  type WorkerReply,
  type WorkerStart,
} from "./worker_main.ts";

const WORKER_URL = `data:text/javascript,${
  encodeURIComponent(`(${workerMain})(${packShare},${openShReader})`)
}`;

/** Workers that share a core. */
export class Crew implements Disposable {
  /** What they compute with. */
  readonly shared: SharedCore;
  /** Worker 0 leads. */
  readonly workers: readonly Worker[];
  /** True once all of them run; false if one fails. */
  readonly started: Promise<boolean>;

  /**
   * Starts `count` workers.
   *
   * @throws {RangeError} If not even 512 MiB of address space can be had.
   */
  constructor(count: number) {
    this.shared = openCore();
    const { module, memory } = this.shared;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let missing = count;
    this.workers = Array.from({ length: count }, (_, i) => {
      const name = `splat-renderer-${i}`;
      const worker = new Worker(WORKER_URL, { type: "module", name });
      worker.onmessage = ({ data }: MessageEvent<WorkerReply>): void => {
        if (data.type === "started" && --missing === 0) resolve(true);
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        resolve(false);
      };
      const start: WorkerStart = {
        module,
        memory,
        worker: i,
        workers: count,
      };
      worker.postMessage(start);
      return worker;
    });
    this.started = promise;
  }

  /** Ends the workers wherever they are. */
  [Symbol.dispose](): void {
    for (const worker of this.workers) worker.terminate();
  }
}

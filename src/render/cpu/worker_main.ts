/**
 * What a worker of the CPU renderer runs. Its text goes to the worker as a
 * `data:` URL, which needs no permission and no file, also in a compiled
 * binary; so nothing here may refer to anything outside the function.
 *
 * @module
 */

import type { CoreExports } from "./core.ts";
import type { packShare } from "./pack_share.ts";
import type { openShReader } from "../../scene/file_sh.ts";
import type { Splats } from "../../scene/splats.ts";

/** First message to a worker. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Worker 0 leads: it takes views from the queue and sends pictures. */
  readonly worker: number;
}

/** Second message, once the core has room for them. */
export interface WorkerScene {
  /** The packed scene is made from them; not kept. */
  readonly splats: Splats;
  readonly blockSize: number;
}

/** What workers say. */
export type WorkerReply =
  | { readonly type: "started" | "ready" | "ended" }
  /** The scene could not be packed; the others wait in vain. */
  | { readonly type: "failed"; readonly message: string }
  | {
    readonly type: "view";
    readonly slot: number;
    /** 0 done, 1 given up, 2 out of memory. */
    readonly status: number;
    /** Colour, depth, expected depth, alpha and, if asked for, ids. */
    readonly buffers: readonly ArrayBuffer[];
  };

/** Runs in the worker until its memory says that it ends. */
export function workerMain(
  pack: typeof packShare,
  openSh: typeof openShReader,
): void {
  const scope = globalThis as unknown as {
    onmessage:
      | ((event: MessageEvent<WorkerStart & WorkerScene>) => void)
      | null;
    postMessage(reply: WorkerReply, transfer?: ArrayBuffer[]): void;
  };
  scope.onmessage = ({ data: { module, memory, worker } }): void => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const core = exports as unknown as CoreExports;
    core.__stack_pointer.value = core.stack_top(worker);
    scope.onmessage = ({ data: { splats, blockSize } }): void => {
      scope.onmessage = null;
      // Another thread has grown it: only growing it here, too, shows that.
      memory.grow(0);
      try {
        pack(core, memory, { worker, splats, blockSize, openSh });
      } catch (error) {
        const { message } = error as Error;
        return scope.postMessage({ type: "failed", message });
      }
      scope.postMessage({ type: "ready" });
      if (worker === 0) lead(core, memory);
      else help(core, worker);
      scope.postMessage({ type: "ended" });
    };
    scope.postMessage({ type: "started" });
  };

  function help(core: CoreExports, worker: number): void {
    for (let round = 0; core.wait_for_round(round) !== 0;) {
      round = core.current_round();
      core.render(worker);
    }
  }

  function lead(core: CoreExports, memory: WebAssembly.Memory): void {
    for (let slot; (slot = core.next_job()) >= 0;) {
      core.begin_round(slot);
      const status = core.render(0);
      const pixels = core.view_pixels();
      const planes = status === 0 ? core.view_has_ids() !== 0 ? 5 : 4 : 0;
      const buffers: ArrayBuffer[] = [];
      for (let plane = 0; plane < planes; plane++) {
        const bytes = pixels * (plane === 4 ? 2 : 4);
        const copy = new Uint8Array(bytes);
        copy.set(
          new Uint8Array(memory.buffer, core.output_address(plane), bytes),
        );
        buffers.push(copy.buffer);
      }
      scope.postMessage({ type: "view", slot, status, buffers }, buffers);
    }
  }
}

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
  /** How many there are. */
  readonly workers: number;
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
  | ViewShare;

/** What one worker sends of a view: its planes, each copied by one worker. */
export interface ViewShare {
  readonly type: "view";
  readonly slot: number;
  /** 0 done, 1 given up, 2 out of memory: the same in all shares. */
  readonly status: number;
  /** How many shares there are, >= 1. */
  readonly shares: number;
  /** Of colour, depth, expected depth, alpha and, if asked for, ids: number and pixels. */
  readonly planes: readonly (readonly [plane: number, buffer: ArrayBuffer])[];
}

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
  scope.onmessage = ({ data: { module, memory, worker, workers } }): void => {
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
      const render = (): void => renderShare(core, memory, { worker, workers });
      if (worker === 0) lead(core, render);
      else help(core, render);
      scope.postMessage({ type: "ended" });
    };
    scope.postMessage({ type: "started" });
  };

  function help(core: CoreExports, render: () => void): void {
    for (let round = 0; core.wait_for_round(round) !== 0;) {
      round = core.current_round();
      render();
    }
  }

  function lead(core: CoreExports, render: () => void): void {
    for (let slot; (slot = core.next_job()) >= 0;) {
      core.begin_round(slot);
      render();
    }
  }

  /** Renders a view with the others; copies and sends a share of its pictures. */
  function renderShare(
    core: CoreExports,
    memory: WebAssembly.Memory,
    { worker, workers }: { worker: number; workers: number },
  ): void {
    const status = core.render(worker);
    const count = status === 0 ? core.view_has_ids() !== 0 ? 5 : 4 : 0;
    const pixels = core.view_pixels();
    const planes: [number, ArrayBuffer][] = [];
    for (let plane = worker; plane < count; plane += workers) {
      const bytes = pixels * (plane === 4 ? 2 : 4);
      const copy = new Uint8Array(bytes);
      copy.set(
        new Uint8Array(memory.buffer, core.output_address(plane), bytes),
      );
      planes.push([plane, copy.buffer]);
    }
    if (worker === 0 || planes.length > 0) {
      const shares = Math.max(1, Math.min(count, workers));
      scope.postMessage(
        { type: "view", slot: core.view_slot(), status, shares, planes },
        planes.map(([, buffer]) => buffer),
      );
    }
    // From here on the next view may overwrite this one.
    core.meet();
  }
}

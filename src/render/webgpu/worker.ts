/**
 * The renderer's own thread: waiting for a GPU blocks whoever waits, so the
 * server's thread must not.
 *
 * @module
 */

import type { Splats } from "../../scene/splats.ts";
import { RecoveringRenderer } from "./recovering_renderer.ts";
import {
  type FromWorker,
  toPlainError,
  type ToWorker,
} from "./worker_messages.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;
const aborts = new Map<number, AbortController>();
let renderer: RecoveringRenderer | undefined;

scope.onmessage = ({ data }): void => {
  switch (data.type) {
    case "start":
      return void start(data.splats);
    case "render":
      return void render(data);
    case "abort":
      return aborts.get(data.id)?.abort();
    case "dispose":
      return void dispose();
  }
};

async function start(splats: Splats): Promise<void> {
  try {
    renderer = await RecoveringRenderer.create(splats, {
      onLost: () => scope.postMessage({ type: "lost" }),
    });
    const { description } = renderer;
    scope.postMessage({ type: "ready", description });
  } catch (error) {
    scope.postMessage({ type: "refused", error: toPlainError(error) });
  }
}

async function render(
  { id, cameras, withObjectIds }: ToWorker & { type: "render" },
): Promise<void> {
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const views = await renderer!.renderMany(cameras, {
      signal: abort.signal,
      withObjectIds,
    });
    scope.postMessage(
      { type: "views", id, views, description: renderer!.description },
      views.flatMap(({ data, objectIds }) =>
        [data.buffer, ...(objectIds ? [objectIds.buffer] : [])] as ArrayBuffer[]
      ),
    );
  } catch (error) {
    scope.postMessage({ type: "failed", id, error: toPlainError(error) });
  } finally {
    aborts.delete(id);
  }
}

async function dispose(): Promise<void> {
  await renderer?.[Symbol.asyncDispose]();
  scope.postMessage({ type: "disposed" });
  scope.close();
}

/**
 * Whether this machine has a GPU, asked without stopping the calling thread:
 * an adapter request blocks it for 50 to 400 ms.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import {
  describeAdapter,
  isSoftwareAdapter,
  prepareDriver,
} from "./adapter.ts";

/** What was found. */
export interface GpuFound {
  /** `none`: no adapter, or only one that computes on the processor. */
  readonly kind: "hardware" | "none";
  /** The adapter in words, or why it does not count. */
  readonly description: string;
}

/** Nodes that drivers of real GPUs make: DRM, NVIDIA, AMD compute, WSL. */
const DEVICE_NODES = [
  "/dev/dri",
  "/dev/nvidia0",
  "/dev/nvidiactl",
  "/dev/kfd",
  "/dev/dxg",
];

/** Longest wait for an answer, milliseconds: a driver that hangs is none. */
const PATIENCE = 5000;

let found: Promise<GpuFound> | undefined;

/** Looks once a process; call it early, the answer comes while other work is done. */
export function findGpu(): Promise<GpuFound> {
  return found ??= search();
}

async function search(): Promise<GpuFound> {
  if (navigator.gpu === undefined) {
    return { kind: "none", description: "this runtime has no WebGPU" };
  }
  if (await lacksDeviceNodes()) {
    return { kind: "none", description: "no graphics device in /dev" };
  }
  const info = await requestInfo();
  if (typeof info === "string") return { kind: "none", description: info };
  const adapter = { info } as GPUAdapter;
  return {
    kind: isSoftwareAdapter(adapter) ? "none" : "hardware",
    description: describeAdapter(adapter),
  };
}

/** Cheaper and quieter than asking the drivers, where /dev may be read already. */
async function lacksDeviceNodes(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const { state } = Deno.permissions.querySync({ name: "read", path: "/dev" });
  if (state !== "granted") return false;
  const seen = await Promise.all(
    DEVICE_NODES.map((path) => Deno.stat(path).then(() => true, () => false)),
  );
  return !seen.includes(true);
}

/** What the worker sends: plain data, as an adapter cannot leave its thread. */
type Info = Pick<
  GPUAdapterInfo,
  "description" | "vendor" | "architecture" | "device" | "isFallbackAdapter"
>;

/** Runs in a worker from its text, which needs no permission. */
const WORKER = `
const { parentPort } = require("node:worker_threads");
(async () => {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  const { description, vendor, architecture, device, isFallbackAdapter } = adapter?.info ?? {};
  parentPort.postMessage(adapter
    ? { description, vendor, architecture, device, isFallbackAdapter }
    : "no graphics driver was found");
})().catch((error) => parentPort.postMessage(String(error)));`;

/**
 * The adapter's info, or why there is none. Node's worker, as it tells when
 * its thread has ended: a process that exits while a driver is being unloaded
 * there may crash (one in ten with Mesa). An environment of its own, as a copy
 * of the process's would prompt.
 */
async function requestInfo(): Promise<Info | string> {
  prepareDriver();
  const worker = new Worker(WORKER, { eval: true, env: {} });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let info: Info | string = "the graphics driver does not answer";
  worker.on("message", (message: Info | string) => info = message);
  worker.on("error", (error) => info = String(error));
  worker.once("exit", () => end());
  const timer = setTimeout(end, PATIENCE);
  await ended;
  clearTimeout(timer);
  worker.unref(); // One that hangs keeps no process.
  return info;
}

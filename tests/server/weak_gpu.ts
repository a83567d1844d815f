/**
 * Run before the program: the renderer's worker gets devices that are lost
 * early, twice. Workers do not run what is preloaded; the one in question is
 * made to, by another first module.
 *
 * @module
 */

const renderer = new URL(
  "../../src/render/webgpu/worker.ts",
  import.meta.url,
);

globalThis.Worker = class extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    const isRenderer = String(url) === renderer.href;
    super(
      isRenderer ? new URL("./weak_gpu_worker.ts", import.meta.url) : url,
      options,
    );
  }
};

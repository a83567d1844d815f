/**
 * The renderer's worker on devices that do not last: each third view that is
 * asked for is the last one of its device, twice.
 *
 * @module
 */

const views = 3;
let losses = 2;
let asked = 0;
let isDoomed = false;

const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (
  ...descriptor
): Promise<GPUDevice> {
  const device = await requestDevice.apply(this, descriptor);
  const submit = device.queue.submit.bind(device.queue);
  device.queue.submit = (commands): undefined => {
    submit(commands);
    if (!isDoomed) return;
    isDoomed = false;
    device.destroy();
  };
  return device;
};

await import("../../src/render/webgpu/worker.ts");

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<{ readonly type: string }>) => void;
};
const { onmessage } = scope;
scope.onmessage = (event): void => {
  if (event.data.type === "render" && ++asked % views === 0 && losses-- > 0) {
    isDoomed = true;
  }
  onmessage(event);
};

/**
 * The renderer's worker on devices that do not last: the first two are lost
 * while they render their third view.
 *
 * @module
 */

/** Views of a weak device. What brings the scene to it has no commands. */
const views = 3;

let weak = 2;

const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (
  ...descriptor
): Promise<GPUDevice> {
  const device = await requestDevice.apply(this, descriptor);
  if (weak-- <= 0) return device;
  const submit = device.queue.submit.bind(device.queue);
  let left = views;
  device.queue.submit = (commands): undefined => {
    submit(commands);
    if ([...commands].length > 0 && --left === 0) device.destroy();
  };
  return device;
};

await import("../../src/render/webgpu/worker.ts");

/**
 * A device that is watched: whether it is lost, and what it found fault with.
 *
 * @module
 */

import { describeAdapter, requestAdapter } from "./adapter.ts";
import { requestDevice } from "./device.ts";

/** How long a device that failed may take to say that it is lost, milliseconds. */
const LOSS_NOTICE = 2000;

/** A device, and what befell it. */
export class WatchedDevice {
  readonly device: GPUDevice;
  readonly #owned: GPUAdapter | undefined;
  #lost = false;
  #fault: GPUError | undefined;

  /** A device of the best adapter. @throws {Error} If there is none. */
  static async request(): Promise<WatchedDevice> {
    const { adapter, reason } = await requestAdapter();
    if (adapter === null) {
      throw new Error(
        `Cannot render on WebGPU as there must be an adapter: ${reason}`,
      );
    }
    return new WatchedDevice(await requestDevice(adapter), adapter);
  }

  /** Watches `device`; it stays the caller's unless the adapter that it came from is given. */
  constructor(device: GPUDevice, owned?: GPUAdapter) {
    this.device = device;
    this.#owned = owned;
    device.lost.then(() => this.#lost = true);
    device.addEventListener("uncapturederror", this.#note);
  }

  /** The adapter in words. */
  get description(): string {
    return describeAdapter(
      this.#owned ?? { info: this.device.adapterInfo } as GPUAdapter,
    );
  }

  /** Whether the device is lost, given a moment to say so. */
  async isLost(): Promise<boolean> {
    if (!this.#lost) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const moment = new Promise<void>((resolve) =>
        timer = setTimeout(resolve, LOSS_NOTICE)
      );
      await Promise.race([this.device.lost, moment]);
      clearTimeout(timer);
    }
    return this.#lost;
  }

  /** @throws {Error} If the device found fault with what it was told. */
  throwIfFaulty(): void {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) {
      throw new Error(
        `Cannot render as the device must accept all work: ${fault.message}`,
      );
    }
  }

  /** Gives the device back, if it was requested here. */
  close(): void {
    this.device.removeEventListener("uncapturederror", this.#note);
    if (this.#owned !== undefined) this.device.destroy();
  }

  readonly #note = (event: Event): void => {
    event.preventDefault();
    this.#fault ??= (event as GPUUncapturedErrorEvent).error;
  };
}

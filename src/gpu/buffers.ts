/**
 * Buffers of a device: counted, so that a leak can be seen, and refused by name
 * where memory is short.
 *
 * @module
 */

/** Bytes of a buffer at least, as a binding may not be empty. */
const SMALLEST = 16;

/** Thrown where a device has no room for a buffer. */
export class DeviceMemoryError extends Error {
  override readonly name = "DeviceMemoryError";

  /** @param bytesAsked of all that was asked for in one go */
  constructor(
    message: string,
    readonly bytesAsked: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Makes, counts and destroys the buffers of one device. */
export class Buffers {
  readonly device: GPUDevice;
  readonly #live = new Set<GPUBuffer>();

  /** Starts with none. */
  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Buffers that were made and not destroyed. */
  get liveCount(): number {
    return this.#live.size;
  }

  /** Their bytes. */
  get liveBytes(): number {
    return sizeOf(this.#live);
  }

  /** A zeroed buffer of at least `bytes` bytes. */
  create(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(SMALLEST, Math.ceil(bytes / 4) * 4);
    const buffer = this.device.createBuffer({ label, size, usage });
    this.#live.add(buffer);
    return buffer;
  }

  /** Frees `buffers` once the device has done what it was told before. */
  destroy(...buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      buffer.destroy();
      this.#live.delete(buffer);
    }
  }

  /** Frees all. */
  destroyAll(): void {
    this.destroy(...this.#live);
  }

  /**
   * Runs `make`, which calls {@linkcode create}, and waits until the device says
   * whether there was room. Frees what was made if there was not, or if `make` throws.
   *
   * @param what is to be held, for the message.
   * @throws {DeviceMemoryError} If there was no room.
   */
  async createChecked<Made>(what: string, make: () => Made): Promise<Made> {
    const before = new Set(this.#live);
    this.device.pushErrorScope("validation"); // a size beyond the limits
    this.device.pushErrorScope("out-of-memory");
    let made: { value: Made } | { thrown: unknown };
    try {
      made = { value: make() };
    } catch (thrown) {
      made = { thrown };
    }
    // Before anything is waited for: others may make buffers meanwhile.
    const fresh = [...this.#live].filter((buffer) => !before.has(buffer));
    const scopes = await Promise.all([
      this.device.popErrorScope(),
      this.device.popErrorScope(),
    ]);
    const fault = scopes.find((scope) => scope !== null);
    if (!fault && "value" in made) return made.value;
    const asked = sizeOf(fresh);
    this.destroy(...fresh);
    if ("thrown" in made) throw made.thrown;
    throw new DeviceMemoryError(
      `Cannot hold ${what} as the device must have ${
        inMegabytes(asked)
      } free: ${fault!.message}`,
      asked,
    );
  }
}

/** Bytes in words: "12.3 MB". */
export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function sizeOf(buffers: Iterable<GPUBuffer>): number {
  let sum = 0;
  for (const { size } of buffers) sum += size;
  return sum;
}

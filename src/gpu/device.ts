/**
 * Getting a device: default WebGPU is enough for everything, what the adapter
 * offers beyond it is used.
 *
 * @module
 */

/** Options for {@linkcode requestDevice}. */
export interface DeviceOptions {
  /**
   * Leaves limits and features at WebGPU's defaults, as the weakest device has
   * them; for tests.
   * @default {false}
   */
  defaultsOnly?: boolean;
}

/** Limits that let larger scenes lie in fewer buffers; all others stay at their defaults. */
const RAISED_LIMITS = ["maxBufferSize", "maxStorageBufferBindingSize"] as const;

/** Used where listed: the bench measures passes with timestamps. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query"];

/**
 * A device of `adapter`; an adapter gives only one.
 *
 * @throws {TypeError} If the adapter refuses, which is the case if it was used before.
 */
export function requestDevice(
  adapter: GPUAdapter,
  { defaultsOnly = false }: DeviceOptions = {},
): Promise<GPUDevice> {
  const label = "splatscout";
  if (defaultsOnly) return adapter.requestDevice({ label });
  return adapter.requestDevice({
    label,
    requiredFeatures: WANTED_FEATURES.filter((name) =>
      adapter.features.has(name)
    ),
    requiredLimits: Object.fromEntries(
      RAISED_LIMITS.map((name) => [name, adapter.limits[name]]),
    ),
  });
}

/**
 * Finding a WebGPU adapter, and knowing what it is.
 *
 * @module
 */

/** An adapter, or why there is none. */
export type AdapterSearch =
  | { readonly adapter: GPUAdapter; readonly reason?: undefined }
  | { readonly adapter: null; readonly reason: string };

/** Software drivers by a part of their name, for drivers that do not say so themselves. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/**
 * Asks for an adapter; never throws and never prompts.
 *
 * Where the environment may be written already, {@linkcode prepareDriver} comes
 * first.
 */
export async function requestAdapter(): Promise<AdapterSearch> {
  if (navigator.gpu === undefined) {
    return { adapter: null, reason: "this runtime has no WebGPU" };
  }
  prepareDriver();
  try {
    const adapter = await navigator.gpu.requestAdapter({
      powerPreference: "high-performance",
    });
    return adapter === null
      ? {
        adapter: null,
        reason:
          "no graphics driver was found (on Debian: apt-get install mesa-vulkan-drivers)",
      }
      : { adapter };
  } catch (error) {
    return {
      adapter: null,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Whether `adapter` computes on the processor. */
export function isSoftwareAdapter(adapter: GPUAdapter): boolean {
  return adapter.info.isFallbackAdapter ||
    SOFTWARE.test(adapter.info.description);
}

/** `adapter` in words, for people. */
export function describeAdapter(adapter: GPUAdapter): string {
  const { description, vendor, architecture, device } = adapter.info;
  const name = description ||
    [vendor, architecture, device].filter((part) => part !== "").join(" ") ||
    "unnamed adapter";
  return isSoftwareAdapter(adapter) ? `${name}, in software` : name;
}

/**
 * What Linux's drivers are told where nobody says otherwise. Mesa looks for a
 * runtime folder and prints two lines where none is named; a search for OpenGL,
 * too, would load drivers of 10 MB that are not used.
 */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  XDG_RUNTIME_DIR: "/tmp",
  DENO_WEBGPU_BACKEND: "vulkan",
};

/** Sets what the drivers look for in the environment, where it may be written already; never prompts. */
export function prepareDriver(): void {
  if (Deno.build.os !== "linux") return;
  for (const [variable, value] of Object.entries(ENVIRONMENT)) {
    const { state } = Deno.permissions.querySync({ name: "env", variable });
    if (state === "granted" && !Deno.env.get(variable)) {
      Deno.env.set(variable, value);
    }
  }
}

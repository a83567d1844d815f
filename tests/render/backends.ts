/**
 * Both renderers for tests that drive both.
 *
 * @module
 */

import type { Backend } from "../../src/render/renderer.ts";
import { findVulkanDrivers } from "../vulkan.ts";

/** A renderer, and whether this machine cannot run it. */
export interface TestedBackend {
  readonly backend: Backend;
  readonly ignore: boolean;
}

/** WebGPU needs a driver, a software one at least; where CI lacks it, tests fail. */
export const BACKENDS: readonly TestedBackend[] = [
  { backend: "cpu", ignore: false },
  {
    backend: "webgpu",
    ignore: Deno.build.os === "linux" && findVulkanDrivers().length === 0 &&
      Deno.env.get("CI") !== "true",
  },
];

/**
 * Gets what the tests need beyond Deno, before they run: a Vulkan driver, so
 * that WebGPU finds an adapter (Mesa's lavapipe needs no GPU). Says what it
 * does; where it may not install, it says what to install.
 */

import { findVulkanDrivers } from "./vulkan.ts";

if (Deno.build.os === "linux" && findVulkanDrivers().length === 0) {
  const packages = ["mesa-vulkan-drivers", "libvulkan1"];
  if (Deno.uid() === 0 && await succeeds("apt-get", "--version")) {
    say(
      `tests/setup: no Vulkan driver found; installing ${packages.join(" ")}`,
    );
    await succeeds("apt-get", "update", "-qq");
    const installed = await succeeds(
      "apt-get",
      "install",
      "-y",
      "-qq",
      "--no-install-recommends",
      ...packages,
    );
    if (!installed) {
      say(
        "tests/setup: apt-get could not install them; the GPU tests will fail",
      );
    }
  } else {
    say(
      `tests/setup: no Vulkan driver found, and no right to install one: sudo apt-get install ${
        packages.join(" ")
      }`,
    );
  }
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function succeeds(command: string, ...args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).output();
    return success;
  } catch {
    return false;
  }
}

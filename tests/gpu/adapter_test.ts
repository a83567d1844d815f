import assert from "node:assert/strict";
import {
  describeAdapter,
  isSoftwareAdapter,
  requestAdapter,
} from "../../src/gpu/adapter.ts";
import { ignoreGpu } from "./test_device.ts";

function adapterOf(info: Partial<GPUAdapterInfo>): GPUAdapter {
  return {
    info: {
      description: "",
      vendor: "",
      architecture: "",
      device: "",
      isFallbackAdapter: false,
      ...info,
    },
  } as GPUAdapter;
}

Deno.test({
  name: "requestAdapter() finds an adapter that can be described",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const { adapter, reason } = await requestAdapter();
    assert.ok(adapter, reason);
    assert.notEqual(describeAdapter(adapter), "");
  },
});

Deno.test("requestAdapter() says why there is none", async () => {
  const gpu = Object.getOwnPropertyDescriptor(navigator, "gpu") ??
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(navigator), "gpu")!;
  const withGpu = async (value: unknown): Promise<string | undefined> => {
    Object.defineProperty(navigator, "gpu", { value, configurable: true });
    try {
      return (await requestAdapter()).reason;
    } finally {
      Object.defineProperty(navigator, "gpu", { ...gpu, configurable: true });
    }
  };
  const answer = (adapter: () => Promise<null>): unknown => ({
    requestAdapter: adapter,
  });
  assert.match((await withGpu(undefined))!, /no WebGPU/);
  assert.match(
    (await withGpu(answer(() => Promise.resolve(null))))!,
    /no graphics driver/,
  );
  assert.equal(
    await withGpu(answer(() => Promise.reject(new Error("driver broke")))),
    "driver broke",
  );
});

Deno.test("software drivers are known by what they say or by name", () => {
  const software = [
    { isFallbackAdapter: true, description: "whatever" },
    { description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    { description: "SwiftShader Device" },
    { description: "Microsoft Basic Render Driver" },
  ];
  for (const info of software) {
    assert.ok(isSoftwareAdapter(adapterOf(info)));
    assert.match(describeAdapter(adapterOf(info)), /, in software$/);
  }
  const real = adapterOf({ description: "NVIDIA H100 80GB HBM3" });
  assert.ok(!isSoftwareAdapter(real));
  assert.equal(describeAdapter(real), "NVIDIA H100 80GB HBM3");
  assert.equal(
    describeAdapter(adapterOf({ vendor: "apple", architecture: "m4" })),
    "apple m4",
  );
  assert.equal(describeAdapter(adapterOf({})), "unnamed adapter");
});

Deno.test("requestAdapter() touches the environment only where it may", async () => {
  const url = new URL("../../src/gpu/adapter.ts", import.meta.url).href;
  const code = `
    import { requestAdapter } from "${url}";
    await requestAdapter();
    console.log(["XDG_RUNTIME_DIR", "DENO_WEBGPU_BACKEND"].map((variable) => {
      const { state } = Deno.permissions.querySync({ name: "env", variable });
      return state === "granted" ? String(Deno.env.get(variable)) : state;
    }).join());`;
  const run = async (
    flags: string[],
    variables: Record<string, string>,
  ): Promise<string> => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        ...flags,
        `data:text/javascript,${encodeURIComponent(code)}`,
      ],
      env: { HOME: "/tmp", ...variables },
      clearEnv: true,
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const isLinux = Deno.build.os === "linux";
  assert.equal(await run([], {}), "prompt,prompt");
  assert.equal(
    await run(["--allow-env"], {}),
    isLinux ? "/tmp,vulkan" : "undefined,undefined",
  );
  const theirs = { XDG_RUNTIME_DIR: "/var/tmp", DENO_WEBGPU_BACKEND: "gl" };
  assert.equal(await run(["--allow-env"], theirs), "/var/tmp,gl");
  if (isLinux) {
    assert.equal(
      await run(["--allow-env=DENO_WEBGPU_BACKEND"], {}),
      "prompt,vulkan",
    );
  }
});

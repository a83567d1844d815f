import assert from "node:assert/strict";
import { gpuTest } from "../../gpu/test_device.ts";

const folder = new URL("../../../shaders/", import.meta.url);

/** Each shader with what it needs around it to compile. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  batch: ["batch"],
  chunk: ["batch", "chunk"],
  record: ["batch", "record"],
  sort_keys: ["batch", "sort_keys", "sort_count"],
  cull: ["batch", "chunk", "cull"],
  place: ["batch", "chunk", "place"],
  project: ["batch", "chunk", "record", "project"],
  prefix_blocks: ["batch", "prefix_blocks"],
  prefix_sum: ["batch", "prefix_sum"],
  sort_count: ["batch", "sort_keys", "sort_count"],
  sort_scan: ["batch", "sort_keys", "sort_scan"],
  sort_scatter: ["batch", "sort_keys", "sort_scatter"],
  emit_pairs: ["batch", "record", "emit_pairs"],
  tile_ranges: ["batch", "tile_ranges"],
  rasterize: ["batch", "record", "rasterize"],
};

function names(): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) =>
    name.replace(/\.wgsl$/, "")
  ).sort();
}

async function source(name: string): Promise<string> {
  const texts = await Promise.all(
    PARTS[name]!.map((part) =>
      Deno.readTextFile(new URL(`${part}.wgsl`, folder))
    ),
  );
  return texts.join("");
}

gpuTest("every shader compiles without a message", async ({ device }) => {
  assert.deepEqual(names(), Object.keys(PARTS).sort());
  for (const name of names()) {
    const module = device.createShaderModule({ code: await source(name) });
    const { messages } = await module.getCompilationInfo();
    assert.deepEqual(messages.map(({ message }) => `${name}: ${message}`), []);
  }
});

Deno.test("every pass has a file of its name in src/render/webgpu", async () => {
  for (const name of names()) {
    const shader = await Deno.readTextFile(new URL(`${name}.wgsl`, folder));
    if (!shader.includes("@compute")) continue;
    const file = new URL(`../src/render/webgpu/${name}_pass.ts`, folder);
    const text = await Deno.readTextFile(file);
    assert.ok(text.includes(`shaders/${name}.wgsl`), name);
  }
});

Deno.test("every shader opens with its contract", async () => {
  for (const name of names()) {
    const text = await Deno.readTextFile(new URL(`${name}.wgsl`, folder));
    assert.ok(text.startsWith(`// ${name}: `), name);
    if (text.includes("@compute")) {
      assert.match(text, /^\/\/ In: /m, name);
      assert.match(text, /^\/\/ (Out|I\/O)/m, name);
    }
  }
});

import assert from "node:assert/strict";
import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import {
  BATCH_BYTES,
  BATCH_FIELDS,
  fieldOffsets,
  MAX_VIEWS,
  TILE_SIZE,
  VIEW_BYTES,
  VIEW_FIELDS,
  VIEWS_OFFSET,
} from "../../../src/render/webgpu/batch.ts";
import { gpuTest } from "../../gpu/test_device.ts";

const COMPONENTS = { u32: 1, f32: 1, vec2f: 2, vec3f: 3 } as const;

/** Statements that copy every field of `source` to `out`, as bits. */
function echo(
  fields: readonly (readonly [string, keyof typeof COMPONENTS])[],
  source: string,
  first: number,
): { lines: string[]; offsets: number[] } {
  const lines: string[] = [];
  const offsets: number[] = [];
  const places = fieldOffsets(fields);
  for (const [name, type] of fields) {
    for (let c = 0; c < COMPONENTS[type]; c++) {
      const part = COMPONENTS[type] === 1 ? "" : `[${c}]`;
      lines.push(
        `out[${
          first + offsets.length
        }u] = bitcast<u32>(${source}.${name}${part});`,
      );
      offsets.push(places.get(name)! + 4 * c);
    }
  }
  return { lines, offsets };
}

gpuTest("Batch has every field where the host writes it", async (gpu) => {
  const head = echo(BATCH_FIELDS, "batch", 0);
  const last = MAX_VIEWS - 1;
  const view = echo(
    VIEW_FIELDS,
    `batch.views[${last}]`,
    head.lines.length,
  );
  const lines = [...head.lines, ...view.lines];
  const module = gpu.device.createShaderModule({
    code: `${batchShader}
      @group(0) @binding(0) var<uniform> batch: Batch;
      @group(0) @binding(1) var<storage, read_write> out: array<u32>;
      @compute @workgroup_size(1) fn echo() { ${lines.join("\n")} }`,
  });
  const pipeline = gpu.device.createComputePipeline({
    layout: "auto",
    compute: { module },
  });
  // Every word is a number of its own.
  const words = Uint32Array.from({ length: BATCH_BYTES / 4 }, (_, i) => 7 + i);
  const out = gpu.zeros(lines.length);
  const bindings = gpu.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [gpu.upload(words.buffer), out].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    })),
  });
  gpu.run((pass) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(1);
  });
  const offsets = [
    ...head.offsets,
    ...view.offsets.map((offset) => VIEWS_OFFSET + last * VIEW_BYTES + offset),
  ];
  assert.deepEqual(
    [...await gpu.read(out)].slice(0, lines.length),
    offsets.map((offset) => 7 + offset / 4),
  );
});

Deno.test("the tables name every field of Batch and View, and the constants", () => {
  const fieldsOf = (struct: string): string[] => {
    const body = batchShader.match(
      new RegExp(`struct ${struct} \\{([^}]*)\\}`),
    );
    return [...body![1]!.matchAll(/^\s*(\w+):/gm)].map((match) => match[1]!);
  };
  assert.deepEqual(fieldsOf("View"), VIEW_FIELDS.map(([name]) => name));
  assert.deepEqual(
    fieldsOf("Batch"),
    [...BATCH_FIELDS.map(([name]) => name), "views"],
  );
  assert.match(batchShader, new RegExp(`MAX_VIEWS = ${MAX_VIEWS}u`));
  assert.match(batchShader, new RegExp(`TILE_SIZE = ${TILE_SIZE}u`));
});

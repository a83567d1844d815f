/**
 * What this driver and compiler cost: questions that no paper answers for Deno.
 *
 * @module
 */

import { Buffers } from "../../src/gpu/buffers.ts";
import { bind, createComputePipeline } from "../../src/gpu/compute.ts";
import { timeOnDevice } from "./clock.ts";

/** Turns of the loop around the evaluations of a splat at a pixel. */
const TURNS = 256;

function evaluation(type: string, indent: string): string {
  const wide = type === "f32" ? "f" : "h";
  return `{
${indent}  let offset = vec2<${type}>(${type}(i & 15u), ${type}(i >> 4u)) - centre;
${indent}  let u = centre.x * offset.x + centre.y * offset.y;
${indent}  let power = -u * u - offset.y * offset.y * 0.01${wide};
${indent}  if (power > -8${wide}) { sum += left * exp2(power); left *= 0.99${wide}; }
${indent}  i++;
${indent}}`;
}

function loopShader(type: "f32" | "f16", unrolled: number): string {
  const body = Array.from({ length: unrolled }, () => evaluation(type, "    "));
  return `${type === "f16" ? "enable f16;" : ""}
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
override TURNS: u32;
@compute @workgroup_size(256) fn probe(@builtin(global_invocation_id) id: vec3u) {
  let centre = vec2<${type}>(${type}(id.x & 7u), ${type}(id.x >> 8u & 7u)) * 0.1${
    type === "f16" ? "h" : "f"
  };
  var sum: ${type};
  var left: ${type} = 1;
  var i = 0u;
  while (i < TURNS) ${body.length === 1 ? body[0] : `{ ${body.join("\n")} }`}
  out[id.x] = f32(sum);
}`;
}

/** Answers by name; milliseconds unless the name says otherwise. */
export async function runProbes(
  device: GPUDevice,
  groups: number,
): Promise<Record<string, number>> {
  const buffers = new Buffers(device);
  const out = buffers.create(
    "out",
    4 * 256 * groups,
    GPUBufferUsage.STORAGE,
  );
  const answers: Record<string, number> = {};
  const types = device.features.has("shader-f16")
    ? ["f32", "f16"] as const
    : ["f32"] as const;
  for (const type of types) {
    for (const unrolled of [1, 2, 4, 8]) {
      const pipeline = createComputePipeline(device, {
        label: "probe",
        code: loopShader(type, unrolled),
        constants: { TURNS },
      });
      const { bindings } = bind(device, pipeline, [out]);
      const ms = await timeOnDevice(device, (pass) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(groups);
      });
      answers[`${type} evaluations a ns, ${unrolled} a turn`] = 256 * groups *
        TURNS / ms / 1e6;
    }
  }
  Object.assign(answers, await probeDispatches(device, buffers));
  buffers.destroyAll();
  return answers;
}

/** What a dispatch costs that does nothing, and one that reads its size from a buffer. */
async function probeDispatches(
  device: GPUDevice,
  buffers: Buffers,
): Promise<Record<string, number>> {
  const count = 100;
  const pipeline = createComputePipeline(device, {
    label: "probe",
    code: `@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(64) fn probe(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0xffffffffu) { out[0] = 1u; }
}`,
  });
  const out = buffers.create("out", 16, GPUBufferUsage.STORAGE);
  const size = buffers.create(
    "size",
    12,
    GPUBufferUsage.INDIRECT | GPUBufferUsage.COPY_DST,
  );
  device.queue.writeBuffer(size, 0, Uint32Array.of(1, 1, 1));
  const { bindings } = bind(device, pipeline, [out]);
  const run = (
    dispatch: (pass: GPUComputePassEncoder) => void,
  ): Promise<number> =>
    timeOnDevice(device, (pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      for (let i = 0; i < count; i++) dispatch(pass);
    });
  const micro = 1000 / count;
  return {
    "µs a direct dispatch": micro *
      await run((pass) => pass.dispatchWorkgroups(1)),
    "µs an indirect dispatch": micro *
      await run((pass) => pass.dispatchWorkgroupsIndirect(size, 0)),
    "µs a dispatch of 1000 idle groups": micro *
      await run((pass) => pass.dispatchWorkgroups(1000)),
  };
}

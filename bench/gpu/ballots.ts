/**
 * What subgroups would bring to the sort: the rank of a key among equal digits
 * of its workgroup, by bit masks in shared memory (as `sort_scatter` does it)
 * and by ballots. Naga refuses `enable subgroups` and takes the functions
 * without it, other compilers the other way round: both are tried.
 *
 * @module
 */

import { Buffers } from "../../src/gpu/buffers.ts";
import { bind } from "../../src/gpu/compute.ts";
import { timeOnDevice } from "./clock.ts";

const DIGIT_BITS = 5;
const DIGITS = 1 << DIGIT_BITS;
const THREADS = 256;
/** Ranks that an invocation finds, one after the other. */
const TURNS = 64;

const FRAME = (declarations: string, parameters: string, rank: string) => `
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
${declarations}
@compute @workgroup_size(${THREADS}) fn probe(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) local: u32,
  ${parameters}
) {
  var sum = 0u;
  for (var turn = 0u; turn < ${TURNS}u; turn++) {
    let digit = ((id.x + 7u * turn) * 2654435761u) >> ${32 - DIGIT_BITS}u;
    ${rank}
    sum += before * (turn + 1u);
  }
  out[id.x] = sum;
}`;

const WORDS = THREADS / 32;
const MASKS = FRAME(
  `var<workgroup> bits: array<atomic<u32>, ${DIGITS * WORDS}>;`,
  "",
  `
    for (var i = local; i < ${DIGITS * WORDS}u; i += ${THREADS}u) {
      atomicStore(&bits[i], 0u);
    }
    workgroupBarrier();
    let row = digit * ${WORDS}u;
    atomicOr(&bits[row + local / 32u], 1u << (local & 31u));
    workgroupBarrier();
    var before = countOneBits(
      atomicLoad(&bits[row + local / 32u]) & ((1u << (local & 31u)) - 1u));
    for (var w = 0u; w < local / 32u; w++) {
      before += countOneBits(atomicLoad(&bits[row + w]));
    }
    workgroupBarrier();`,
);

/** Room for subgroups of four at least. */
const GROUPS = THREADS / 4;
const BALLOTS = FRAME(
  `var<workgroup> counts: array<u32, ${DIGITS * GROUPS}>;`,
  "@builtin(subgroup_size) size: u32, @builtin(subgroup_invocation_id) lane: u32,",
  `
    for (var i = local; i < ${DIGITS * GROUPS}u; i += ${THREADS}u) {
      counts[i] = 0u;
    }
    workgroupBarrier();
    var peers = subgroupBallot(true).x;
    for (var b = 0u; b < ${DIGIT_BITS}u; b++) {
      let is_set = ((digit >> b) & 1u) == 1u;
      let vote = subgroupBallot(is_set).x;
      peers &= select(~vote, vote, is_set);
    }
    var before = countOneBits(peers & ((1u << lane) - 1u));
    let row = digit * ${GROUPS}u;
    if (before == 0u) { counts[row + local / size] = countOneBits(peers); }
    workgroupBarrier();
    for (var g = 0u; g < local / size; g++) { before += counts[row + g]; }
    workgroupBarrier();`,
);

/** Ranks a nanosecond by masks and by ballots, and whether they agree; why not, if ballots cannot be had. */
export async function probeBallots(
  device: GPUDevice,
  { groups, subgroupSize }: { groups: number; subgroupSize: number },
): Promise<Record<string, number | string | boolean>> {
  const masks = await timeRanks(device, MASKS, groups);
  if (typeof masks === "string") throw new Error(masks);
  const answers: Record<string, number | string | boolean> = {
    "ranks a ns by masks": masks.rate,
  };
  if (!(subgroupSize > 3 && subgroupSize <= 32)) {
    return { ...answers, ballots: `no subgroups of 4 to 32` };
  }
  const tries: string[] = [];
  for (const directive of ["enable subgroups;", ""]) {
    const ballots = await timeRanks(device, directive + BALLOTS, groups);
    if (typeof ballots !== "string") {
      return {
        ...answers,
        "ranks a ns by ballots": ballots.rate,
        "ballots are correct": ballots.sum === masks.sum,
      };
    }
    tries.push(`${directive || "without it"}: ${ballots}`);
  }
  return { ...answers, ballots: tries.join("; ") };
}

/** Ranks a nanosecond, and a sum over them all; what the compiler says if it refuses. */
async function timeRanks(
  device: GPUDevice,
  code: string,
  groups: number,
): Promise<{ rate: number; sum: number } | string> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({
    label: "probe",
    layout: "auto",
    compute: { module, entryPoint: "probe" },
  });
  const error = await device.popErrorScope();
  if (error !== null) return error.message.split("\n").find(Boolean) ?? "";
  const buffers = new Buffers(device);
  const bytes = 4 * THREADS * groups;
  const out = buffers.create(
    "out",
    bytes,
    GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
  );
  const { bindings } = bind(device, pipeline, [out]);
  const ms = await timeOnDevice(device, (pass) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(groups);
  });
  const staging = buffers.create(
    "staging",
    bytes,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(out, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const sum = new Uint32Array(staging.getMappedRange())
    .reduce((total, value) => total + value, 0);
  buffers.destroyAll();
  return { rate: THREADS * groups * TURNS / ms / 1e6, sum };
}

/**
 * Compute pipelines as all passes use them.
 *
 * @module
 */

/** Workgroups at most along one dimension, by WebGPU's default limits. */
const MAX_GROUPS = 65_535;

/** What a pipeline is made of. */
export interface ComputeSource {
  /** Names the shader's entry point, too. */
  readonly label: string;
  /** WGSL. */
  readonly code: string;
  /** Values of its `override` constants. */
  readonly constants?: Record<string, number>;
}

/** A pipeline with the one bind group that its dispatches use. */
export interface BoundPass {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
}

/** One or several workgroups a dispatch: `groups` per view are folded into rows. */
export interface DispatchSize {
  /** Workgroups a view, >= 0. */
  readonly groups: number;
  /** Layers of workgroups. @default {1} */
  readonly views?: number;
}

/** Compiles a pipeline with an automatic layout. */
export function createComputePipeline(
  device: GPUDevice,
  { label, code, constants = {} }: ComputeSource,
): GPUComputePipeline {
  return device.createComputePipeline({
    label,
    layout: "auto",
    compute: {
      module: device.createShaderModule({ label, code }),
      entryPoint: label,
      constants,
    },
  });
}

/** Binds whole `buffers` (or the given ranges) to binding 0, 1, 2 ... of `pipeline`. */
export function bind(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  buffers: readonly (GPUBuffer | GPUBufferBinding)[],
): BoundPass {
  return {
    pipeline,
    bindings: device.createBindGroup({
      label: pipeline.label,
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({
        binding,
        resource: buffer instanceof GPUBuffer ? { buffer } : buffer,
      })),
    }),
  };
}

/** Records a dispatch; nothing if it has no workgroups. Shaders unfold the rows. */
export function dispatch(
  pass: GPUComputePassEncoder,
  { pipeline, bindings }: BoundPass,
  { groups, views = 1 }: DispatchSize,
): void {
  if (groups === 0) return;
  const columns = Math.min(groups, MAX_GROUPS);
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindings);
  pass.dispatchWorkgroups(columns, Math.ceil(groups / columns), views);
}

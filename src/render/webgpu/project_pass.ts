/**
 * Pass 3: surviving splats -> centre, shape, colour and depth in each view.
 * The GPU half, with its inputs and outputs, is `shaders/project.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import chunkShader from "../../../shaders/chunk.wgsl" with { type: "text" };
import recordShader from "../../../shaders/record.wgsl" with { type: "text" };
import shader from "../../../shaders/project.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
  dispatch,
} from "../../gpu/compute.ts";
import type { ShDegree } from "../../scene/splats.ts";
import type { ChunkLayout } from "./packed_scene.ts";

/** Fewer than elsewhere, as the shader needs many registers. */
const WORKGROUP_SIZE = 128;

/** What the pass works on, named as in the shader. */
export interface ProjectInput {
  readonly batch: GPUBuffer;
  readonly chunk: GPUBuffer;
  readonly splats: GPUBuffer;
  readonly visibleViews: GPUBuffer;
  readonly visibleMask: GPUBuffer;
  readonly rankBase: GPUBuffer;
  readonly records: GPUBuffer;
  readonly depthKey: GPUBuffer;
  readonly tileCount: GPUBuffer;
  readonly recordObject: GPUBuffer;
}

/** Records the pass for one chunk. */
export class ProjectPass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader for chunks of `layout`. */
  constructor(
    device: GPUDevice,
    { fileOrderPlane, hasObjectIds }: ChunkLayout,
    shDegree: ShDegree,
  ) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "project",
      code: batchShader + chunkShader + recordShader + shader,
      constants: {
        WORKGROUP_SIZE,
        SH_DEGREE: shDegree,
        FILE_ORDER_PLANE: fileOrderPlane,
        HAS_OBJECT_IDS: Number(hasObjectIds),
      },
    });
  }

  /** Ties the pass to buffers. */
  bind(input: ProjectInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.chunk,
      input.splats,
      input.visibleViews,
      input.visibleMask,
      input.rankBase,
      input.records,
      input.depthKey,
      input.tileCount,
      input.recordObject,
    ]);
  }

  /** Records the pass over the `count` splats of a chunk. */
  encode(pass: GPUComputePassEncoder, bound: BoundPass, count: number): void {
    dispatch(pass, bound, { groups: Math.ceil(count / WORKGROUP_SIZE) });
  }
}

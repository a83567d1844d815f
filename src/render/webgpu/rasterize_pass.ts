/**
 * Pass 9: the splats of each tile, front to back -> picture, depths, alpha.
 * The GPU half, with its inputs and outputs, is `shaders/rasterize.wgsl`.
 *
 * @module
 */

import batchShader from "../../../shaders/batch.wgsl" with { type: "text" };
import recordShader from "../../../shaders/record.wgsl" with { type: "text" };
import shader from "../../../shaders/rasterize.wgsl" with { type: "text" };
import {
  bind,
  type BoundPass,
  createComputePipeline,
} from "../../gpu/compute.ts";

/** What the pass works on, named as in the shader. */
export interface RasterizeInput {
  readonly batch: GPUBuffer;
  readonly records: GPUBuffer;
  readonly pairRecord: GPUBuffer;
  readonly tileRange: GPUBuffer;
  readonly recordObject: GPUBuffer;
  readonly picture: GPUBuffer;
}

/** Records the pass. */
export class RasterizePass {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  /** Compiles the shader. */
  constructor(device: GPUDevice) {
    this.#device = device;
    this.#pipeline = createComputePipeline(device, {
      label: "rasterize",
      code: batchShader + recordShader + shader,
    });
  }

  /** Ties the pass to buffers. */
  bind(input: RasterizeInput): BoundPass {
    return bind(this.#device, this.#pipeline, [
      input.batch,
      input.records,
      input.pairRecord,
      input.tileRange,
      input.recordObject,
      input.picture,
    ]);
  }

  /** Records the pass over the tiles of each of `views` views. */
  encode(
    pass: GPUComputePassEncoder,
    { pipeline, bindings }: BoundPass,
    { tilesX, tilesY, views }: {
      tilesX: number;
      tilesY: number;
      views: number;
    },
  ): void {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(tilesX, tilesY, views);
  }
}

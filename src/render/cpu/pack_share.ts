/**
 * A worker's share of packing a scene. Its text goes to the workers, too: it
 * refers to nothing outside the function.
 *
 * @module
 */

import type { CoreExports } from "./core.ts";
import type { openShReader } from "../../scene/file_sh.ts";
import type { Splats } from "../../scene/splats.ts";

/** Options for {@linkcode packShare}. */
export interface PackOptions {
  readonly worker: number;
  readonly splats: Splats;
  /** Splats copied at once: STAGE in wasm/core.h. */
  readonly blockSize: number;
  /** Opens the SH coefficients that lie in a file. */
  readonly openSh: typeof openShReader;
}

/**
 * Copies splats block by block into the core, which packs them in Morton
 * order. All workers call it together; each takes what the others have not.
 */
export function packShare(
  core: CoreExports,
  memory: WebAssembly.Memory,
  { worker, splats, blockSize, openSh }: PackOptions,
): void {
  const { count } = splats;
  const stage = core.stage_address(worker);
  const floats = (at: number, perSplat: number): Float32Array =>
    new Float32Array(memory.buffer, at, perSplat * blockSize);
  // One array after the other, as pack_block in wasm/scene.c expects them.
  const [positions, scales, rotations, opacities, colors] = [3, 3, 4, 1, 3]
    .reduce<{ at: number; views: Float32Array[] }>(
      ({ at, views }, perSplat) => ({
        at: at + 4 * perSplat * blockSize,
        views: [...views, floats(at, perSplat)],
      }),
      { at: stage, views: [] },
    ).views as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
  const rest = [0, 9, 24, 45][splats.shDegree]!;
  const shAt = stage + 4 * 14 * blockSize;
  const sh = new Uint16Array(memory.buffer, shAt, rest * blockSize);
  const shValues = new Float16Array(memory.buffer, shAt, rest * blockSize);
  const ids = new Uint16Array(
    memory.buffer,
    shAt + 2 * rest * blockSize,
    blockSize,
  );
  const shBits = new Uint16Array(
    splats.sh.buffer,
    splats.sh.byteOffset,
    splats.sh.length,
  );
  const copy = <T extends Float32Array | Uint16Array>(
    to: T,
    from: T,
    perSplat: number,
    first: number,
    last: number,
  ): void => to.set(from.subarray(perSplat * first, perSplat * last));

  for (let first; (first = core.take_block(0) * blockSize) < count;) {
    const last = Math.min(first + blockSize, count);
    copy(positions, splats.positions, 3, first, last);
    core.morton_block(worker, first, last - first);
  }
  core.meet();
  core.morton_sort(worker);
  const fileSh = splats.fileSh && openSh(splats.fileSh);
  for (let first; (first = core.take_block(1) * blockSize) < count;) {
    const last = Math.min(first + blockSize, count);
    copy(positions, splats.positions, 3, first, last);
    copy(scales, splats.scales, 3, first, last);
    copy(rotations, splats.rotations, 4, first, last);
    copy(opacities, splats.opacities, 1, first, last);
    copy(colors, splats.colors, 3, first, last);
    if (fileSh) fileSh.read({ first, count: last - first }, { into: shValues });
    else copy(sh, shBits, rest, first, last);
    if (splats.objectIds) copy(ids, splats.objectIds, 1, first, last);
    core.pack_block(worker, first, last - first);
  }
  fileSh?.close();
  core.bound_chunks(worker);
}

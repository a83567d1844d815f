/**
 * The WebAssembly core as TypeScript sees it: its functions, its memory, and
 * the job that a view is. The C side is in `wasm/`; `core_wasm.ts` is built from it.
 *
 * @module
 */

import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import type { View } from "../renderer.ts";
import { CORE_WASM_BASE64 } from "./core_wasm.ts";

/** Splats that a worker copies at once: STAGE in wasm/core.h. */
export const STAGE_SPLATS = 4096;
/** Views that may wait in shared memory: JOB_SLOTS in wasm/core.h. */
export const JOB_SLOTS = 8;
/** MAX_WORKERS in wasm/core.h. */
export const MAX_WORKERS = 64;

/** Functions of the core; addresses are bytes in its memory. */
export interface CoreExports {
  readonly __stack_pointer: WebAssembly.Global;
  stack_top(worker: number): number;
  scene_create(
    count: number,
    degree: number,
    antialiased: number,
    hasIds: number,
    workers: number,
  ): number;
  splat_bytes(): number;
  stage_address(worker: number): number;
  morton_box(worker: number, count: number): void;
  morton_block(worker: number, first: number, count: number): void;
  morton_sort(worker: number): void;
  pack_block(worker: number, first: number, count: number): void;
  bound_chunks(worker: number): void;
  take_block(pass: number): number;
  meet(): void;
  wait_for_round(round: number): number;
  current_round(): number;
  next_job(): number;
  begin_round(slot: number): void;
  render(worker: number): number;
  view_slot(): number;
  view_pixels(): number;
  view_has_ids(): number;
  output_address(plane: number): number;
  job_address(slot: number): number;
  aborted_address(): number;
  queue_tail_address(): number;
  shutdown_address(): number;
}

/** A compiled core and the memory that all its instances share. */
export interface SharedCore {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** What the memory may grow to. */
  readonly maximumBytes: number;
}

/** Splats whose positions give the box of the Morton order: SAMPLE in wasm/scene.c. */
const SAMPLE_SPLATS = 2048;
const PAGE = 65536;
/** --initial-memory of wasm/build.ts, in pages. */
const INITIAL_PAGES = 256;

/**
 * Compiles the core and reserves its address space; pages are taken as they
 * are touched.
 *
 * @throws {RangeError} If not even 512 MiB of address space can be had.
 */
export function openCore(): SharedCore {
  const module = new WebAssembly.Module(
    Uint8Array.fromBase64(CORE_WASM_BASE64),
  );
  for (let maximum = 4 * 1024 ** 3 / PAGE;; maximum /= 2) {
    try {
      const memory = new WebAssembly.Memory({
        initial: INITIAL_PAGES,
        maximum,
        shared: true,
      });
      return { module, memory, maximumBytes: maximum * PAGE };
    } catch (error) {
      if (maximum * PAGE <= 512 * 1024 ** 2) throw error;
    }
  }
}

/**
 * The numbers of a view in the order of `Job` in wasm/core.h.
 *
 * Beyond the clamps, x/z and y/z are held for the Jacobian: 0.3 times the
 * tangent of half the field of view outside the image, from the principal point.
 */
export function jobOf(camera: Camera, withObjectIds: boolean): Float64Array {
  const { width, height, fx, fy, cx, cy } = camera;
  const marginX = 0.3 * width / (2 * fx);
  const marginY = 0.3 * height / (2 * fy);
  return Float64Array.of(
    ...camera.rotation,
    ...camera.position,
    fx,
    fy,
    cx,
    cy,
    cx / fx + marginX,
    (width - cx) / fx + marginX,
    cy / fy + marginY,
    (height - cy) / fy + marginY,
    camera.near,
    camera.metresPerUnit,
    width,
    height,
    camera.projection === "orthographic" ? 1 : 0,
    withObjectIds ? 1 : 0,
  );
}

/**
 * Lays out room for `splats` in the core; packing them is up to {@linkcode packShare}.
 *
 * @throws {RangeError} If they do not fit.
 */
export function createScene(
  { module, memory, maximumBytes }: SharedCore,
  splats: Splats,
  workers: number,
): CoreExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const core = exports as unknown as CoreExports;
  const { count, shDegree, positions } = splats;
  const made = core.scene_create(
    count,
    shDegree,
    splats.antialiased ? 1 : 0,
    splats.objectIds ? 1 : 0,
    workers,
  );
  if (made === 0) {
    const each = core.splat_bytes();
    const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
    throw new RangeError(
      `Cannot load ${count} splats as ${
        mebibytes(each * count)
      } MiB must fit in ${mebibytes(maximumBytes)} MiB of memory: about ${
        Math.floor(maximumBytes / each)
      } splats would fit`,
    );
  }
  const size = Math.min(count, SAMPLE_SPLATS);
  const sample = new Float32Array(
    memory.buffer,
    core.stage_address(0),
    3 * size,
  );
  for (let i = 0; i < size; i++) {
    const at = 3 * Math.floor(i * count / size);
    sample.set(positions.subarray(at, at + 3), 3 * i);
  }
  core.morton_box(0, size);
  return core;
}

/** Copies of the pictures that the core has just made. */
export function outputsOf(
  core: CoreExports,
  memory: WebAssembly.Memory,
): ArrayBuffer[] {
  return Array.from({ length: core.view_has_ids() !== 0 ? 5 : 4 }, (_, i) => {
    const bytes = core.view_pixels() * (i === 4 ? 2 : 4);
    const copy = new Uint8Array(bytes);
    copy.set(new Uint8Array(memory.buffer, core.output_address(i), bytes));
    return copy.buffer;
  });
}

/** The pictures as a {@linkcode View}. */
export function viewOf(
  [color, depth, expected, alpha, ids]: readonly ArrayBuffer[],
  { width, height }: { width: number; height: number },
): View {
  return {
    width,
    height,
    data: new Uint8Array(color!),
    depth: new Float32Array(depth!),
    expectedDepth: new Float32Array(expected!),
    alpha: new Float32Array(alpha!),
    ...(ids ? { objectIds: new Uint16Array(ids) } : {}),
  };
}

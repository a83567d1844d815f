/**
 * Whether this device draws what it should: against the oracle, the processor's
 * renderer, itself, and with too little room.
 *
 * @module
 */

import type { Camera } from "../../src/render/camera.ts";
import type { View } from "../../src/render/renderer.ts";
import { createCpuRenderer } from "../../src/render/cpu/cpu_renderer.ts";
import { WebgpuRenderer } from "../../src/render/webgpu/webgpu_renderer.ts";
import { psnr, renderOracle } from "../../tests/render/oracle.ts";
import { cameraOf, VIEWS } from "../cameras.ts";
import { makeRoom } from "../room.ts";

const LENS = { width: 128, height: 128, fov: 75 };

/** What was found; each must be as its name says. */
export interface CheckFigures {
  /** dB, the worst of some views, 50,000 splats; 55 is asked. */
  readonly oraclePsnr: number;
  /** Share of pixels with alpha over 0.9 whose median depth is within 1 mm + 0.1 %; 0.99 is asked. */
  readonly depthShare: number;
  /** dB, the worst of some views, against the processor's renderer; 50 is asked. */
  readonly cpuPsnr: number;
  readonly repeats: number;
  /** Different results of the repeats; 1 is asked. */
  readonly hashes: number;
  /** Whether a view that ran out of room came out the same. */
  readonly overflowRecovers: boolean;
}

/** Runs all checks on `device`. */
export async function runChecks(
  device: GPUDevice,
  repeats: number,
): Promise<CheckFigures> {
  const splats = makeRoom(50_000);
  const cameras = VIEWS.map((view) => cameraOf(view, LENS));
  const renderer = await WebgpuRenderer.create(device, splats);
  const views = await renderer.renderMany(cameras);
  const hashes = new Set<string>();
  for (let i = 0; i < repeats; i++) {
    for (const view of await renderer.renderMany(cameras.slice(0, 1))) {
      hashes.add(await hashOf(view));
    }
  }
  renderer.destroy();
  const tight = await WebgpuRenderer.create(device, splats, {
    records: 1,
    pairs: 1,
  });
  const [again] = await tight.renderMany(cameras.slice(0, 1));
  tight.destroy();
  await using cpu = await createCpuRenderer(splats);
  const others = await cpu.renderMany(cameras);
  const few = cameras.slice(0, 4);
  const oracles = few.map((camera: Camera) => renderOracle(splats, camera));
  return {
    oraclePsnr: Math.min(...oracles.map((o, i) => psnr(views[i]!, o))),
    depthShare: Math.min(
      ...oracles.map(({ depth, alpha }, i) =>
        shareWithin(views[i]!, depth, alpha)
      ),
    ),
    cpuPsnr: Math.min(...others.map((other, i) => psnr(views[i]!, other))),
    repeats,
    hashes: hashes.size,
    overflowRecovers: await hashOf(again!) === await hashOf(views[0]!),
  };
}

async function hashOf(view: View): Promise<string> {
  const bytes = new Uint8Array(view.data.buffer as ArrayBuffer);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function shareWithin(
  view: View,
  depth: Float64Array,
  alpha: Float64Array,
): number {
  let [solid, near] = [0, 0];
  depth.forEach((truth, p) => {
    if (!(alpha[p]! > 0.9)) return;
    solid++;
    if (Math.abs(view.depth[p]! - truth) <= 0.001 + 0.001 * truth) near++;
  });
  return near / solid;
}

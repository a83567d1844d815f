/**
 * @playcanvas/splat-transform's `writeImage` on Deno's own WebGPU. It turns
 * .ply space by 180 degrees about z, the camera along with it, so that x and y
 * change sign here. Its views are one camera track: the scene stays on the device.
 *
 * @module
 */

import type { Vector3 } from "../../src/geometry/vector.ts";
import {
  answer,
  load,
  peakMemory,
  processorTime,
  sinceStart,
  task,
} from "./protocol.ts";

const { WebgpuGraphicsDevice } = await load("npm:playcanvas@2.23.3");
const {
  createChunkDataPool,
  logger,
  MemoryFileSystem,
  MemoryReadFileSystem,
  readFile,
  WebPCodec,
  writeImage,
} = await load("npm:@playcanvas/splat-transform@3.7.0");
const { ply, views, width, height, fov, warmup, picture } = task();

// What the engine expects of a browser, as the package's own command stubs it.
const canvas = {
  getContext: (): null => null,
  getBoundingClientRect: (): object => ({ left: 0, top: 0, width, height }),
  width,
  height,
};
Object.assign(globalThis, {
  window: globalThis,
  document: { createElement: (): object => canvas },
});

async function createDevice(): Promise<unknown> {
  const device = new WebgpuGraphicsDevice(canvas, {
    antialias: false,
    depth: false,
    stencil: false,
  });
  await device.createDevice();
  return device;
}

const files = new MemoryReadFileSystem();
files.set("scene.ply", await Deno.readFile(ply));
const [source] = await readFile({
  filename: "scene.ply",
  inputFormat: "ply",
  fileSystem: files,
});
const pool = createChunkDataPool();
const turned = ([x, y, z]: Vector3): { x: number; y: number; z: number } => ({
  x: -x,
  y: -y,
  z,
});

const done: number[] = [];
let cold = 0;
let cpuBefore = 0;
/** Remembers when each picture was complete. */
class TimedFileSystem extends MemoryFileSystem {
  createWriter(filename: string): { close(): Promise<void> } {
    const writer = super.createWriter(filename);
    const close = writer.close.bind(writer);
    writer.close = async (): Promise<void> => {
      await close();
      done.push(performance.now());
      cold ||= sinceStart();
      if (done.length === warmup) cpuBefore = processorTime();
    };
    return writer;
  }
}

logger.setVerbosity?.("quiet");
const written = new TimedFileSystem();
const all = [...views.slice(0, warmup), ...views];
await writeImage({
  filename: "view.webp",
  source: source!,
  pool,
  width,
  height,
  fov,
  near: 0.05,
  createDevice,
  webpEffort: 0,
  cameraTrack: {
    frameRate: 30,
    frameCount: all.length,
    poseAt: (frame: number) => {
      const { position, target } = all[Math.round(frame)]!;
      return { position: turned(position), target: turned(target), fov };
    },
  },
}, written);
const results: Map<string, Uint8Array> = written.results;
const cpu = (processorTime() - cpuBefore) / views.length;
const last = [...results].sort(([a], [b]) => a < b ? -1 : 1).at(-1)!;
const codec = await WebPCodec.create();
const decoded = codec.decodeRGBA(last[1]);
await Deno.writeFile(picture, decoded.rgba);
answer({
  name: "@playcanvas/splat-transform 3.7.0",
  device: "Deno's WebGPU",
  ms: done.slice(1).map((at, i) => at - done[i]!).slice(warmup - 1),
  cpu,
  cold,
  memory: peakMemory(),
});

/**
 * The scene on a device: one buffer a chunk, resident from load to disposal.
 *
 * @module
 */

import {
  type Buffers,
  DeviceMemoryError,
  inMegabytes,
} from "../../gpu/buffers.ts";
import type { Splats } from "../../scene/splats.ts";
import {
  chunkBytes,
  type ChunkLayout,
  chunkLayout,
  orderScene,
  packChunk,
  type SceneOrder,
} from "./packed_scene.ts";

/** Splats that lie in one buffer. */
export interface SceneChunk {
  /** Scene-wide Morton place of its first splat. */
  readonly first: number;
  readonly count: number;
  /** `Chunk` of `shaders/chunk.wgsl`. */
  readonly chunk: GPUBuffer;
  readonly splats: GPUBuffer;
}

/** Halvings by which it is found how many splats would fit: to 2 % of those asked for. */
const FIT_STEPS = 6;

/** A scene on a device. */
export interface GpuScene {
  readonly layout: ChunkLayout;
  readonly chunks: readonly SceneChunk[];
  /** One u32 a splat: the views that see it. */
  readonly visibleViews: GPUBuffer;
  /** Splats on the device. */
  readonly count: number;
  readonly origin: readonly number[];
  /** Box of the positions, relative to {@linkcode origin}; empty if there are no splats. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * Brings `splats` to the device.
 *
 * @throws {DeviceMemoryError} If there is no room; says what was asked and what would fit.
 */
export async function loadScene(
  buffers: Buffers,
  splats: Splats,
): Promise<GpuScene> {
  const order = orderScene(splats);
  const layout = chunkLayout(splats);
  const count = order.kept.length;
  const counts = divide(count, mostPerChunk(buffers.device, layout));
  const bytesAsked = counts.reduce(
    (sum, chunk) => sum + chunkBytes(layout, chunk),
    4 * count,
  );
  let loaded = 0;
  const chunks: SceneChunk[] = [];
  try {
    const visibleViews = await buffers.createChecked(
      "the views of each splat",
      () => buffers.create("visible_views", 4 * count, GPUBufferUsage.STORAGE),
    );
    for (const chunkCount of counts) {
      chunks.push(
        await loadChunk(buffers, order, {
          layout,
          first: loaded,
          count: chunkCount,
        }),
      );
      loaded += chunkCount;
    }
    const { origin, low, high } = order;
    return { layout, chunks, visibleViews, count, origin, low, high };
  } catch (cause) {
    if (!(cause instanceof DeviceMemoryError)) throw cause;
    buffers.destroyAll();
    const fitting = await mostThatFit(buffers, layout, count);
    throw new DeviceMemoryError(
      `Cannot load ${count} splats as the device must have ${
        inMegabytes(bytesAsked)
      } free: ${
        inMegabytes(fitting * (layout.bytesPerSplat + 4))
      } (${fitting} splats) would fit`,
      bytesAsked,
      { cause },
    );
  }
}

/** About how many of `count` splats the device has room for now: room is asked for and given back. */
async function mostThatFit(
  buffers: Buffers,
  layout: ChunkLayout,
  count: number,
): Promise<number> {
  const { device } = buffers;
  const most = mostPerChunk(device, layout);
  let [fits, fails] = [0, count];
  for (let step = 0; step < FIT_STEPS; step++) {
    const tried = Math.floor((fits + fails) / 2);
    const sizes = [
      4 * tried,
      ...divide(tried, most).map((splats) => chunkBytes(layout, splats)),
    ];
    try {
      await buffers.createChecked(
        "a trial",
        () =>
          sizes.map((bytes) =>
            buffers.create("trial", bytes, GPUBufferUsage.STORAGE)
          ),
      );
      fits = tried;
    } catch (error) {
      if (!(error instanceof DeviceMemoryError)) throw error;
      fails = tried;
    }
    buffers.destroyAll();
    device.queue.submit([]); // frees what was destroyed
  }
  return fits;
}

interface ChunkPlace {
  readonly layout: ChunkLayout;
  readonly first: number;
  readonly count: number;
}

async function loadChunk(
  buffers: Buffers,
  order: SceneOrder,
  { layout, first, count }: ChunkPlace,
): Promise<SceneChunk> {
  const { queue } = buffers.device;
  const made = await buffers.createChecked("a part of the scene", () => ({
    chunk: buffers.create(
      "chunk",
      16,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    ),
    splats: buffers.create(
      "splats",
      chunkBytes(layout, count),
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    ),
  }));
  queue.writeBuffer(made.chunk, 0, Uint32Array.of(first, count));
  packChunk(order, layout, {
    first,
    count,
    write: (offset, words) => {
      queue.writeBuffer(made.splats, offset, words);
      queue.submit([]); // so that the copies do not pile up
    },
  });
  return { first, count, ...made };
}

/** Splats that one binding has room for, a multiple of four. */
function mostPerChunk(
  device: GPUDevice,
  { bytesPerSplat }: ChunkLayout,
): number {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const bytes = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  return Math.floor(bytes / bytesPerSplat / 4) * 4 - 4;
}

function divide(count: number, most: number): number[] {
  const counts: number[] = [];
  for (let rest = count; rest > 0; rest -= most) {
    counts.push(Math.min(rest, most));
  }
  return counts;
}

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
import type { ShReader } from "../../scene/file_sh.ts";
import { free } from "../../scene/free.ts";
import type { Splats } from "../../scene/splats.ts";
import {
  BLOCK_SPLATS,
  chunkBytes,
  type ChunkLayout,
  chunkLayout,
  packBlocks,
} from "./packed_scene.ts";
import { PlacePass } from "./place_pass.ts";
import { NOWHERE, orderScene, type SceneOrder } from "./scene_order.ts";

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
 * @param fileSh reads their SH coefficients if those lie in a file
 * @throws {DeviceMemoryError} If there is no room; says what was asked and what would fit.
 */
export async function loadScene(
  buffers: Buffers,
  splats: Splats,
  fileSh?: ShReader,
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
      const place = { first: loaded, count: chunkCount };
      chunks.push(await createChunk(buffers, layout, place));
      loaded += chunkCount;
    }
    for (const chunk of chunks) {
      writeOrder(buffers.device, order, { layout, chunk });
    }
    free(order.kept, order.slots); // The splats need the room.
    await fillChunks(buffers, order, { layout, chunks, fileSh });
    free(order.places);
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

/** A chunk without its splats. */
async function createChunk(
  buffers: Buffers,
  layout: ChunkLayout,
  { first, count }: { first: number; count: number },
): Promise<SceneChunk> {
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
  buffers.device.queue.writeBuffer(
    made.chunk,
    0,
    Uint32Array.of(first, count),
  );
  return { first, count, ...made };
}

/** Packs the splats block by block; the device brings each to its place. */
async function fillChunks(
  buffers: Buffers,
  order: SceneOrder,
  { layout, chunks, fileSh }: Pick<GpuScene, "layout" | "chunks"> & {
    fileSh: ShReader | undefined;
  },
): Promise<void> {
  const { device } = buffers;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const [rows, places] = await buffers.createChecked(
    "a block of the scene on its way",
    () =>
      [
        buffers.create(
          "rows",
          4 * layout.rowWords * BLOCK_SPLATS,
          usage,
        ),
        buffers.create("places", 4 * BLOCK_SPLATS, usage),
      ] as const,
  );
  const pass = new PlacePass(device, layout);
  const bound = chunks.map(({ chunk, splats }) =>
    pass.bind({ chunk, rows, places, splats })
  );
  const target = new Uint32Array(BLOCK_SPLATS);
  for (const block of packBlocks(order, layout, fileSh)) {
    target.fill(NOWHERE).set(block.places);
    device.queue.writeBuffer(rows, 0, block.rows);
    device.queue.writeBuffer(places, 0, target);
    const encoder = device.createCommandEncoder({ label: "place" });
    const compute = encoder.beginComputePass({ label: "place" });
    bound.forEach((chunk) => pass.encode(compute, chunk, block.places.length));
    compute.end();
    device.queue.submit([encoder.finish()]); // at once, so that copies do not pile up
  }
  buffers.destroy(rows, places);
}

/** Writes what lies behind the planes: places in the file, then object ids. */
function writeOrder(
  { queue }: GPUDevice,
  { splats, kept, slots }: SceneOrder,
  { layout, chunk }: { layout: ChunkLayout; chunk: SceneChunk },
): void {
  const { first, count } = chunk;
  const order = slots.subarray(first, first + count);
  const offset = 16 * layout.fileOrderPlane * count;
  queue.writeBuffer(chunk.splats, offset, order);
  const { objectIds } = splats;
  if (!objectIds) return;
  const ids = order.map((rank) => objectIds[kept[rank]!]!);
  queue.writeBuffer(chunk.splats, offset + 16 * Math.ceil(count / 4), ids);
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

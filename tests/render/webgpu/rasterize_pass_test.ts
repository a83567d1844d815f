import assert from "node:assert/strict";
import { randomNumbers } from "../../../bench/room.ts";
import { RasterizePass } from "../../../src/render/webgpu/rasterize_pass.ts";
import { gpuTest } from "../../gpu/test_device.ts";
import { batchOf, cameraOf } from "./batch_of.ts";
import { log2AlphaAt, type RecordValues, writeRecord } from "./record.ts";

const [WIDTH, HEIGHT, TILES_X] = [40, 20, 3];

function randomRecords(count: number): RecordValues[] {
  const random = randomNumbers(3);
  return Array.from({ length: count }, (_, i) => {
    const size = 0.5 + 8 * random();
    return {
      x: WIDTH * random(),
      y: HEIGHT * random(),
      z: 1 + i / count,
      l00: 0.85 / size,
      l10: (random() - 0.5) / size,
      l11: 0.85 / (size * (0.2 + random())),
      opacity: 0.02 + 0.98 * random(),
      color: [random(), random(), 1.5 * random()],
    };
  });
}

/** A pixel by the book: colour, median depth, expected depth, alpha, median record. */
function blend(records: RecordValues[], place: [number, number]): number[] {
  const color = [0, 0, 0];
  let [left, sum, median, at] = [1, 0, 0, -1];
  for (const [i, record] of records.entries()) {
    const alpha = Math.min(0.99, 2 ** log2AlphaAt(record, place));
    if (alpha < 1 / 255) continue;
    if (left * (1 - alpha) < 1e-4) break;
    record.color.forEach((channel, c) => color[c]! += left * alpha * channel);
    sum += left * alpha * record.z;
    if (left >= 0.5 && left * (1 - alpha) < 0.5) [median, at] = [record.z, i];
    left *= 1 - alpha;
  }
  const expected = left < 1 ? sum / (1 - left) : 0;
  return [...color, median, expected, 1 - left, at];
}

gpuTest("RasterizePass blends each tile's splats by the book", async (gpu) => {
  const records = randomRecords(150);
  // The middle tile of the upper row has none; the others have all, twice a batch and more.
  const tiles = [0, 2, 3, 4, 5];
  const ranges = new Uint32Array(2 * 2 * 6);
  const first = 6 * 2; // of the second view, whose tiles the first's follow
  for (const tile of tiles) ranges.set([0, records.length], first + 2 * tile);
  const stride = 160;
  const words = new Uint32Array(8 * 2 * stride);
  const ids = new Uint32Array(2 * stride);
  records.forEach((record, i) => {
    words.set(writeRecord(record), 8 * (stride + i));
    ids[stride + i] = 100 + i;
  });
  const pairRecord = Uint32Array.from(
    { length: 2 * stride },
    (_, i) => i % stride,
  );
  const pixels = WIDTH * HEIGHT;
  const picture = gpu.zeros(2 * 5 * pixels);
  const camera = cameraOf(16, { metresPerUnit: 2 });
  const pass = new RasterizePass(gpu.device);
  const bound = pass.bind({
    batch: gpu.upload(batchOf({
      width: WIDTH,
      height: HEIGHT,
      tiles_x: TILES_X,
      tiles_y: 2,
      record_stride: stride,
      pair_stride: stride,
      with_object_ids: 1,
    }, [camera, camera])),
    records: gpu.upload(words),
    pairRecord: gpu.upload(pairRecord),
    tileRange: gpu.upload(ranges),
    recordObject: gpu.upload(ids),
    picture,
  });
  gpu.run((encoder) =>
    pass.encode(encoder, bound, { tilesX: TILES_X, tilesY: 2, views: 2 })
  );
  const found = (await gpu.read(picture)).slice(5 * pixels);
  const bytes = new Uint8Array(found.buffer);
  const floats = new Float32Array(found.buffer);
  let ended = 0;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const p = y * WIDTH + x;
      const empty = y < 16 && x >= 16 && x < 32;
      const truth = blend(empty ? [] : records, [x + 0.5, y + 0.5]);
      const [median, expected, alpha, at] = truth.slice(3) as [
        number,
        number,
        number,
        number,
      ];
      const near = (name: string, a: number, b: number, error: number): void =>
        assert.ok(
          Math.abs(a - b) <= error,
          `${name} at ${x},${y}: ${a}, not ${b}`,
        );
      for (let c = 0; c < 3; c++) {
        const value = 255 * Math.min(1, truth[c]!);
        near("colour", bytes[4 * p + c]!, value, 1.1);
      }
      assert.equal(bytes[4 * p + 3], 255);
      near("alpha", floats[3 * pixels + p]!, alpha, 1e-3);
      near("expected depth", floats[2 * pixels + p]!, 2 * expected, 1e-3);
      near("median depth", floats[pixels + p]!, 2 * median, 1e-6);
      assert.equal(found[4 * pixels + p], at < 0 ? 0 : 100 + at);
      if (alpha > 0.999) ended++;
    }
  }
  assert.ok(ended > 50, "many pixels should end before the last splat");
});

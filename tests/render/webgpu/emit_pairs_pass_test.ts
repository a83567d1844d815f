import assert from "node:assert/strict";
import { randomNumbers } from "../../../bench/room.ts";
import { EmitPairsPass } from "../../../src/render/webgpu/emit_pairs_pass.ts";
import { gpuTest } from "../../gpu/test_device.ts";
import { batchOf } from "./batch_of.ts";
import { log2AlphaAt, type RecordValues, writeRecord } from "./record.ts";

const LOG2_MIN_ALPHA = Math.log2(1 / 255);

/** Records of all shapes in and around a picture of 160 x 144 pixels. */
function randomRecords(count: number): RecordValues[] {
  const random = randomNumbers(5);
  return Array.from({ length: count }, () => {
    const size = 10 ** (-0.3 + 2.8 * random());
    return {
      x: 240 * random() - 40,
      y: 220 * random() - 40,
      z: 1,
      l00: 0.85 / size,
      l10: (random() - 0.5) * 2 / size,
      l11: 0.85 / (size * 10 ** (1.5 * random() - 1)),
      opacity: 1 / 255 + random() * (1 - 1 / 255),
      color: [0, 0, 0],
    };
  });
}

/** Tiles with a pixel of which alpha is at least 1/255, by looking at all of them. */
function tilesOf(record: RecordValues, slack: number): Set<number> {
  const tiles = new Set<number>();
  for (let y = 0; y < 144; y++) {
    for (let x = 0; x < 160; x++) {
      if (log2AlphaAt(record, [x + 0.5, y + 0.5]) + slack >= LOG2_MIN_ALPHA) {
        tiles.add((y >> 4) * 10 + (x >> 4));
      }
    }
  }
  return tiles;
}

gpuTest(
  "EmitPairsPass lists exactly the tiles that a splat reaches, in order",
  async (gpu) => {
    const records = randomRecords(300);
    const stride = 320;
    const room = 40; // pairs for each splat, more than tiles some of them have
    const order = records.map((_, i) => (i * 7) % records.length);
    const words = new Uint32Array(8 * stride);
    records.forEach((record, i) => words.set(writeRecord(record), 8 * i));
    const pass = new EmitPairsPass(gpu.device);
    const pad = (values: number[]): Uint32Array => {
      const padded = new Uint32Array(stride);
      padded.set(values);
      return padded;
    };
    // Big splats have 90 tiles, so room for 90; the others 40.
    const counts = order.map((index) =>
      tilesOf(records[index]!, 0.02).size > 40 ? 90 : room
    );
    let total = 0;
    const offsets = counts.map((count) => (total += count) - count);
    const out = { pairTile: gpu.zeros(total), pairRecord: gpu.zeros(total) };
    const bound = pass.bind({
      batch: gpu.upload(batchOf({
        width: 160,
        height: 144,
        tiles_x: 10,
        tiles_y: 9,
        record_stride: stride,
        pair_stride: total,
      })),
      counters: gpu.upload(Uint32Array.of(records.length, total)),
      records: gpu.upload(words),
      order: gpu.upload(pad(order)),
      pairOffset: gpu.upload(pad(offsets)),
      ...out,
    });
    gpu.run((encoder) =>
      pass.encode(encoder, bound, { records: stride, views: 1 })
    );
    const [tile, record] = [
      await gpu.read(out.pairTile),
      await gpu.read(out.pairRecord),
    ];
    assert.ok(counts.includes(90) && counts.includes(room));
    let listed = 0;
    let reached = 0;
    order.forEach((index, i) => {
      const range = [offsets[i]!, offsets[i]! + counts[i]!] as const;
      const tiles = [...tile.slice(...range)].filter((t) => t !== 90);
      // What is not needed is marked as no tile, at the end.
      assert.ok(
        tile.slice(range[0] + tiles.length, range[1]).every((t) => t === 90),
      );
      assert.ok(record.slice(...range).every((r) => r === index));
      assert.deepEqual(tiles, [...new Set(tiles)].sort((a, b) => a - b));
      for (const t of tilesOf(records[index]!, -1e-4)) {
        assert.ok(tiles.includes(t), `splat ${index} lacks tile ${t}`);
      }
      listed += tiles.length;
      reached += tilesOf(records[index]!, 0).size;
    });
    // The ellipse may cross a tile between its pixel centres.
    assert.ok(listed < 1.1 * reached, `${listed} for ${reached}`);
  },
);

import assert from "node:assert/strict";
import { randomNumbers } from "../../../bench/room.ts";
import { chunkLayout } from "../../../src/render/webgpu/packed_scene.ts";
import { PlacePass } from "../../../src/render/webgpu/place_pass.ts";
import { NOWHERE } from "../../../src/render/webgpu/scene_order.ts";
import { gpuTest } from "../../gpu/test_device.ts";

/** Half of a row at which its higher SH coefficients start. */
const FIRST_SH = 18;

/** The coefficients behind the constant one in a splat's words from plane 2 on, and their range. */
function unpacked(
  words: Uint32Array,
  rangeCode: number,
): { range: number; values: number[] } {
  const range = 2 ** (rangeCode / 2 - 15);
  const values = [...words.subarray(1)].flatMap((word) => [
    range * (word << 21 >> 21) / 1023,
    range * (word << 10 >> 21) / 1023,
    range * (word >> 22) / 511,
  ]);
  return { range, values };
}

for (const shDegree of [0, 1, 2, 3] as const) {
  gpuTest(
    `PlacePass brings each row of SH degree ${shDegree} to its chunk and place`,
    async (gpu) => {
      const layout = chunkLayout({ shDegree });
      const { fileOrderPlane: planes, rowWords, shCount } = layout;
      const [count, rows] = [700, 512];
      // Every place once, in mixed order; the last rows have none.
      const places = Uint32Array.from(
        { length: rows },
        (_, row) => row < 500 ? row * 333 % count : NOWHERE,
      );
      const random = randomNumbers(1);
      const packed = Uint32Array.from(
        { length: rowWords * rows },
        () => 2 ** 32 * random(),
      );
      const halves = new Float16Array(packed.buffer);
      for (let row = 0; row < rows; row++) {
        packed[rowWords * row + 3]! &= 0x3ffffff;
        // Some all zero, some of all that half floats hold.
        const size = row % 9 === 0 ? 0 : 2 ** (row % 40 - 24);
        for (let i = 0; i < 3 * shCount; i++) {
          halves[2 * rowWords * row + FIRST_SH + i] = size * (2 * random() - 1);
        }
      }
      const chunks = [{ first: 0, count: 300 }, { first: 300, count: 400 }];
      const pass = new PlacePass(gpu.device, layout);
      let placed = 0;
      for (const { first, count } of chunks) {
        const splats = gpu.zeros(4 * planes * count);
        const bound = pass.bind({
          chunk: gpu.upload(Uint32Array.of(first, count, 0, 0).buffer),
          rows: gpu.upload(packed),
          places: gpu.upload(places),
          splats,
        });
        gpu.run((encoder) => pass.encode(encoder, bound, rows));
        const found = await gpu.read(splats);
        const written = new Set<number>();
        places.forEach((place, row) => {
          const at = place - first;
          if (at < 0 || at >= count) return;
          written.add(at);
          const words = Uint32Array.from(
            { length: 4 * planes },
            (_, i) => found[4 * ((i >> 2) * count + at) + (i & 3)]!,
          );
          const truth = packed.subarray(rowWords * row, rowWords * (row + 1));
          const rangeCode = words[3]! >>> 26;
          words[3]! &= 0x3ffffff;
          assert.deepEqual(words.subarray(0, 9), truth.subarray(0, 9));
          const { range, values } = unpacked(words.subarray(8), rangeCode);
          const from = 2 * rowWords * row + FIRST_SH;
          const wanted = halves.subarray(from, from + 3 * shCount);
          const largest = Math.max(0, ...wanted.map(Math.abs));
          assert.ok(range > 0.9999 * largest, `${range} for ${largest}`);
          assert.ok(range < 1.42 * Math.max(largest, 2 ** -15), `${range}`);
          values.forEach((value, i) => {
            const steps = i % 3 === 2 ? 511 : 1023;
            const error = 1.01 * range / steps / 2 + 1e-4 * range;
            assert.ok(
              Math.abs(value - (wanted[i] ?? 0)) <= error,
              `${i}: ${value} for ${wanted[i]}, range ${range}`,
            );
          });
        });
        for (let at = 0; at < count; at++) {
          if (!written.has(at)) assert.equal(found[4 * at], 0);
        }
        placed += written.size;
      }
      assert.equal(placed, 500);
    },
  );
}

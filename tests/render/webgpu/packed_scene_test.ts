import assert from "node:assert/strict";
import { makeRoom } from "../../../bench/room.ts";
import {
  allocateSplats,
  type ShDegree,
  type Splats,
} from "../../../src/scene/splats.ts";
import {
  chunkBytes,
  chunkLayout,
  orderScene,
  packChunk,
} from "../../../src/render/webgpu/packed_scene.ts";

/** Packs `splats` as chunks of at most `most`, each as one array. */
function pack(splats: Splats, most: number): Uint32Array[] {
  const scene = orderScene(splats);
  const layout = chunkLayout(splats);
  const chunks: Uint32Array[] = [];
  for (let first = 0; first < scene.kept.length; first += most) {
    const count = Math.min(most, scene.kept.length - first);
    const words = new Uint32Array(chunkBytes(layout, count) / 4);
    packChunk(scene, layout, {
      first,
      count,
      write: (offset, piece) => words.set(piece, offset / 4),
    });
    chunks.push(words);
  }
  return chunks;
}

function randomScene(count: number, shDegree: ShDegree): Splats {
  const room = makeRoom(count);
  const splats = allocateSplats(count, shDegree, { withObjectIds: true });
  for (const name of ["positions", "scales", "rotations", "colors"] as const) {
    splats[name].set(room[name]);
  }
  splats.opacities.set(room.opacities.map((value) => Math.max(0.1, value)));
  const per = splats.sh.length / count;
  splats.sh.set(room.sh.subarray(0, per * count));
  splats.objectIds!.set(splats.objectIds!.map((_, i) => i % 1000));
  return splats;
}

const halfOf = (bits: number): number =>
  new Float16Array(Uint16Array.of(bits).buffer)[0]!;
const floatOf = (bits: number): number =>
  new Float32Array(Uint32Array.of(bits).buffer)[0]!;
const snormOf = (bits: number): number =>
  Math.max(-1, Int16Array.of(bits)[0]! / 32767);

for (const shDegree of [0, 1, 2, 3] as const) {
  Deno.test(`packing splats of SH degree ${shDegree} loses next to nothing`, () => {
    const count = 1000;
    const splats = randomScene(count, shDegree);
    const { origin } = orderScene(splats);
    const layout = chunkLayout(splats);
    const per = splats.sh.length / count;
    const seen = new Set<number>();
    for (const chunk of pack(splats, 384)) {
      const size = Math.min(384, count - seen.size);
      for (let i = 0; i < size; i++) {
        const word = (plane: number, part: number): number =>
          chunk[4 * (plane * size + i) + part]!;
        const orders = 4 * layout.fileOrderPlane * size;
        const index = chunk[orders + i]!; // all splats are kept
        seen.add(index);
        const ids = orders + 4 * Math.ceil(size / 4);
        assert.equal(chunk[ids + i], splats.objectIds![index]);

        const near = (found: number, value: number, error: number): void =>
          assert.ok(
            Math.abs(found - value) <= error,
            `splat ${index}: ${found} for ${value}`,
          );
        for (let axis = 0; axis < 3; axis++) {
          const position = floatOf(word(0, axis)) + origin[axis as 0];
          near(position, splats.positions[3 * index + axis]!, 1e-6);
        }
        near((word(0, 3) & 0xffff) / 65535, splats.opacities[index]!, 1e-5);

        const codes = [
          word(1, 2) & 0x1fffff,
          word(1, 2) >>> 21 | (word(1, 3) & 0x3ff) << 11,
          word(1, 3) >>> 10 & 0x1fffff,
        ];
        const scales = splats.scales.subarray(3 * index, 3 * index + 3);
        codes.forEach((code, axis) =>
          near(2 ** (code / 32768 - 32) / scales[axis]!, 1, 2e-5)
        );
        const largest = 2 ** ((word(0, 3) >>> 16) / 1024 - 32);
        assert.ok(
          largest >= (1 - 1e-9) * Math.max(...scales) &&
            largest <= 1.001 * Math.max(...scales),
        );
        for (let part = 0; part < 4; part++) {
          const bits = word(1, part >> 1) >>> 16 * (part & 1);
          near(snormOf(bits), splats.rotations[4 * index + part]!, 2e-5);
        }
        for (let half = 0; half < 3 + per; half++) {
          const bits = word(2 + (half >> 3), (half & 7) >> 1) >>>
              16 * (half & 1) & 0xffff;
          if (half < 3) {
            near(halfOf(bits), splats.colors[3 * index + half]!, 1e-3);
          } else assert.equal(halfOf(bits), splats.sh[per * index + half - 3]);
        }
      }
    }
    assert.equal(seen.size, count);
  });
}

Deno.test("orderScene() leaves out what cannot be drawn and keeps the rest", () => {
  const poison: [keyof Splats & string, number, number][] = [
    ["positions", 0, NaN],
    ["positions", 1, Infinity],
    ["positions", 2, 1e20],
    ["scales", 0, NaN],
    ["scales", 1, Infinity],
    ["scales", 2, 1e20],
    ["rotations", 3, NaN],
    ["opacities", 0, NaN],
    ["opacities", 0, 0.003],
    ["colors", 1, -Infinity],
    ["sh", 44, NaN],
    ["sh", 0, Infinity],
  ];
  const splats = makeRoom(poison.length + 1);
  splats.opacities.fill(0.5);
  poison.forEach(([name, part, value], i) => {
    const values = splats[name] as Float32Array;
    values[i * values.length / splats.count + part] = value;
  });
  assert.deepEqual([...orderScene(splats).kept], [poison.length]);

  const turnless = makeRoom(1);
  turnless.rotations.fill(0);
  assert.equal(orderScene(turnless).kept.length, 0);
});

Deno.test("orderScene() keeps flat and pointlike splats", () => {
  const splats = makeRoom(2);
  splats.opacities.fill(0.5);
  splats.scales.set([0, 0.1, 0.1, 0, 0, 0]);
  assert.equal(orderScene(splats).kept.length, 2);
});

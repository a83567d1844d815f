import assert from "node:assert/strict";
import { makeRoom } from "../../../bench/room.ts";
import {
  allocateSplats,
  type ShDegree,
  type Splats,
} from "../../../src/scene/splats.ts";
import {
  BLOCK_SPLATS,
  chunkLayout,
  packBlocks,
} from "../../../src/render/webgpu/packed_scene.ts";
import { NOWHERE, orderScene } from "../../../src/render/webgpu/scene_order.ts";

/** The packed rows of `splats`, one after another. */
function pack(splats: Splats): Uint32Array {
  const layout = chunkLayout(splats);
  const order = orderScene(splats);
  const blocks = [...packBlocks(order, layout)].map(({ rows }) => rows.slice());
  return new Uint32Array(blocks.flatMap((rows) => [...rows]));
}

function randomScene(count: number, shDegree: ShDegree): Splats {
  const room = makeRoom(count);
  const splats = allocateSplats(count, shDegree);
  for (const name of ["positions", "scales", "rotations", "colors"] as const) {
    splats[name].set(room[name]);
  }
  splats.opacities.set(room.opacities.map((value) => Math.max(0.1, value)));
  const per = splats.sh.length / count;
  splats.sh.set(room.sh.subarray(0, per * count));
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
    const rows = pack(splats);
    assert.equal(rows.length, 4 * layout.fileOrderPlane * count);
    for (let index = 0; index < count; index++) {
      const word = (plane: number, part: number): number =>
        rows[4 * (layout.fileOrderPlane * index + plane) + part]!;
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
  });
}

Deno.test("packBlocks() says where each splat belongs, block by block", () => {
  const splats = makeRoom(BLOCK_SPLATS + 100);
  splats.opacities.fill(0.5);
  splats.opacities.fill(0, 10, 20); // left out
  const order = orderScene(splats);
  const lengths: number[] = [];
  let index = 0;
  let rank = 0;
  for (const { rows, places } of packBlocks(order, chunkLayout(splats))) {
    lengths.push(places.length);
    assert.equal(rows.length, 4 * 8 * places.length);
    for (const place of places) {
      if (index >= 10 && index < 20) assert.equal(place, NOWHERE);
      else assert.equal(order.slots[place], rank++);
      index++;
    }
  }
  assert.deepEqual(lengths, [BLOCK_SPLATS, 100]);
});

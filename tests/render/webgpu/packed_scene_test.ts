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
/** The quaternion in `words`, its largest part positive, by `shaders/chunk.wgsl`. */
function rotationOf([a, b]: [number, number]): number[] {
  const parts = [a >>> 2 & 0x7fff, a >>> 17, b & 0x7fff].map((code) =>
    (code - 16384) / 16383 * Math.SQRT1_2
  );
  const square = parts.reduce((sum, part) => sum + part * part, 0);
  return parts.toSpliced(a & 3, 0, Math.sqrt(1 - square));
}

for (const shDegree of [0, 1, 2, 3] as const) {
  Deno.test(`packing splats of SH degree ${shDegree} loses next to nothing`, () => {
    const count = 1000;
    const splats = randomScene(count, shDegree);
    const { origin } = orderScene(splats);
    const layout = chunkLayout(splats);
    const per = splats.sh.length / count;
    const rows = pack(splats);
    assert.equal(rows.length, layout.rowWords * count);
    for (let index = 0; index < count; index++) {
      const word = (plane: number, part: number): number =>
        rows[layout.rowWords * index + 4 * plane + part]!;
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
      const largest = 2 ** ((word(0, 3) >>> 16) / 16 - 32);
      assert.ok(
        largest >= (1 - 1e-9) * Math.max(...scales) &&
          largest <= 1.045 * Math.max(...scales),
      );
      const turn = [...splats.rotations.subarray(4 * index, 4 * index + 4)];
      const found = rotationOf([word(1, 0), word(1, 1)]);
      const sign = Math.sign(found.reduce((s, q, i) => s + q * turn[i]!, 0));
      found.forEach((part, i) => near(part, sign * turn[i]!, 5e-5));
      const halves = new Uint16Array(
        rows.slice(layout.rowWords * index, layout.rowWords * (index + 1))
          .buffer,
      );
      [16, 17, 11].forEach((at, channel) =>
        near(halfOf(halves[at]!), splats.colors[3 * index + channel]!, 1e-3)
      );
      for (let i = 0; i < per; i++) {
        assert.equal(halfOf(halves[18 + i]!), splats.sh[per * index + i]);
      }
    }
  });
}

Deno.test("packBlocks() takes quaternions of any length and whichever part is largest", () => {
  const turns = [[1, 0, 0, 0], [0, -2, 0, 0], [0, 0, 0.1, 0], [0, 0, 0, -1]]
    .concat([[1, 1, 1, 1], [-3, 3, -3, 3], [1, -2, 3, -4], [1e-9, 2e-9, 0, 0]]);
  const splats = makeRoom(turns.length);
  splats.opacities.fill(0.5);
  splats.rotations.set(turns.flat());
  const stride = chunkLayout(splats).rowWords;
  const rows = pack(splats);
  turns.forEach((turn, i) => {
    const found = rotationOf([rows[stride * i + 4]!, rows[stride * i + 5]!]);
    const norm = Math.hypot(...turn);
    const cosine = found.reduce((s, q, k) => s + q * turn[k]! / norm, 0);
    assert.ok(Math.abs(cosine) > 1 - 1e-8, `${turn}: ${found}`);
    if (turn.filter((part) => part !== 0).length === 1) {
      assert.equal(Math.abs(cosine), 1, "a turn about an axis stays one");
    }
  });
});

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
    assert.equal(rows.length, 32 * places.length);
    for (const place of places) {
      if (index >= 10 && index < 20) assert.equal(place, NOWHERE);
      else assert.equal(order.slots[place], rank++);
      index++;
    }
  }
  assert.deepEqual(lengths, [BLOCK_SPLATS, 100]);
});

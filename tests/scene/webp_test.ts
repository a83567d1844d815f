import assert from "node:assert/strict";
import encodeWebp from "@jsquash/webp/encode.js";
import fc from "fast-check";
import { createWebpDecoder, readWebpHeader } from "../../src/scene/webp.ts";
import { losslessWebp } from "./encode_sog.ts";

Deno.test("createWebpDecoder(): every byte survives, also under any alpha", async () => {
  const decode = await createWebpDecoder();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(),
      async (width, height, seed) => {
        let state = seed | 1;
        const pixels = Uint8Array.from({ length: 4 * width * height }, () => {
          state = Math.imul(state, 1664525) + 1013904223;
          return state >>> 24;
        });
        const bytes = await losslessWebp(pixels, { width, height });
        assert.deepEqual(readWebpHeader(bytes), { width, height });
        const image = decode(bytes);
        assert.deepEqual([image.width, image.height], [width, height]);
        assert.deepEqual(image.data, pixels);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("readWebpHeader(): the largest size there is", () => {
  const bytes = new Uint8Array(40);
  bytes.set(new TextEncoder().encode("RIFF    WEBPVP8L    "));
  bytes.set([0x2f, 0xff, 0xff, 0xff, 0x0f], 20);
  assert.deepEqual(readWebpHeader(bytes), { width: 16384, height: 16384 });
});

Deno.test("readWebpHeader(): lossy pictures and other files are refused", async () => {
  const image = {
    data: new Uint8ClampedArray(16 * 16 * 4),
    width: 16,
    height: 16,
    colorSpace: "srgb",
  } as ImageData;
  const lossy = new Uint8Array(await encodeWebp(image, { lossless: 0 }));
  assert.throws(() => readWebpHeader(lossy), /lossless/);
  assert.throws(() => readWebpHeader(new Uint8Array(100)), SyntaxError);
  const whole = await losslessWebp(new Uint8Array(64), { width: 4, height: 4 });
  for (let length = 0; length < 25; length++) {
    assert.throws(() => readWebpHeader(whole.subarray(0, length)), SyntaxError);
  }
});

Deno.test("createWebpDecoder(): damaged pixels are refused or decoded, never worse", async () => {
  const decode = await createWebpDecoder();
  const pixels = Uint8Array.from({ length: 4096 }, (_, i) => i * i >> 3);
  const whole = await losslessWebp(pixels, { width: 32, height: 32 });
  for (let length = 25; length < whole.length; length += 3) {
    assert.throws(() => decode(whole.subarray(0, length)), SyntaxError);
  }
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const changed = Uint8Array.from(whole);
      changed[at] = value;
      try {
        const { data, width, height } = decode(changed);
        assert.equal(data.length, 4 * width * height);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 400 },
  );
});

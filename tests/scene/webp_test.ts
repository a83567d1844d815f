import assert from "node:assert/strict";
import encodeWebp from "@jsquash/webp/encode.js";
import fc from "fast-check";
import { decodeWebp, readWebpHeader } from "../../src/scene/webp.ts";
import { losslessWebp } from "./encode_sog.ts";
import { WebpWriter } from "./write_webp.ts";

Deno.test("decodeWebp(): every byte survives, also under any alpha", async () => {
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
        const image = decodeWebp(bytes);
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

Deno.test("decodeWebp(): damaged pixels are refused or decoded, never worse", async () => {
  const pixels = Uint8Array.from({ length: 4096 }, (_, i) => i * i >> 3);
  const whole = await losslessWebp(pixels, { width: 32, height: 32 });
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => decodeWebp(whole.subarray(0, length)), SyntaxError);
  }
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const changed = Uint8Array.from(whole);
      changed[at] = value;
      try {
        const { data, width, height } = decodeWebp(changed);
        assert.equal(data.length, 4 * width * height);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 400 },
  );
});

Deno.test("decodeWebp(): a picture made for CVE-2023-4863 is refused", () => {
  // How many codes have the lengths 0, 1, ... 15. All but the last are whole
  // and leave its table room for 420 entries.
  const green = [0, 1, 1, 0, 2, 0, 0, 0, 0, 19, 16, 91, 81, 65, 0, 4];
  const other = [0, 1, 0, 1, 0, 0, 1, 0, 1, 145, 45, 57, 1, 1, 1, 2];
  const whole = [0, 1, 1, 1, 1, 1, 0, 0, 0, 3, 25, 1, 1, 1, 0, 4];
  const beyond = [0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 3, 5, 1, 1, 0, 20]; // 517
  const colours = [green, other, other, other];
  const good = codedWebp([...colours, whole]);
  assert.deepEqual(decodeWebp(good).data, new Uint8Array(4));
  assert.throws(
    () => decodeWebp(codedWebp([...colours, beyond])),
    /must use up its bits/,
  );
});

/** One pixel whose five codes have so many of the lengths 0 to 15. */
function codedWebp(codes: readonly (readonly number[])[]): Uint8Array {
  const picture = new WebpWriter({ width: 1, height: 1 });
  picture.put(0, 3); // neither transforms, cache nor groups
  for (const [i, counts] of codes.entries()) {
    const lengths = counts.flatMap((n, length) => Array(n).fill(length));
    picture.putLengths(lengths, [280, 256, 256, 256, 40][i]!);
  }
  picture.put(0, 32);
  return picture.file();
}

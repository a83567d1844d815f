import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { SOURCE_DIGEST } from "../../src/image/codec_wasm.ts";
import { encodePng, encodePng16 } from "../../src/image/png.ts";
import { decodePng } from "./decode_png.ts";

/** Pictures of any size and kind: noise, flat areas, slopes. */
const picture = fc.tuple(
  fc.integer({ min: 1, max: 70 }),
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom("noise", "flat", "slope", "islands", "two values"),
  fc.integer({ min: 0, max: 2 ** 31 }),
).map(([width, height, kind, seed]) => {
  let state = seed | 1;
  const random = (): number => (state = Math.imul(state, 48271)) >>> 24;
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
    const pixel = i >> 2;
    switch (kind) {
      case "noise":
        return random();
      case "flat":
        return seed & 255;
      case "slope":
        return (pixel % width) * 3 + Math.floor(pixel / width) + (i & 3);
      case "islands":
        return random() < 8 ? random() : 0;
      default:
        return random() < 128 ? 7 : 200;
    }
  });
  return { width, height, data };
});

Deno.test("encodePng is lossless for opaque pictures, as RGB", async () => {
  await fc.assert(
    fc.asyncProperty(picture, async (image) => {
      for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
      const { data, ...rest } = decodePng(await encodePng(image));
      assert.deepEqual(
        [rest.width, rest.height, rest.colorType, rest.bitDepth],
        [image.width, image.height, 2, 8],
      );
      assert.deepEqual(data, image.data);
    }),
    { numRuns: 150 },
  );
});

Deno.test("encodePng keeps alpha, as RGBA", async () => {
  await fc.assert(
    fc.asyncProperty(picture, async (image) => {
      image.data[3] = 254;
      const { data, colorType } = decodePng(await encodePng(image));
      assert.equal(colorType, 6);
      assert.deepEqual(data, image.data);
    }),
    { numRuns: 60 },
  );
});

Deno.test("encodePng16 is lossless, big endian", async () => {
  await fc.assert(
    fc.asyncProperty(picture, async ({ width, height, data }) => {
      const grey = new Uint16Array(data.buffer, 0, width * height);
      const { bytes, colorType, bitDepth } = decodePng(
        await encodePng16({ width, height, data: grey }),
      );
      assert.deepEqual([colorType, bitDepth], [0, 16]);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < grey.length; i++) {
        assert.equal(view.getUint16(2 * i), grey[i]);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("encodePng of a picture of many bands and of rows longer than a band", async () => {
  for (const [width, height] of [[600, 513], [70_000, 3]] as const) {
    const data = Uint8Array.from(
      { length: 4 * width * height },
      (_, i) => i % 4 === 3 ? 255 : (i * i) >> 9,
    );
    assert.deepEqual(
      decodePng(await encodePng({ width, height, data })).data,
      data,
    );
  }
});

Deno.test("encodePng does not mix up pictures that are encoded at once", async () => {
  const images = [3, 90].map((value) => ({
    width: 900,
    height: 700,
    data: Uint8Array.from(
      { length: 4 * 900 * 700 },
      (_, i) => i % 4 === 3 ? 255 : value * (i >> 7),
    ),
  }));
  const files = await Promise.all(images.map(encodePng));
  for (const [i, file] of files.entries()) {
    assert.deepEqual(decodePng(file).data, images[i]!.data);
  }
});

Deno.test("encodePng gives the event loop its turns", async () => {
  const side = 2048;
  const data = Uint8Array.from(
    { length: 4 * side * side },
    (_, i) => i % 4 === 3 ? 255 : Math.imul(i, 2654435761) >>> 27,
  );
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await encodePng({ width: side, height: side, data });
  clearInterval(timer);
  // A fast machine is through in some 30 ms; without turns none would come.
  assert.ok(turns >= 1, `${turns} turns`);
});

Deno.test("encodePng keeps Huffman codes within deflate's length", async () => {
  // Residuals as frequent as Fibonacci's numbers ask for codes of 22 bits.
  const residuals: number[] = [];
  let [count, next] = [1, 1];
  for (let value = 1; value <= 22; value++) {
    for (let k = 0; k < count; k++) residuals.push(value);
    [count, next] = [next, count + next];
  }
  const width = Math.floor(residuals.length / 3);
  const data = new Uint8Array(4 * width).fill(255);
  for (let x = 0; x < width; x++) {
    for (let c = 0; c < 3; c++) {
      // One row: Paeth's predictor is the pixel to the left.
      data[4 * x + c] = (x === 0 ? 0 : data[4 * x - 4 + c]!) +
        residuals[3 * x + c]!;
    }
  }
  const file = await encodePng({ width, height: 1, data });
  assert.deepEqual(decodePng(file).data, data);
});

Deno.test("encodePng packs what repeats", async () => {
  const side = 256;
  const black = new Uint8Array(4 * side * side).fill(255)
    .map((value, i) => i % 4 === 3 ? value : 0);
  const file = await encodePng({ width: side, height: side, data: black });
  assert.ok(file.length < 1500, `${file.length} bytes for nothing but black`);
});

Deno.test("encodePng refuses pixels that do not fill the picture", async () => {
  const data = new Uint8Array(15);
  await assert.rejects(
    encodePng({ width: 2, height: 2, data }),
    /2x2 pixels must have 16 bytes: current value is 15/,
  );
  await assert.rejects(
    encodePng({ width: 0, height: 2, data: new Uint8Array() }),
    RangeError,
  );
});

Deno.test("codec_wasm.ts was made from the codec.as beside it", async () => {
  const source = await Deno.readTextFile(
    new URL("../../src/image/codec.as", import.meta.url),
  );
  assert.equal(
    createHash("sha256").update(source).digest("hex"),
    SOURCE_DIGEST,
  );
});

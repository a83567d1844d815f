import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Image } from "../../src/image/image.ts";
import { resizeLanczos } from "../../src/image/resize.ts";

/** The definition: a windowed sinc over the source pixels of both axes, in float64. */
function resizeNaive(
  image: Image,
  width: number,
  height: number,
): Float64Array {
  const weights = (from: number, to: number, target: number): number[] => {
    const stretch = Math.max(1, from / to);
    const center = (target + 0.5) * from / to;
    const found = Array.from({ length: from }, (_, i) => {
      const x = (i + 0.5 - center) / stretch;
      if (x === 0) return 1;
      return Math.abs(x) >= 3
        ? 0
        : 3 * Math.sin(Math.PI * x) * Math.sin(Math.PI * x / 3) /
          (Math.PI * x) ** 2;
    });
    const sum = found.reduce((a, b) => a + b);
    return found.map((weight) => weight / sum);
  };
  const clamp = (value: number): number => Math.min(255, Math.max(0, value));
  const rows = new Float64Array(4 * width * image.height);
  for (let x = 0; x < width; x++) {
    const shares = weights(image.width, width, x);
    for (let y = 0; y < image.height; y++) {
      for (let c = 0; c < 4; c++) {
        rows[4 * (y * width + x) + c] = clamp(shares.reduce(
          (sum, share, i) =>
            sum + share * image.data[4 * (y * image.width + i) + c]!,
          0,
        ));
      }
    }
  }
  const out = new Float64Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    const shares = weights(image.height, height, y);
    for (let i = 0; i < 4 * width; i++) {
      out[4 * width * y + i] = clamp(shares.reduce(
        (sum, share, row) => sum + share * rows[4 * width * row + i]!,
        0,
      ));
    }
  }
  return out;
}

Deno.test("resizeLanczos agrees with the definition to a grey level", () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      fc.tuple(side, side, side, side, fc.integer()),
      ([fromWidth, fromHeight, width, height, seed]) => {
        let state = seed | 1;
        const image = {
          width: fromWidth,
          height: fromHeight,
          data: Uint8Array.from(
            { length: 4 * fromWidth * fromHeight },
            () => (state = Math.imul(state, 48271)) >>> 24,
          ),
        };
        const expected = resizeNaive(image, width, height);
        const { data } = resizeLanczos(image, width, height);
        assert.equal(data.length, expected.length);
        for (let i = 0; i < data.length; i++) {
          // Half a level in each of two roundings, the first weighed by up to 1.6.
          assert.ok(
            Math.abs(data[i]! - expected[i]!) <= 1.31,
            `${data[i]} for ${expected[i]} at ${i}`,
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** A picture with slopes, edges and moire, 37x23. */
function pattern(): Image {
  const [width, height] = [37, 23];
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = x * x * 7 + y * 13 + ((x * 31 + y * 17) % 5) * 40;
      const square = Math.floor(x / 5) + Math.floor(y / 4);
      data.set(
        [value, value * 3 + x * 9, square % 2 ? 255 : 0, 255],
        4 * (y * width + x),
      );
    }
  }
  return { width, height, data };
}

// From Pillow 13.0.0: Image.resize(size, Image.LANCZOS) of the pattern.
const PILLOW = [
  [16, 12, "ff5b40b1d5b51db4849ab557b7f4e0503f5c2090b17de079bc5b1f0cfd63dec4"],
  [8, 5, "b31fefa717872240695727e2a3269e905361edd0f3d7f21fa582e27f4a2fd906"],
  [50, 31, "3c2540441cac0ae09494a5f644841feb23ac814ab65b1fc63fa16dc15d1e0e0d"],
  [1, 1, "b93ce2ad4b8ee3bf1e25830d24bd7c027f0ace583e3f6789580338978cde35b8"],
] as const;

for (const [width, height, digest] of PILLOW) {
  Deno.test(`resizeLanczos to ${width}x${height} is Pillow's, byte for byte`, () => {
    const { data } = resizeLanczos(pattern(), width, height);
    assert.equal(createHash("sha256").update(data).digest("hex"), digest);
  });
}

Deno.test("resizeLanczos keeps a flat picture flat and opaque", () => {
  const image = {
    width: 512,
    height: 512,
    data: new Uint8Array(4 * 512 * 512),
  };
  for (let i = 0; i < image.data.length; i++) {
    image.data[i] = [9, 77, 255, 255][i % 4]!;
  }
  const { data } = resizeLanczos(image, 256, 256);
  assert.ok(data.every((value, i) => value === [9, 77, 255, 255][i % 4]));
});

Deno.test("resizeLanczos refuses sizes that are none", () => {
  for (const width of [0, -1, 1.5, NaN]) {
    assert.throws(
      () => resizeLanczos(pattern(), width, 8),
      /width must be an integer >= 1/,
    );
  }
});

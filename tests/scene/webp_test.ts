import assert from "node:assert/strict";
import encodeWebp from "@jsquash/webp/encode.js";
import fc from "fast-check";
import {
  confineImports,
  createWebpDecoder,
  readWebpHeader,
} from "../../src/scene/webp.ts";
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

Deno.test("createWebpDecoder(): a picture made for CVE-2023-4863 is refused", async () => {
  const decode = await createWebpDecoder();
  // How many codes have the lengths 0, 1, ... 15. All but the last are whole
  // and leave its table room for 420 entries.
  const green = [0, 1, 1, 0, 2, 0, 0, 0, 0, 19, 16, 91, 81, 65, 0, 4];
  const other = [0, 1, 0, 1, 0, 0, 1, 0, 1, 145, 45, 57, 1, 1, 1, 2];
  const whole = [0, 1, 1, 1, 1, 1, 0, 0, 0, 3, 25, 1, 1, 1, 0, 4];
  const beyond = [0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 3, 5, 1, 1, 0, 20]; // 517
  const colours = [green, other, other, other];
  const good = codedWebp([...colours, whole]);
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(decode(good).data, new Uint8Array(4));
    assert.throws(() => decode(codedWebp([...colours, beyond])), SyntaxError);
  }
});

Deno.test("confineImports(): the decoder gets the globals of pixels, no others", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const write = (name: string): number => {
    const bytes = new Uint8Array(memory.buffer).fill(0);
    bytes.set(new TextEncoder().encode(name), 16);
    return 16;
  };
  const asked: number[] = [];
  const { a } = confineImports({
    a: {
      e: function __emval_get_global(at: number): number {
        return asked.push(at);
      },
      f: Math.abs,
    },
  }, () => memory);
  assert.equal(a!.f, Math.abs);
  const get = a!.e as (address: number) => number;
  assert.equal(get(write("ImageData")), 1);
  assert.equal(get(write("Uint8ClampedArray")), 2);
  for (const name of ["Function", "Deno", "ImageDataX", "x".repeat(100), ""]) {
    assert.throws(() => get(write(name)), ReferenceError, name);
  }
  for (const address of [0, -8, 65536, 65535 - 3]) {
    assert.throws(() => get(address), ReferenceError, `${address}`);
  }
  assert.deepEqual(asked, [16, 16]);
  assert.throws(() => confineImports({ a: {} }, () => memory), /it has 0/);
});

/** One pixel whose five codes have so many of the lengths 0 to 15. */
function codedWebp(codes: readonly (readonly number[])[]): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bits.push(value >> i & 1);
  };
  put(0x2f, 8);
  put(0, 28); // 1 by 1
  put(1, 4); // alpha, version 0
  put(0, 3); // neither transforms, cache nor groups
  for (const [i, counts] of codes.entries()) {
    put(0, 1); // not simple
    put(19 - 4, 4);
    // Lengths of the lengths' codes, in the order 17, 18, 0, ...: 4 bits each
    // for 0 to 15, and 16 to 18 do not occur.
    for (let k = 0; k < 19; k++) put(k < 2 || k === 8 ? 0 : 4, 3);
    put(0, 1); // a length for each symbol
    const lengths = counts.flatMap((n, length) => Array(n).fill(length));
    const size = [280, 256, 256, 256, 40][i]!;
    for (let k = 0; k < size; k++) {
      const length = lengths[k] ?? 0;
      for (let bit = 3; bit >= 0; bit--) put(length >> bit, 1);
    }
  }
  put(0, 32);
  const length = 2 * Math.ceil(bits.length / 16);
  const file = new Uint8Array(20 + length);
  file.set(new TextEncoder().encode("RIFF    WEBPVP8L"));
  const view = new DataView(file.buffer);
  view.setUint32(4, 12 + length, true);
  view.setUint32(16, length, true);
  bits.forEach((bit, i) => file[20 + (i >> 3)]! |= bit << (i & 7));
  return file;
}

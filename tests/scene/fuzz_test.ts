import assert from "node:assert/strict";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { memorySource } from "../../src/scene/byte_source.ts";
import { readScene } from "../../src/scene/read.ts";
import { SceneFormatError } from "../../src/scene/scene_file.ts";
import { bytesPerSplat } from "../../src/scene/splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import { propertiesOf, splatNames, splatRows, writePly } from "./ply_writer.ts";
import { makeCompressedPly, makeKsplat, makeSplat } from "./small_files.ts";

/** Bytes of memory that a reading may take beyond what the file can truly hold. */
const ALLOWANCE = 256e6;

/** No format packs a splat tighter, but for deflate. */
const LEAST_BYTES = 1 / 1032;

const ply = (
  encoding: "ascii" | "binary_little_endian",
): Uint8Array<ArrayBuffer> => {
  const names = splatNames(9);
  const rows = splatRows(names, 4);
  return writePly([{ name: "vertex", properties: propertiesOf(names), rows }], {
    encoding,
  });
};

/** Name, bytes, and how many from the start are header. */
const made: [string, Uint8Array, number][] = [
  ["binary .ply", ply("binary_little_endian"), 700],
  ["ASCII .ply", ply("ascii"), 700],
  [".ply.gz", new Uint8Array(gzipSync(ply("ascii"))), 100],
  ["compressed .ply", makeCompressedPly(3), 900],
  [".splat", makeSplat(4), 32],
  [".ksplat 0", makeKsplat({ level: 0, shDegree: 0, sections: [3] }), 5120],
  [".ksplat 2", makeKsplat({ level: 2, shDegree: 2, sections: [3, 2] }), 6144],
];

/** Of the formats that are made by other programs. */
const shared: [string, number][] = [
  ["animu-three-points-degree1-v2.spz", 121],
  ["splat-transform-minimal-v4.spz", 220],
  ["animu-plaintext-v2.spz", 35],
  ["animu-kit-multi-degree3-deflated.sog", 4120],
  ["khr-conformance-matrix.glb", 15_000],
  ["cesium-synthetic-legacy.gltf", 1966],
];

/** Reads and demands: a refusal by name, or splats that hold what they promise. */
async function readAnything(name: string, bytes: Uint8Array): Promise<void> {
  const start = performance.now();
  const before = Deno.memoryUsage().rss;
  try {
    const { splats } = await readScene(memorySource(name, bytes));
    const { count, positions, scales, opacities, rotations, sh } = splats;
    assert.ok(count > 0 && count <= Math.max(1, bytes.length / LEAST_BYTES));
    assert.ok(positions.every(Number.isFinite), "positions");
    assert.ok(scales.every((v) => v >= 0 && v < Infinity), "scales");
    assert.ok(opacities.every((v) => v >= 0 && v <= 1), "opacities");
    assert.ok(rotations.every((v) => Math.abs(v) <= 1.001), "rotations");
    assert.ok(sh.every(Number.isFinite), "sh");
    const grown = Deno.memoryUsage().rss - before;
    assert.ok(
      grown < ALLOWANCE + 2 * count * bytesPerSplat(3),
      `${grown} bytes`,
    );
  } catch (error) {
    if (!(error instanceof SceneFormatError)) throw error;
    assert.ok(error.message.includes(name), error.message);
  }
  assert.ok(performance.now() - start < 5000, "a hang");
}

function fuzz(name: string, load: () => Uint8Array, header: number): void {
  const ignore = ignoreShared && shared.some(([file]) => file === name);
  Deno.test(`readScene: ${name}, cut at each length`, { ignore }, async () => {
    const bytes = load();
    // Each length of the header, and some three hundred of the rest.
    const step = Math.max(1, Math.floor((bytes.length - 300) / 300));
    for (
      let length = 0;
      length < bytes.length;
      length += length < 300 ? 1 : step
    ) {
      await readAnything(name, bytes.slice(0, length));
    }
  });
  Deno.test(`readScene: ${name}, with bytes changed`, { ignore }, async () => {
    const bytes = load();
    const change = fc.record({
      at: fc.nat(Math.min(header, bytes.length) - 1),
      // Counts that lie: a byte alone, or the greatest and least of four.
      value: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 1 }),
        fc.constantFrom(
          [0xff, 0xff, 0xff, 0xff],
          [0, 0, 0, 0],
          [0xff, 0xff, 0xff, 0x7f],
          [0, 0, 0x80, 0x7f],
          [0, 0, 0xc0, 0xff],
          [...new TextEncoder().encode("999999999")],
        ),
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const changed = bytes.slice();
          for (const { at, value } of changes) {
            changed.set(value.slice(0, bytes.length - at), at);
          }
          await readAnything(name, changed);
        },
      ),
      { numRuns: 400 },
    );
  });
}

for (const [name, bytes, header] of made) fuzz(name, () => bytes, header);
for (const [name, header] of shared) {
  fuzz(name, () => Deno.readFileSync(sharedScene(name)), header);
}

Deno.test("readScene: bytes at random are refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(
        "",
        "ply\n",
        "NGSP",
        "PK\x03\x04",
        "glTF",
        "\x1f\x8b\x08",
        "{",
        "\0\x01",
      ),
      async (tail, magic) => {
        const head = Uint8Array.from(magic, (c) => c.charCodeAt(0));
        await readAnything("random", Uint8Array.from([...head, ...tail]));
      },
    ),
    { numRuns: 1000 },
  );
});

import assert from "node:assert/strict";
import { memorySource } from "../../src/scene/byte_source.ts";
import { readScene } from "../../src/scene/read.ts";
import type { SceneFile } from "../../src/scene/scene_file.ts";
import { SH_C0 } from "../../src/scene/splats.ts";
import { makeCompressedPly, makeKsplat, makeSplat } from "./small_files.ts";

const read = (bytes: Uint8Array): Promise<SceneFile> =>
  readScene(memorySource("made", bytes));

function near(
  actual: ArrayLike<number>,
  expected: number[],
  tolerance = 1e-6,
): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs(actual[i]! - value) <= tolerance,
      `${actual[i]} is not ${value}`,
    )
  );
}

Deno.test("readSplat: a record by hand", async () => {
  const { splats, format } = await read(makeSplat(3));
  assert.equal(format, "splat");
  near(splats.positions.subarray(6, 9), [2, 2.1, 2.2]);
  near(splats.scales.subarray(6, 9), [0.01, 0.02, 0.03]);
  near(splats.rotations.subarray(8, 12), [0.5, -0.5, 0.5, -0.5]);
  near(splats.opacities.subarray(2), [200 / 255]);
  near(splats.colors.subarray(6, 9), [
    -0.5 / SH_C0,
    (50 / 255 - 0.5) / SH_C0,
    (100 / 255 - 0.5) / SH_C0,
  ]);
});

Deno.test("readSplat: broken records are left out up to one in a hundred", async () => {
  const bytes = makeSplat(300);
  const view = new DataView(bytes.buffer);
  view.setFloat32(32 * 7, NaN, true);
  view.setFloat32(32 * 8 + 12, -1, true);
  bytes.fill(128, 32 * 9 + 28, 32 * 10);
  const { splats, warnings } = await read(bytes);
  assert.equal(splats.count, 298);
  assert.equal(splats.positions[3 * 7], 9);
  near(splats.rotations.subarray(28, 32), [1, 0, 0, 0]);
  assert.equal(warnings.length, 2);
  for (let i = 0; i < 5; i++) view.setFloat32(32 * i, Infinity, true);
  await assert.rejects(read(bytes), /in 7 of 300 splats/);
});

Deno.test("readCompressedPly: words by hand, both kinds of chunk", async () => {
  for (const withColors of [false, true]) {
    const { splats, version } = await read(
      makeCompressedPly(300, { withColors, word: 0xc0000000 }),
    );
    assert.match(version, withColors ? /18/ : /12/);
    assert.equal(splats.count, 300);
    // 11 bits 1536 of 2047, then nothing.
    near(splats.positions.subarray(897, 900), [-1 + 2 * 1536 / 2047, -2, -3]);
    near(splats.scales.subarray(897, 900), [
      Math.exp(-9 + 6 * 1536 / 2047),
      Math.exp(-8),
      Math.exp(-7),
    ]);
    // z is left out; the others are at their least, which is too long together.
    near(
      splats.rotations.subarray(0, 4),
      [-1, -1, -1, 0].map((v) => v / Math.sqrt(3)),
    );
    near(
      splats.colors.subarray(0, 3),
      [192 / 255, 0, 0].map((v) => (v - 0.5) / SH_C0),
    );
    assert.equal(splats.opacities[0], 0);
    // Bytes 0, 28, 56 ... are R0 R1 R2 G0 ...; red, green, blue of the first stand together.
    near(splats.sh.subarray(0, 3), [
      -4,
      8 * (84.5 / 256 - 0.5),
      8 * (168.5 / 256 - 0.5),
    ], 2e-3);
  }
});

Deno.test("readCompressedPly: what contradicts itself is refused by name", async () => {
  const text = (change: (text: string) => string): Promise<SceneFile> => {
    const bytes = makeCompressedPly(300);
    const latin = String.fromCharCode(...bytes);
    return read(Uint8Array.from(change(latin), (c) => c.charCodeAt(0)));
  };
  const cases: [(text: string) => string, RegExp][] = [
    [
      (t) => t.replace("chunk 2", "chunk 1"),
      /expected 2 chunks for 300 splats, found 1/,
    ],
    [(t) => t.replace("vertex 300", "vertex 100000"), /expected 391 chunks/],
    [
      (t) => t.replace("sh 300", "sh 299"),
      /expected 300 records in element sh/,
    ],
    [
      (t) => t.replace("sh 300", "sh 99999"),
      /expected 300 records in element sh/,
    ],
    [
      (t) => t.replace("element vertex", "element points"),
      /expected element vertex/,
    ],
    [
      (t) => t.replace("packed_scale", "packed_skale"),
      /expected property packed_scale/,
    ],
    [
      (t) => t.replace("uint packed_scale", "float packed_scale"),
      /expected uint32 for property packed_scale/,
    ],
    [(t) => t.replace("f_rest_8", "f_rest_9"), /f_rest_0, f_rest_1/],
    [
      (t) => t.replace("little", "big"),
      /expected binary little endian, found binary big/,
    ],
    [(t) => t.slice(0, -1), /expected 300 records of 9 bytes in element sh/],
  ];
  for (const [change, message] of cases) {
    await assert.rejects(text(change), message);
  }
  const nan = makeCompressedPly(3);
  const start = String.fromCharCode(...nan).indexOf("end_header\n") + 11;
  new DataView(nan.buffer).setFloat32(start + 4 * 11, 1000, true);
  await assert.rejects(
    read(nan),
    /expected finite bounds, found 1000 at byte \d+ \(chunk 0\)/,
  );
  const bright = makeCompressedPly(3);
  new DataView(bright.buffer).setFloat32(start + 4 * 15, 3e38, true);
  await assert.rejects(
    read(bright),
    /expected finite bounds, found 3\S+ at byte \d+ \(chunk 0\)/,
  );
});

Deno.test("readKsplat: sections, buckets and SH of each level", async () => {
  for (const level of [0, 1, 2] as const) {
    for (const shDegree of [0, 1, 2] as const) {
      const { splats, version } = await read(
        makeKsplat({ level, shDegree, sections: [5, 1, 4] }),
      );
      assert.equal(version, `0.1, level ${level}`);
      assert.equal(splats.count, 10);
      const positions = [[0, 1, 2, 3, 4], [0], [0, 1, 2, 3]]
        .flatMap((xs, section) => xs.flatMap((x) => [x, 0, section]));
      near(splats.positions, positions, 1e-5);
      near(splats.scales.subarray(27), [0.5, 0.25, 0.125]);
      near(splats.rotations.subarray(36), [0.5, 0.5, -0.5, 0.5]);
      near(splats.opacities.subarray(9), [0.2]);
      if (shDegree === 0) continue;
      const perSplat = [0, 9, 24][shDegree]!;
      const last = splats.sh.subarray(9 * perSplat);
      const value = (stored: number): number =>
        level === 2 ? -2 + 4 * 10 * stored / 255 : stored / 8;
      // Stored by bands: R G B of three, then R G B of five.
      near(last.subarray(0, 6), [0, 3, 6, 1, 4, 7].map(value), 2e-3);
      if (shDegree === 2) {
        near(last.subarray(9, 12), [9, 14, 19].map(value), 2e-3);
      }
    }
  }
});

Deno.test("readKsplat: headers that lie are refused by name", async () => {
  const made = { level: 1, shDegree: 1, sections: [5] } as const;
  const cases: [number, number, RegExp][] = [
    [4, 0xffffffff, /sections at byte 4, found 4294967295/],
    [4096, 6, /expected 6 splats/],
    [4096 + 12, 0xfffffff, /end of the file/],
    [4096 + 12, 0, /buckets/],
    [4096 + 40, 3, /SH degree 0, 1 or 2/],
    [36, 0x7f800000, /finite SH range/],
  ];
  for (const [at, value, message] of cases) {
    const bytes = makeKsplat(made);
    new DataView(bytes.buffer).setUint32(at, value, true);
    await assert.rejects(read(bytes), message, String(message));
  }
});

Deno.test("readKsplat: room for more than there is harms nobody in the last section", async () => {
  const bytes = makeKsplat({ level: 1, shDegree: 1, sections: [5] });
  new DataView(bytes.buffer).setUint32(4096 + 4, 0xffffffff, true);
  assert.equal((await read(bytes)).splats.count, 5);
});

Deno.test("readKsplat: at level 0, which has no use for them, buckets cost nothing", async () => {
  const bytes = makeKsplat({ level: 0, shDegree: 0, sections: [5] });
  const view = new DataView(bytes.buffer);
  view.setUint32(4096 + 12, 0xffffffff, true);
  view.setUint16(4096 + 20, 0, true);
  assert.equal((await read(bytes)).splats.count, 5);
});

Deno.test("readKsplat: buckets that do not add up are refused by name", async () => {
  const [section, firstLength] = [4096, 4096 + 2 * 1024];
  const bucketed = { level: 2, shDegree: 2, sections: [3, 2] } as const;
  const cases: [string, [number, number][], RegExp][] = [
    [
      "fewer than the table",
      [[section + 36, 0]],
      /found 2 .*1 full, 0 partial/,
    ],
    ["more than the table", [[section + 32, 9]], /found 2 .*9 full, 1 partial/],
    ["too small", [[section + 8, 1]], /3 splats in buckets .* room for 2/],
    ["too short", [[firstLength, 0]], /3 splats in buckets .* room for 2/],
  ];
  for (const [name, changes, message] of cases) {
    const bytes = makeKsplat(bucketed);
    const view = new DataView(bytes.buffer);
    for (const [at, value] of changes) view.setUint32(at, value, true);
    await assert.rejects(read(bytes), message, name);
  }
});

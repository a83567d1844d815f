import assert from "node:assert/strict";
import fc from "fast-check";
import { memorySource } from "../../src/scene/byte_source.ts";
import { readSog } from "../../src/scene/read_sog.ts";
import type { SceneFile } from "../../src/scene/scene_file.ts";
import {
  codebook,
  encodeSogFiles,
  type EncodeSogOptions,
  losslessWebp,
} from "./encode_sog.ts";
import { encodeZip } from "./encode_zip.ts";
import {
  assertClose,
  assertSameRotations,
  assertSound,
  memoryFolder,
  readOrRefuse,
} from "./reading.ts";

const text = new TextEncoder();

async function read(options: EncodeSogOptions): Promise<SceneFile> {
  const zip = encodeZip(await encodeSogFiles(options));
  return await readSog(memorySource("test.sog", zip), {});
}

/** Four splats in a 4 x 1 picture, all bytes known. */
const PLANES: Record<string, Uint8Array> = {
  // deno-fmt-ignore
  means_l: Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255, 0, 1, 2, 255, 9, 8, 7, 255),
  // deno-fmt-ignore
  means_u: Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255, 128, 128, 128, 255, 1, 2, 3, 255),
  // deno-fmt-ignore
  scales: Uint8Array.of(0, 1, 2, 255, 255, 254, 3, 255, 9, 9, 9, 255, 4, 5, 6, 255),
  // One of each kind: the largest is w, x, y, z.
  // deno-fmt-ignore
  quats: Uint8Array.of(128, 140, 90, 252, 128, 140, 90, 253, 128, 140, 90, 254, 128, 140, 90, 255),
  // deno-fmt-ignore
  sh0: Uint8Array.of(0, 128, 255, 0, 1, 2, 3, 255, 4, 5, 6, 51, 7, 8, 9, 102),
};

function expectedPosition(index: number, axis: number): number {
  const at = 4 * index + axis;
  const word = PLANES["means_u"]![at]! * 256 + PLANES["means_l"]![at]!;
  const [min, max] = [[-2, 2], [-1.5, 1.5], [-1, 1]][axis]!;
  const n = min! + (max! - min!) * word / 65535;
  return Math.sign(n) * (Math.exp(Math.abs(n)) - 1);
}

const AT = [0, 1, 2, 3].flatMap((i) => [0, 1, 2].map((axis) => [i, axis]));

Deno.test("readSog() version 2: numbers by hand", async () => {
  const scene = await read({
    count: 4,
    planes: PLANES,
    meta: { antialias: true },
  });
  const { splats } = scene;
  assert.equal(scene.format, "sog");
  assert.equal(scene.version, "2 (zip)");
  assert.equal(scene.up, "-y");
  assert.equal(scene.fileShDegree, 0);
  assert.equal(splats.antialiased, true);
  assertClose(
    splats.positions,
    AT.map(([i, axis]) => expectedPosition(i!, axis!)),
  );
  const byte = (plane: string, i: number, channel: number): number =>
    PLANES[plane]![4 * i + channel]!;
  assertClose(
    splats.scales,
    AT.map(([i, axis]) =>
      Math.exp(codebook(-8, -2)[byte("scales", i!, axis!)]!)
    ),
  );
  assertClose(
    splats.colors,
    AT.map(([i, c]) => codebook(-2, 2)[byte("sh0", i!, c!)]!),
  );
  assertClose(splats.opacities, [0, 1, 0.2, 0.4]);
  const [a, b, c] = [128, 140, 90].map((n) => (n / 255 - 0.5) * Math.SQRT2) as [
    number,
    number,
    number,
  ];
  const d = Math.sqrt(1 - a * a - b * b - c * c);
  assertSameRotations(
    splats.rotations,
    [[d, a, b, c], [a, d, b, c], [a, b, d, c], [a, b, c, d]].flat(),
  );
});

Deno.test("readSog() version 1: ranges instead of codebooks, a logit for opacity", async () => {
  const { splats, version } = await read({
    count: 4,
    version: 1,
    planes: PLANES,
  });
  assert.equal(version, "1 (zip)");
  const ranges = [[-8, -2], [-7, -1], [-6, 0]];
  assertClose(
    splats.scales,
    AT.map(([i, axis]) =>
      Math.exp(
        ranges[axis!]![0]! + 6 * PLANES["scales"]![4 * i! + axis!]! / 255,
      )
    ),
  );
  const mins = [-2, -1, 0];
  assertClose(
    splats.colors,
    AT.map(([i, c]) => mins[c!]! + 4 * PLANES["sh0"]![4 * i! + c!]! / 255),
  );
  assertClose(
    splats.opacities,
    [0, 255, 51, 102].map((byte) => 1 / (1 + Math.exp(5 - 10 * byte / 255))),
  );
});

for (const version of [1, 2] as const) {
  for (const shDegree of [1, 2, 3] as const) {
    Deno.test(`readSog() version ${version}: SH palette of degree ${shDegree}`, async () => {
      const coefficients = [0, 3, 8, 15][shDegree]!;
      const paletteCount = 130;
      const rows = 3;
      const centroids = Uint8Array.from(
        { length: 4 * 64 * coefficients * rows },
        (_, i) => i % 4 === 3 ? 255 : (i * 37 + (i >> 8)) & 255,
      );
      const chosen = [0, 63, 64, 129];
      const labels = new Uint8Array(16);
      chosen.forEach((label, i) => labels.set([label, 0, 0, 255], 4 * i));
      const { splats } = await read({
        count: 4,
        version,
        shDegree,
        paletteCount,
        planes: {
          ...PLANES,
          shN_centroids: centroids,
          shN_labels: labels,
        },
      });
      const [low, high] = version === 1 ? [-0.5, 0.5] : [-1, 1];
      const expected = chosen.flatMap((label) =>
        Array.from({ length: 3 * coefficients }, (_, i) => {
          const row = Math.floor(label / 64);
          const x = (label % 64) * coefficients + Math.floor(i / 3);
          const at = 4 * (row * 64 * coefficients + x) + i % 3;
          return low! + (high! - low!) * centroids[at]! / 255;
        })
      );
      assert.equal(splats.shDegree, shDegree);
      // Half floats.
      assertClose(splats.sh, expected, { tolerance: 0.0005 });
    });
  }
}

Deno.test("readSog(): labels beyond the palette leave splats without SH, with a warning", async () => {
  const labels = Uint8Array.of(5, 0, 0, 255, 3, 0, 0, 255, 0, 1, 0, 255, 4, 0);
  const { splats, warnings } = await read({
    count: 3,
    shDegree: 1,
    paletteCount: 5,
    planes: { shN_labels: labels },
  });
  assert.match(warnings.join(), /2 splats refer to SH beyond the 5 entries/);
  assert.ok(splats.sh.subarray(0, 9).every((value) => value === 0));
  assert.ok(splats.sh.subarray(9, 18).some((value) => value !== 0));
});

Deno.test("readSog(): rotations of an unknown kind are set to none, with a warning", async () => {
  const quats = Uint8Array.from(PLANES["quats"]!);
  quats[3] = 251;
  const { splats, warnings } = await read({
    count: 4,
    planes: { ...PLANES, quats },
  });
  assert.match(warnings.join(), /1 rotations are of an unknown kind/);
  assert.deepEqual([...splats.rotations.subarray(0, 4)], [1, 0, 0, 0]);
});

Deno.test("readSog(): a codebook whose first value is missing goes on evenly", async () => {
  const values: (number | null)[] = codebook(-8, -2);
  values[0] = null;
  const meta = { scales: { codebook: values, files: ["scales.webp"] } };
  const { splats } = await read({ count: 4, planes: PLANES, meta });
  // 254 steps lie between the second and the last: the writer's own estimate.
  const step = (codebook(-8, -2)[255]! - codebook(-8, -2)[1]!) / 255;
  assertClose([splats.scales[0]!], [
    Math.exp(codebook(-8, -2)[1]! - step),
  ]);
});

Deno.test("readSog(): zip stored, deflated, in a folder, and a plain folder give the same", async () => {
  const files = await encodeSogFiles({ count: 50, shDegree: 2 });
  const nested = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [`scan/${name}`, bytes]),
  );
  const sources = [
    memorySource("a.sog", encodeZip(files)),
    memorySource("b.sog", encodeZip(files, { deflate: true })),
    memorySource("c.sog", encodeZip({ ...nested, "scan/x": text.encode("y") })),
    memoryFolder(nested, "scan/meta.json"),
  ];
  const scenes = await Promise.all(
    sources.map((source) => readSog(source, {})),
  );
  assert.deepEqual(
    scenes.map(({ version }) => version),
    ["2 (zip)", "2 (zip)", "2 (zip)", "2 (folder)"],
  );
  for (const { splats } of scenes) {
    assertSound(splats);
    assert.deepEqual(splats, scenes[0]!.splats);
  }
});

Deno.test("readSog() reports progress and obeys the signal, also in between", async () => {
  const source = memorySource(
    "a.sog",
    encodeZip(await encodeSogFiles({ count: 9, shDegree: 1 })),
  );
  const reported: number[] = [];
  await readSog(source, { onProgress: (part) => reported.push(part) });
  assert.equal(reported.at(-1), 1);
  assert.equal(reported.length, 7);
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error("enough"));
  await assert.rejects(
    readSog(source, { onProgress, signal: controller.signal }),
    /enough/,
  );
});

Deno.test("readSog() names what is wrong", async () => {
  const files = await encodeSogFiles({ count: 4, shDegree: 1 });
  const meta = JSON.parse(new TextDecoder().decode(files["meta.json"]));
  const lossy = await losslessWebp(new Uint8Array(64), { width: 4, height: 1 });
  lossy.set(text.encode("VP8 "), 12);
  const huge = Uint8Array.from(files["sh0.webp"]!);
  huge.set([0xff, 0xff, 0xff, 0x0f], 21);
  const withMeta = (change: Record<string, unknown>): Uint8Array =>
    encodeZip({
      ...files,
      "meta.json": text.encode(JSON.stringify({ ...meta, ...change })),
    });
  const named = (plane: string): Record<string, unknown> => ({
    quats: { files: [plane] },
  });
  const cases: [RegExp, Uint8Array][] = [
    [/end record/, new Uint8Array([0x50, 0x4b, 3, 4])],
    [/meta\.json in the archive, found a/, encodeZip({ a: lossy })],
    [/at count/, withMeta({ count: 0 })],
    [/at count/, withMeta({ count: 1.5 })],
    [
      /5 to .* pixels in means_l\.webp for 5 splats, found 4 x 1/,
      withMeta({ count: 5 }),
    ],
    [/at version/, withMeta({ version: 3 })],
    [/at shN.bands/, withMeta({ shN: { ...meta.shN, bands: 4 } })],
    [/at shN.count/, withMeta({ shN: { ...meta.shN, count: 1e300 } })],
    [
      /to be 512 pixels wide, found 192/,
      withMeta({ shN: { ...meta.shN, bands: 2 } }),
    ],
    [
      /hold the 65 palette entries/,
      withMeta({ shN: { ...meta.shN, count: 65 } }),
    ],
    [
      /at scales.codebook/,
      withMeta({ scales: { codebook: [1], files: ["scales.webp"] } }),
    ],
    [
      /found larger/,
      withMeta({
        scales: { codebook: codebook(0, 1000), files: ["scales.webp"] },
      }),
    ],
    [
      /at means.maxs/,
      withMeta({ means: { ...meta.means, maxs: [1e300, 0, 0] } }),
    ],
    [/the archive must hold it/, withMeta(named("absent.webp"))],
    [/must stay in the folder/, withMeta(named("../secret"))],
    [/must stay in the folder/, withMeta(named("/etc/passwd"))],
    [/must stay in the folder/, withMeta(named("file:///etc/passwd"))],
    [/must begin with "RIFF"/, withMeta(named("meta.json"))],
    [/must be lossless/, encodeZip({ ...files, "sh0.webp": lossy })],
    [
      /pixels in sh0\.webp .* 16384 x 16384/,
      encodeZip({ ...files, "sh0.webp": huge }),
    ],
  ];
  for (const [expected, bytes] of cases) {
    await assert.rejects(
      readSog(memorySource("bad.sog", bytes), {}),
      (error: Error) => {
        assert.equal(error.name, "SceneFormatError", error.stack);
        assert.match(error.message, /^Cannot read bad\.sog.* as sog: expected/);
        assert.match(error.message, expected);
        return true;
      },
    );
  }
});

Deno.test("readSog() refuses neighbours that are missing, or none at all", async () => {
  const files = await encodeSogFiles({ count: 4 });
  const { "scales.webp": _, ...rest } = files;
  await assert.rejects(
    readSog(memoryFolder(rest, "meta.json"), {}),
    /as sog: expected to read scales\.webp/,
  );
  await assert.rejects(
    readSog(memorySource("meta.json", files["meta.json"]!), {}),
    /must have neighbours/,
  );
});

Deno.test("readSog() refuses each truncation", async () => {
  const files = await encodeSogFiles({ count: 4 });
  const zip = encodeZip(files);
  for (let length = 0; length < zip.length; length += 13) {
    const cut = memorySource("cut.sog", zip.subarray(0, length));
    assert.equal(await readOrRefuse(readSog, cut), undefined);
  }
});

Deno.test("readSog() survives any changed byte, in the archive and in the planes", async () => {
  const files = await encodeSogFiles({ count: 4, shDegree: 1 });
  const names = Object.keys(files).filter((name) => name.endsWith(".webp"));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("zip", ...names),
      fc.nat(20000),
      fc.nat(255),
      async (where, at, value) => {
        if (where === "zip") {
          const bytes = encodeZip(files);
          bytes[bytes.length - 1 - at % 700] = value;
          await readOrRefuse(readSog, memorySource("changed.sog", bytes));
          return;
        }
        const plane = Uint8Array.from(files[where]!);
        plane[at % plane.length] = value;
        const changed = { ...files, [where]: plane };
        await readOrRefuse(readSog, memoryFolder(changed, "meta.json"));
      },
    ),
    { numRuns: 600 },
  );
});

Deno.test("readSog() survives JSON of any shape", async () => {
  const files = await encodeSogFiles({ count: 4, shDegree: 1 });
  const meta = JSON.parse(new TextDecoder().decode(files["meta.json"]));
  const paths = [
    ...["version", "count", "means", "scales", "quats", "sh0", "shN"],
    ...["means.mins", "means.maxs", "means.files", "means.files.0"],
    ...["scales.codebook", "scales.codebook.7", "scales.files", "sh0.files.0"],
    ...["shN.count", "shN.bands", "shN.codebook", "shN.files.1"],
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.oneof(fc.jsonValue(), fc.integer(), fc.string(), fc.double()),
      async (path, value) => {
        const changed = structuredClone(meta);
        const keys = path.split(".");
        let parent = changed;
        for (const key of keys.slice(0, -1)) parent = parent[key];
        parent[keys.at(-1)!] = value;
        const json = text.encode(JSON.stringify(changed));
        await readOrRefuse(
          readSog,
          memoryFolder({ ...files, "meta.json": json }, "meta.json"),
        );
      },
    ),
    { numRuns: 600 },
  );
});

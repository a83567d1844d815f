import assert from "node:assert/strict";
import { readSogLod } from "../../src/scene/read_sog_lod.ts";
import { readSog } from "../../src/scene/read_sog.ts";
import type { SceneFile } from "../../src/scene/scene_file.ts";
import { encodeSogFiles, type EncodeSogOptions } from "./encode_sog.ts";
import { assertSound, memoryFolder, readOrRefuse } from "./reading.ts";

type Files = Record<string, Uint8Array>;

/** A folder with a SOG in each subfolder and `lod` as lod-meta.json. */
async function folder(
  sogs: Record<string, EncodeSogOptions>,
  lod: Record<string, unknown>,
): Promise<Files> {
  const files: Files = {
    "lod-meta.json": new TextEncoder().encode(JSON.stringify(lod)),
  };
  for (const [name, options] of Object.entries(sogs)) {
    const parts = await encodeSogFiles(options);
    for (const [file, bytes] of Object.entries(parts)) {
      files[`${name}/${file}`] = bytes;
    }
  }
  return files;
}

function read(files: Files, lod?: number): Promise<SceneFile> {
  return readSogLod(
    memoryFolder(files, "lod-meta.json"),
    lod === undefined ? {} : { lod },
  );
}

/** Two leaves at level 0 in two files, one file at level 1, of which the second leaf has none. */
const LOD = {
  lodLevels: 2,
  filenames: ["0_0/meta.json", "./0_1/meta.json", "1_0/meta.json"],
  tree: {
    children: [
      {
        lods: {
          "0": { file: 0, offset: 3, count: 5 },
          "1": { file: 2, offset: 0, count: 2 },
        },
      },
      { children: [{ lods: { "0": { file: 1, offset: 0, count: 4 } } }] },
    ],
  },
};

const SOGS: Record<string, EncodeSogOptions> = {
  "0_0": { count: 9, shDegree: 1 },
  "0_1": { count: 4, shDegree: 2 },
  "1_0": { count: 3 },
};

/** Splats [from, to) of a part. */
async function part(
  files: Files,
  name: string,
  [from, to]: [number, number],
): Promise<number[]> {
  const { splats } = await readSog(
    memoryFolder(files, `${name}/meta.json`),
    {},
  );
  return [...splats.positions.subarray(3 * from, 3 * to)];
}

Deno.test("readSogLod() puts the finest level together from ranges of its files", async () => {
  const files = await folder(SOGS, LOD);
  const scene = await read(files);
  assert.equal(scene.format, "sog-lod");
  assert.equal(scene.version, "without version, level 0 of 0 to 1");
  assert.deepEqual(scene.warnings, []);
  assert.equal(scene.splats.count, 9);
  assert.equal(scene.splats.shDegree, 2);
  assertSound(scene.splats);
  assert.deepEqual([...scene.splats.positions], [
    ...await part(files, "0_0", [3, 8]),
    ...await part(files, "0_1", [0, 4]),
  ]);
  // The first file's SH has degree 1: nine numbers, then zeros up to degree 2.
  const { splats } = await readSog(memoryFolder(files, "0_0/meta.json"), {});
  assert.deepEqual(
    [...scene.splats.sh.subarray(0, 24)],
    [...splats.sh.subarray(27, 36), ...new Array(15).fill(0)],
  );
});

Deno.test("readSogLod() takes the level asked for, another one where it lacks", async () => {
  const files = await folder(SOGS, { version: 1, counts: [9, 2], ...LOD });
  const scene = await read(files, 1);
  assert.equal(scene.version, "1, level 1 of 0 to 1");
  assert.match(scene.warnings.join(), /1 places lack level 1/);
  assert.deepEqual([...scene.splats.positions], [
    ...await part(files, "0_1", [0, 4]),
    ...await part(files, "1_0", [0, 2]),
  ]);
  for (const level of [-1, 2, 0.5, NaN]) {
    await assert.rejects(read(files, level), RangeError);
  }
});

Deno.test("readSogLod() adds the environment at every level", async () => {
  const files = await folder(
    { ...SOGS, env: { count: 6 } },
    { ...LOD, environment: "env/meta.json" },
  );
  assert.equal((await read(files)).splats.count, 15);
  assert.equal((await read(files, 1)).splats.count, 12);
});

Deno.test("readSogLod() names what is wrong", async () => {
  const one = (lods: Record<string, unknown>, more = {}): unknown => ({
    lodLevels: 1,
    filenames: ["0_0/meta.json", "0_0/./meta.json"],
    tree: { lods },
    ...more,
  });
  const leaf = { file: 0, offset: 0, count: 9 };
  const cases: [RegExp, unknown][] = [
    [/at lodLevels/, { ...LOD, lodLevels: 0 }],
    [/at filenames/, { ...LOD, filenames: [] }],
    [/at version/, { ...LOD, version: 2 }],
    [/at tree/, { ...LOD, tree: 7 }],
    [/at tree.*count/, one({ "0": { ...leaf, count: -1 } })],
    [/a file below 2/, one({ "0": { ...leaf, file: 2 } })],
    [/splats 0 to 10 in .*found 9/, one({ "0": { ...leaf, count: 10 } })],
    [/found none/, one({ "0": { ...leaf, count: 0 } })],
    [/path in the folder/, one({ "0": leaf }, { filenames: ["../a.json"] })],
    [/to read absent/, one({ "0": leaf }, { filenames: ["absent"] })],
    [/path in the folder/, one({ "0": leaf }, { environment: "/env" })],
    [
      /do not overlap/,
      one({}, {
        tree: {
          children: [{ lods: { "0": leaf } }, {
            lods: { "0": { ...leaf, file: 1 } },
          }],
        },
      }),
    ],
  ];
  for (const [expected, lod] of cases) {
    const files = await folder(
      { "0_0": SOGS["0_0"]! },
      lod as Record<string, unknown>,
    );
    await assert.rejects(read(files), (error: Error) => {
      assert.equal(error.name, "SceneFormatError", error.stack);
      assert.match(error.message, expected);
      return true;
    });
  }
});

Deno.test("readSogLod() walks a tree of any depth, and refuses what is no JSON", async () => {
  const files = await folder({ "0_0": SOGS["0_0"]! }, {});
  const text = (json: string): Uint8Array => new TextEncoder().encode(json);
  const depth = 100_000;
  const tree = '{"children":['.repeat(depth) +
    '{"lods":{"0":{"file":0,"offset":0,"count":9}}}' + "]}".repeat(depth);
  files["lod-meta.json"] = text(
    `{"lodLevels":1,"filenames":["0_0/meta.json"],"tree":${tree}}`,
  );
  assert.equal((await read(files)).splats.count, 9);
  files["lod-meta.json"] = text("[".repeat(1_000_000));
  const source = memoryFolder(files, "lod-meta.json");
  assert.equal(await readOrRefuse(readSogLod, source), undefined);
});

Deno.test("readSogLod() obeys the signal", async () => {
  const source = memoryFolder(await folder(SOGS, LOD), "lod-meta.json");
  const controller = new AbortController();
  const reported: number[] = [];
  const onProgress = (part: number): void => {
    reported.push(part);
    if (part > 0.5) controller.abort(new Error("enough"));
  };
  await assert.rejects(
    readSogLod(source, { onProgress, signal: controller.signal }),
    /enough/,
  );
  assert.deepEqual(reported, reported.toSorted((a, b) => a - b));
});

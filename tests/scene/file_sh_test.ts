import assert from "node:assert/strict";
import { openShReader } from "../../src/scene/file_sh.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import type { SceneFile } from "../../src/scene/scene_file.ts";
import {
  type Encoding,
  propertiesOf,
  splatNames,
  splatRows,
  writePly,
} from "./ply_writer.ts";

const COUNT = 40;

/** Writes a .ply whose values `change` may touch, and reads it with its SH left where they are. */
async function readLeft(
  path: string,
  { encoding = "binary_little_endian", rest = 45, change = () => {} }: {
    encoding?: Encoding;
    rest?: number;
    change?: (rows: number[][], names: string[]) => void;
  } = {},
): Promise<{ left: SceneFile; whole: SceneFile }> {
  const names = splatNames(rest);
  const rows = splatRows(names, COUNT);
  change(rows, names);
  const vertex = { name: "vertex", properties: propertiesOf(names), rows };
  await Deno.writeFile(path, writePly([vertex], { encoding }));
  const source = await openSource(path);
  try {
    return {
      left: await readScene(source, { leavesSh: true }),
      whole: await readScene(source),
    };
  } finally {
    source.close();
  }
}

async function inFolder(
  body: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/made.ply`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("SH that are left in the file are the same when they are read later", () =>
  inFolder(async (path) => {
    for (const rest of [9, 24, 45, 72]) {
      const { left, whole } = await readLeft(path, {
        rest,
        change: (rows, names) => {
          const [first, second] = [0, 1].map((i) =>
            names.indexOf(`f_rest_${i}`)
          );
          rows[3]![first!] = 1e6; // beyond half floats
          rows[3]![second!] = -1e6;
        },
      });
      const { fileSh, sh, count } = left.splats;
      assert.ok(fileSh);
      assert.equal(sh.length, 0);
      const each = whole.splats.sh.length / count;
      const reader = openShReader(fileSh);
      for (const [first, length] of [[0, COUNT], [7, 3], [COUNT - 1, 1]]) {
        const found = new Float16Array(each * length!);
        reader.read({ first: first!, count: length! }, { into: found });
        assert.deepEqual(
          found,
          whole.splats.sh.slice(each * first!, each * (first! + length!)),
        );
      }
      reader.close();
      assert.deepEqual(
        { ...left, splats: { ...left.splats, sh: 0, fileSh: 0 } },
        { ...whole, splats: { ...whole.splats, sh: 0, fileSh: 0 } },
      );
    }
  }));

Deno.test("SH are read at once where they cannot stay", () =>
  inFolder(async (path) => {
    const broken = (rows: number[][], names: string[]): void => {
      for (let i = 0; i < 160; i++) rows.push([...rows[i % COUNT]!]);
      rows[5]![names.indexOf("f_rest_44")] = NaN; // its splat is left out
    };
    for (
      const options of [
        { encoding: "ascii" },
        { encoding: "binary_big_endian" },
        { rest: 0 },
        { change: broken },
      ] as const
    ) {
      const { left, whole } = await readLeft(path, options);
      assert.deepEqual(left, whole);
      assert.equal("fileSh" in left.splats, false);
    }
  }));

Deno.test("a file that was written after its splats were read is refused by name", () =>
  inFolder(async (path) => {
    const { left } = await readLeft(path);
    const { fileSh } = left.splats;
    const reader = openShReader(fileSh!);
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, 1e9, 1e9);
    assert.throws(
      () =>
        reader.read({ first: 0, count: COUNT }, {
          into: new Float16Array(45 * COUNT),
        }),
      /made\.ply as it must stay as it is .*: it was written meanwhile/,
    );
    reader.close();
    assert.throws(
      () => openShReader(fileSh!),
      /made\.ply as it must stay as it is .*: it was written meanwhile/,
    );
  }));

import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { parseCommandLine } from "../../src/config/mod.ts";
import { decodeGrid, encodeGrid, gridKey } from "../../src/map/grid_bytes.ts";
import { GridFile } from "../../src/map/grid_file.ts";
import { emptyOccupancy, makeOccupancy } from "../../src/map/occupancy.ts";
import { Survey } from "../../src/map/survey.ts";
import type { SceneFrame } from "../../src/scene/scene_frame.ts";
import type { Splats } from "../../src/scene/splats.ts";
import { openWorld } from "../../src/world.ts";
import { writePly } from "../scene/ply_writer.ts";
import { block, frameOf, room, splatsOf } from "./rooms.ts";

const { specks, bounds } = room([block([-2.5, -1.8], [-0.5, -1], 0.8)]);
const SPLATS = splatsOf(specks);
const FRAME = frameOf(bounds);

async function inFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function areaOf(
  gridFile: GridFile,
  splats: Splats = SPLATS,
  frame: SceneFrame = FRAME,
): Promise<number> {
  await using survey = new Survey({ frame, gridFile });
  survey.take(splats);
  const space = await survey.freeSpace(frame.start);
  return space!.area;
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("a grid comes back from its bytes as it was, and not from damaged ones", async () => {
  const grid = await makeOccupancy(SPLATS, FRAME);
  const key = gridKey(SPLATS, FRAME);
  const bytes = encodeGrid(grid, key);
  assert.deepEqual(decodeGrid(bytes, { key, frame: FRAME }), grid);
  fc.assert(fc.property(
    fc.nat(bytes.length - 1),
    fc.integer({ min: 1, max: 255 }),
    fc.nat(bytes.length - 1),
    (at, change, length) => {
      const spoilt = bytes.slice();
      spoilt[at]! ^= change;
      assert.equal(decodeGrid(spoilt, { key, frame: FRAME }), undefined);
      const cut = bytes.subarray(0, length);
      assert.equal(decodeGrid(cut, { key, frame: FRAME }), undefined);
    },
  ));
  for (const text of ["", "\n", "null\n", "{}\n", '{"key":1}\n', "ply\n1 2"]) {
    const other = new TextEncoder().encode(text);
    assert.equal(decodeGrid(other, { key, frame: FRAME }), undefined);
  }
});

Deno.test("another frame or other splats have another key", () => {
  const key = gridKey(SPLATS, FRAME);
  const moved = { ...SPLATS, positions: SPLATS.positions.slice() };
  moved.positions[4321]! += 1e-5;
  const fainter = { ...SPLATS, opacities: SPLATS.opacities.slice() };
  fainter.opacities[99] = 0.5;
  const keys = [
    key,
    gridKey(moved, FRAME),
    gridKey(fainter, FRAME),
    gridKey(SPLATS, { ...FRAME, metresPerUnit: 2 }),
    gridKey(SPLATS, { ...FRAME, origin: [0, 0, 1e-6] }),
    gridKey(SPLATS, {
      ...FRAME,
      guessed: ["scale"],
      start: { ...FRAME.start, z: 0.5 },
    }),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(gridKey({ ...SPLATS }, { ...FRAME, fov: 60 }), key);
});

Deno.test("a grid is kept beside the scene, read when it fits, and made anew when not", () =>
  inFolder(async (folder) => {
    const file = new GridFile(join(folder, "room.ply.splatscout-grid"));
    const area = await areaOf(file);
    assert.deepEqual(namesIn(folder), ["room.ply.splatscout-grid"]);
    assert.ok(Deno.statSync(file.path).size < 100_000);
    assert.equal(await areaOf(file), area);

    // What is read is what is in the file: a grid with the key of the room.
    const bare = await makeOccupancy(splatsOf(room().specks), FRAME);
    Deno.writeFileSync(file.path, encodeGrid(bare, gridKey(SPLATS, FRAME)));
    assert.ok(await areaOf(file) > area + 1);

    for (
      const junk of [
        new Uint8Array(0),
        new Uint8Array(5000).fill(7),
        encodeGrid(emptyOccupancy(FRAME), "something else"),
      ]
    ) {
      Deno.writeFileSync(file.path, junk);
      assert.equal(await areaOf(file), area);
      assert.equal(await areaOf(file), area);
      assert.deepEqual(namesIn(folder), ["room.ply.splatscout-grid"]);
      assert.ok(Deno.statSync(file.path).size > 5000);
    }
  }));

Deno.test("where no grid can be written, none is, and nothing is left", () =>
  inFolder(async (folder) => {
    const path = join(folder, "taken");
    Deno.mkdirSync(path);
    const area = await areaOf(new GridFile(path));
    assert.equal(await areaOf(new GridFile(join(folder, "no", "such"))), area);
    assert.deepEqual(namesIn(folder), ["taken"]);
  }));

Deno.test({
  name: "nobody is asked for the permission to keep a grid",
  permissions: { read: true, write: false },
  fn: () => assert.equal(GridFile.beside("/scans/room.ply"), undefined),
});

Deno.test({
  name: "a grid wants its folder to be writable, not its path alone",
  permissions: { read: true, write: ["/scans/room.ply.splatscout-grid"] },
  fn: () => assert.equal(GridFile.beside("/scans/room.ply"), undefined),
});

Deno.test("scenes without a place on this disk have no grid", () => {
  for (const scene of [undefined, "-", "https://example.org/room.ply"]) {
    assert.equal(GridFile.beside(scene), undefined);
  }
  assert.equal(
    GridFile.beside("/scans/room/")?.path,
    "/scans/room.splatscout-grid",
  );
});

Deno.test("--cache off keeps no grid, and nothing else does where there is one", () =>
  inFolder(async (folder) => {
    const scene = join(folder, "room.ply");
    Deno.writeFileSync(scene, plyOf());
    for (
      const [cache, names] of [
        ["off", ["room.ply"]],
        ["on", ["room.ply", "room.ply.splatscout-grid"]],
      ] as const
    ) {
      const { config } = parseCommandLine(
        ["find", "x", `--scene=${scene}`, `--cache=${cache}`, "--backend=cpu"],
        () => undefined,
      );
      const { signal } = new AbortController();
      const options = { onNotice: () => {}, signal };
      {
        await using world = await openWorld(config, options);
        assert.ok(await world.freeSpace(world.frame.start));
      }
      assert.deepEqual(namesIn(folder), names);
    }
  }));

/** The room as an INRIA .ply. */
function plyOf(): Uint8Array {
  const columns = [
    ...["x", "y", "z"],
    ...["f_dc_0", "f_dc_1", "f_dc_2", "opacity"],
    ...["scale_0", "scale_1", "scale_2"],
    ...["rot_0", "rot_1", "rot_2", "rot_3"],
  ];
  const rows = specks.map(({ at: [x, y, z], size, opacity }) => [
    ...[x, -z, y],
    ...[0, 0, 0, Math.log(opacity / (1 - opacity))],
    ...[size[0], size[2], size[1]].map(Math.log),
    ...[1, 0, 0, 0],
  ]);
  const properties = columns.map((name) => ({ name, type: "float" } as const));
  return writePly([{ name: "vertex", properties, rows }], {
    encoding: "binary_little_endian",
  });
}

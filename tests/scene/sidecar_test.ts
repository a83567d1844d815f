import assert from "node:assert/strict";
import { join } from "node:path";
import { memorySource } from "../../src/scene/byte_source.ts";
import { openSource } from "../../src/scene/read.ts";
import { SceneFormatError } from "../../src/scene/scene_file.ts";
import {
  parseSidecar,
  readSidecar,
  type Sidecar,
} from "../../src/scene/sidecar.ts";

Deno.test("parseSidecar: takes what the contract shows, and nothing but it", () => {
  const whole: Sidecar = {
    up: "-y",
    scale: 1.0,
    start: { position: [0.1, -1.5, 2.0], heading: [0, 0, 1] },
    bounds: { min: [-4, -2.6, -3], max: [4, 0.1, 5] },
    fov: 75,
    origin: "start",
  };
  assert.deepEqual(parseSidecar(JSON.stringify(whole), "a"), whole);
  assert.deepEqual(parseSidecar("{}", "a"), {});
  const cases: [unknown, RegExp][] = [
    [{ upp: "+y" }, /the whole: .*upp/],
    [{ up: "y" }, /up: /],
    [{ scale: 0 }, /scale: /],
    [{ scale: "1" }, /scale: /],
    [{ start: { position: [1, 2] } }, /start\.position/],
    [{ start: { heading: [1, 0, 0] } }, /start\.position/],
    [
      { start: { position: [1, 2, 3], heading: [0, 0, 0] } },
      /start\.heading: must not be zero/,
    ],
    [
      { bounds: { min: [0, 0, 0], max: [1, 0, 1] } },
      /bounds: min must be less/,
    ],
    [{ fov: 180 }, /fov: /],
    [{ origin: "file" }, /origin: /],
    [[], /the whole: /],
  ];
  for (const [value, message] of cases) {
    assert.throws(
      () => parseSidecar(JSON.stringify(value), "room.scene.json"),
      (error) => {
        assert.ok(error instanceof SceneFormatError);
        assert.match(error.message, message);
        assert.match(error.message, /room\.scene\.json as a sidecar/);
        return true;
      },
    );
  }
  assert.throws(() => parseSidecar('{"scale": 1e999}', "a"), /scale/);
  assert.throws(() => parseSidecar("{", "a"), /expected JSON/);
});

Deno.test("readSidecar: is found beside a file under either name, and beside a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "hall"));
    for (
      const scene of [
        "room.ply",
        "attic.compressed.ply",
        "cellar.ply.gz",
        "hall/meta.json",
      ]
    ) {
      await Deno.writeTextFile(join(folder, scene), "x");
    }
    const find = async (scene: string): Promise<Sidecar | undefined> => {
      const source = await openSource(join(folder, scene));
      return await readSidecar(source).finally(() => source.close());
    };
    const places: [string, string][] = [
      ["room.ply", "room.scene.json"],
      ["room.ply", "room.ply.scene.json"],
      ["attic.compressed.ply", "attic.scene.json"],
      ["cellar.ply.gz", "cellar.scene.json"],
      ["hall", "hall.scene.json"],
      ["hall/meta.json", "hall/meta.scene.json"],
    ];
    for (const [i, [scene, sidecar]] of places.entries()) {
      const before = await find(scene);
      await Deno.writeTextFile(join(folder, sidecar), `{"scale": ${i + 1}}`);
      assert.deepEqual(await find(scene), { scale: i + 1 }, sidecar);
      // A second name outranks the first; the others have none before.
      assert.equal(before?.scale, i === 1 ? 1 : i === 5 ? 5 : undefined);
    }
    await Deno.writeTextFile(join(folder, "room.ply.scene.json"), "[");
    await assert.rejects(find("room.ply"), SceneFormatError);
    await Deno.writeTextFile(
      join(folder, "room.ply.scene.json"),
      " ".repeat(70_000),
    );
    await assert.rejects(find("room.ply"), /at most 65536 bytes/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal(
    await readSidecar(memorySource("room.ply", new Uint8Array(1))),
    undefined,
  );
});

Deno.test("readSidecar: beside a URL, a page for every address is no sidecar", async () => {
  let answer = '{"up": "+z"}';
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/room.ply") return new Response("ply");
      return pathname === "/room.scene.json" && answer !== ""
        ? new Response(answer)
        : new Response("none", { status: 404 });
    },
  );
  try {
    const source = await openSource(
      `http://127.0.0.1:${server.addr.port}/room.ply`,
    );
    assert.deepEqual(await readSidecar(source), { up: "+z" });
    answer = "<!doctype html>";
    assert.equal(await readSidecar(source), undefined);
    answer = "";
    assert.equal(await readSidecar(source), undefined);
    answer = '{"up": "z"}';
    await assert.rejects(readSidecar(source), SceneFormatError);
  } finally {
    await server.shutdown();
  }
});

import assert from "node:assert/strict";
import { plyOf } from "../../bench/ply.ts";
import { makeRoom } from "../../bench/room.ts";
import { makeSplat } from "./small_files.ts";

const root = new URL("../../", import.meta.url);

/** What `render` of a scene has loaded in the end, by the coverage of its process: source files and packages. */
async function loadedBy(scene: readonly string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--allow-all", "--no-check", `--coverage=${folder}/loaded`],
        ...["cli.ts", "render", ...scene, "--backend=cpu", "--size=32"],
        ...["--pose=0,0,0,0", `--out=${folder}/view.png`],
      ],
      cwd: root,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const urls: string[] = [];
    for await (const { name } of Deno.readDir(`${folder}/loaded`)) {
      const path = `${folder}/loaded/${name}`;
      if (!name.endsWith(".json")) continue;
      urls.push(JSON.parse(await Deno.readTextFile(path)).url);
    }
    return urls.map((url) => url.replace(root.href, ""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Readers and what only they need. */
const READERS =
  /^src\/scene\/(read|ply|ksplat|sh_rotation|splat_rows|transform|unpack|webp|zip|blocks)|jsquash|fflate/;

Deno.test("the demo flat loads no reader of files", async () => {
  const loaded = await loadedBy([]);
  assert.ok(loaded.includes("src/scene/demo_scene.ts"));
  assert.deepEqual(loaded.filter((url) => READERS.test(url)), []);
});

Deno.test("a file loads its own reader and no other", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = {
      "a.ply": plyOf(makeRoom(50)),
      "a.splat": makeSplat(50),
    };
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    const readers = async (name: string): Promise<string[]> =>
      (await loadedBy([`--scene=${folder}/${name}`]))
        .filter((url) => READERS.test(url)).sort();
    assert.deepEqual(await readers("a.ply"), [
      "src/scene/blocks.ts",
      "src/scene/ply_ascii.ts",
      "src/scene/ply_binary.ts",
      "src/scene/ply_columns.ts",
      "src/scene/ply_header.ts",
      "src/scene/ply_values.ts",
      "src/scene/read.ts",
      "src/scene/read_ply.ts",
      "src/scene/splat_rows.ts",
    ]);
    assert.deepEqual(await readers("a.splat"), [
      "src/scene/blocks.ts",
      "src/scene/read.ts",
      "src/scene/read_splat.ts",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

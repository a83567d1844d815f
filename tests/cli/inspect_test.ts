import assert from "node:assert/strict";
import { join } from "node:path";
import { plyOf } from "../../bench/ply.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import {
  propertiesOf,
  splatNames,
  splatRows,
  writePly,
} from "../scene/ply_writer.ts";
import { decodePng } from "../image/decode_png.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import { cli } from "./process.ts";

const KEYS = [
  ...["file", "format", "count", "sh_degree", "position_min", "position_max"],
  ...["position_mean", "mean_opacity", "mean_scale", "antialiased", "up"],
];

async function withPly(
  test: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const names = splatNames(24);
    const path = join(folder, "room.ply");
    await Deno.writeFile(
      path,
      writePly([{
        name: "vertex",
        properties: propertiesOf(names),
        rows: splatRows(names, 500),
      }], {
        encoding: "binary_little_endian",
        comments: ["SplatRenderMode: mip"],
      }),
    );
    await test(path, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("inspect --json: the keys of the contract, no more and no fewer", async () => {
  await withPly(async (path) => {
    const { code, lines, stderr } = await cli(["inspect", path, "--json"], {
      permissions: [`--allow-read=${path}`],
    });
    assert.equal(code, 0, stderr);
    assert.equal(lines.length, 1);
    const report = JSON.parse(lines[0]!.text);
    assert.deepEqual(Object.keys(report), KEYS);
    const { file, format, count, sh_degree, antialiased, up } = report;
    assert.deepEqual(
      { file, format, count, sh_degree, antialiased, up },
      {
        file: path,
        format: "ply",
        count: 500,
        sh_degree: 2,
        antialiased: true,
        up: "-y",
      },
    );
    const rows = splatRows(splatNames(24), 500);
    assert.equal(report.position_min[0], Math.min(...rows.map(([x]) => x!)));
  });
});

Deno.test("inspect --json: numbers are those of the file, whatever is up", {
  ignore: ignoreShared,
}, async () => {
  const file = sharedScene("cesium-synthetic-legacy.gltf");
  const { lines } = await cli(["inspect", file, "--json", "--up=-z"], {
    permissions: ["--allow-read"],
  });
  const report = JSON.parse(lines[0]!.text);
  // Before the node's matrix.
  assert.deepEqual(report.position_min, [-2, -2, -2]);
  assert.equal(report.up, "-z");
});

Deno.test("inspect: tells people what they want to know first", async () => {
  await withPly(async (path, folder) => {
    await Deno.writeTextFile(
      join(folder, "room.scene.json"),
      '{"up": "+z", "scale": 0.5}',
    );
    const { code, lines } = await cli(["inspect", path], {
      permissions: ["--allow-read"],
    });
    assert.equal(code, 0);
    const text = lines.map(({ text }) => text).join("\n");
    assert.match(text, /format +ply, binary little endian/);
    assert.match(text, /splats +500, SH degree 2, antialiased/);
    assert.match(text, /size +[\d.]+ x [\d.]+ x [\d.]+ m /);
    assert.match(text, /faint +0% of the splats/);
    assert.match(text, /start +file position /);
    assert.match(text, /up is \+z: the sidecar says so/);
    assert.match(text, /a unit of the file is 0\.5 m: the sidecar says so/);
  });
});

Deno.test("inspect --map: bounds, start and scale over the place from above", async () => {
  await withPly(async (path, folder) => {
    await Deno.writeTextFile(
      join(folder, "room.scene.json"),
      '{"up": "+z", "scale": 1, "start": {"position": [0, 0, 0], "heading": [1, 0, 0]}, "bounds": {"min": [-2, -1, -1], "max": [3, 1, 1]}}',
    );
    const out = join(folder, "map.png");
    const { code, lines, stderr } = await cli(
      ["inspect", path, `--map=${out}`, "--backend=cpu"],
      { permissions: ["--allow-read", `--allow-write=${folder}`] },
    );
    assert.equal(code, 0, stderr);
    const text = lines.map(({ text }) => text).join("\n");
    const [, metres, scale] = text.match(
      /map\.png: x to the right, y up, ([\d.]+) m a pixel; the scale is (1) m/,
    )!.map(Number);
    const { width, height, data } = decodePng(await Deno.readFile(out));
    assert.equal(width, 1024);
    // Five by two metres and a margin of 0.2 around.
    assert.ok(Math.abs(width * metres! - 5.4) < 0.02);
    assert.ok(Math.abs(height * metres! - 2.4) < 0.02);
    const pixel = 5.4 / 1024;
    const [bounds, start, ink] = [[214, 92, 8], [200, 0, 120], [20, 20, 24]];
    const isAt = (x: number, y: number, colour: number[]): boolean => {
      const column = Math.floor((x + 2.2) / pixel);
      const row = Math.floor((1.2 - y) / pixel);
      const at = 4 * (row * width + column);
      return colour.every((value, i) => Math.abs(data[at + i]! - value) < 9);
    };
    assert.ok(isAt(-1, 1, bounds) && isAt(3, 0.5, bounds), "bounds");
    assert.ok(isAt(0, 0, start) && isAt(0.1, 0, start), "start and heading");
    assert.ok(!isAt(-0.1, 0, start), "nothing behind the start");
    const row = Math.floor(height - 0.06 * width);
    const dark = Array.from({ length: width }, (_, x) => 4 * (row * width + x))
      .filter((at) => ink.every((v, i) => Math.abs(data[at + i]! - v) < 9));
    assert.ok(Math.abs(dark.length * metres! - scale!) < 0.05, "scale");
  });
});

Deno.test("inspect --map: says how much of a flat is free to walk on", async () => {
  const demo = makeDemoScene(1);
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "flat.ply");
    await Deno.writeFile(path, plyOf(demo.splats));
    await Deno.writeTextFile(`${path}.scene.json`, '{"up": "+z", "scale": 1}');
    const out = join(folder, "map.png");
    const { code, lines, stderr } = await cli(
      ["inspect", path, `--map=${out}`, "--backend=cpu"],
      { permissions: ["--allow-read", `--allow-write=${folder}`] },
    );
    assert.equal(code, 0, stderr);
    const text = lines.map(({ text }) => text).join("\n");
    const [, area] = text.match(/free +([\d.]+) square m to walk on/)!;
    const rooms = demo.frame.bounds;
    const whole = (rooms.max[0] - rooms.min[0]) * (rooms.max[1] - rooms.min[1]);
    assert.ok(Number(area) > 0.3 * whole && Number(area) < 0.9 * whole, text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("inspect --map: nothing is read where the map cannot be written", async () => {
  await withPly(async (path, folder) => {
    const { code, lines, stderr } = await cli(
      ["inspect", path, "--map", join(folder, "map.png")],
      { permissions: ["--allow-read"] },
    );
    assert.equal(code, 2);
    assert.deepEqual(lines, []);
    assert.match(stderr, /^splatscout: Cannot write .*--allow-write=.*\n$/);
    const bad = await cli(["inspect", path, "--map", "map.jpg"]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /--map as it must be the path of a \.png/);
  });
});

Deno.test("inspect: what cannot be read is one line on stderr and exit code 2", async () => {
  await withPly(async (path, folder) => {
    await Deno.writeTextFile(join(folder, "empty.ply"), "");
    const cases: [string[], string[], RegExp][] = [
      [[], [], /there must be one file/],
      [[""], [], /there must be one file: got ""/],
      [[path, path], [], /there must be one file/],
      [
        [join(folder, "none.ply")],
        ["--allow-read"],
        /none\.ply as it must exist/,
      ],
      [[join(folder, "empty.ply")], ["--allow-read"], /the file is empty/],
      [[path], [], /--allow-read/],
    ];
    for (const [args, permissions, message] of cases) {
      const { code, lines, stderr } = await cli(["inspect", ...args], {
        permissions,
      });
      assert.equal(code, 2);
      assert.deepEqual(lines, []);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { ROOM_FRAME } from "../../bench/room.ts";
import {
  renderCommand,
  type RenderCommandIo,
  type ViewRendered,
} from "../../src/cli/render.ts";
import { fileNames } from "../../src/cli/view_names.ts";
import type { Camera } from "../../src/render/camera.ts";
import type { Backend, Renderer, View } from "../../src/render/renderer.ts";
import { decodePng } from "../image/decode_png.ts";
import { cli } from "./process.ts";

/** A view of one grey, `shade`, at `shade` centimetres. */
function flat({ width, height }: Camera, shade: number): View {
  const pixels = width * height;
  return {
    width,
    height,
    data: new Uint8Array(
      new Uint32Array(pixels).fill((0xff << 24) | (shade * 0x10101)).buffer,
    ),
    depth: new Float32Array(pixels).fill(shade / 100),
    expectedDepth: new Float32Array(pixels),
    alpha: new Float32Array(pixels).fill(1),
  };
}

/** Draws each camera in the shade of its x, after `delay` milliseconds, one call after the other. */
class FakeRenderer implements Renderer {
  readonly description = "fake";
  readonly calls: {
    size: number;
    asked: number;
    begun: number;
    ended: number;
  }[] = [];
  #last: Promise<void> = Promise.resolve();
  constructor(readonly backend: Backend, readonly delay: number) {}

  render(): Promise<View> {
    throw new Error("not used");
  }

  async renderMany(
    cameras: readonly Camera[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<View[]> {
    const asked = performance.now();
    const call = { size: cameras.length, asked, begun: 0, ended: 0 };
    this.calls.push(call);
    await (this.#last = this.#last.then(async () => {
      call.begun = performance.now();
      await new Promise((resolve) => setTimeout(resolve, this.delay));
      call.ended = performance.now();
    }));
    signal?.throwIfAborted();
    return cameras.map((camera) => flat(camera, camera.position[0]!));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Harness extends AsyncDisposable {
  readonly folder: string;
  readonly lines: (ViewRendered & { at: number })[];
  readonly io: RenderCommandIo;
}

async function harness(
  renderer: Renderer,
  { signal = new AbortController().signal, onLine }: {
    signal?: AbortSignal;
    onLine?: (line: ViewRendered) => void;
  } = {},
): Promise<Harness> {
  const folder = await Deno.makeTempDir({ prefix: "render-test-" });
  const lines: Harness["lines"] = [];
  return {
    folder,
    lines,
    io: {
      openScene: () => Promise.resolve({ frame: ROOM_FRAME, renderer }),
      writeOut: (text) => {
        assert.ok(text.endsWith("\n"));
        const line = JSON.parse(text);
        lines.push({ ...line, at: performance.now() });
        onLine?.(line);
        return Promise.resolve();
      },
      say: () => {},
      signal,
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function writeCameras(
  folder: string,
  count: number,
  filePath: (index: number) => string = (i) => `images/frame_${i}.png`,
): Promise<string> {
  const path = join(folder, "transforms.json");
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      w: 40,
      h: 30,
      fl_x: 30,
      frames: Array.from({ length: count }, (_, i) => ({
        file_path: filePath(i),
        transform_matrix: [
          [1, 0, 0, i],
          [0, 1, 0, 0],
          [0, 0, 1, 0],
          [0, 0, 0, 1],
        ],
      })),
    }),
  );
  return path;
}

Deno.test("each camera becomes its own file, told of when it is complete", async () => {
  const renderer = new FakeRenderer("cpu", 3);
  const read: Promise<void>[] = [];
  await using it = await harness(renderer, {
    onLine: ({ path, index }) =>
      read.push((async () => {
        const picture = decodePng(await Deno.readFile(path));
        assert.deepEqual([picture.width, picture.height], [40, 30]);
        assert.equal(picture.data[0], index);
        const depth = decodePng(
          await Deno.readFile(path.replace(/png$/, "depth.png")),
        );
        const millimetres = new DataView(depth.bytes.buffer).getUint16(0);
        assert.equal(millimetres, 10 * index);
      })()),
  });
  const cameras = await writeCameras(it.folder, 6);
  const out = join(it.folder, "a", "views");
  const code = await renderCommand({ cameras, out, depth: true }, it.io);
  assert.equal(code, 0);
  await Promise.all(read);
  assert.equal(read.length, 6);
  assert.deepEqual(
    it.lines.map(({ index }) => index).sort(),
    [0, 1, 2, 3, 4, 5],
  );
  for (const line of it.lines) {
    assert.deepEqual(Object.keys(line), ["type", "index", "path", "ms", "at"]);
    assert.equal(line.type, "view_rendered");
    assert.equal(line.path, join(out, `frame_${line.index}.png`));
    assert.ok(line.ms >= 2 && line.ms < 1000, `${line.ms} ms`);
  }
  const names = [...Deno.readDirSync(out)].map(({ name }) => name);
  assert.equal(names.length, 12, `nothing else is left: ${names}`);
});

Deno.test("the next view is rendered while one is encoded and written", async () => {
  const renderer = new FakeRenderer("cpu", 20);
  await using it = await harness(renderer);
  const cameras = await writeCameras(it.folder, 8);
  await renderCommand({
    cameras,
    out: join(it.folder, "out"),
    size: { width: 900, height: 700 }, // some ten milliseconds of PNG
  }, it.io);
  const { calls } = renderer;
  assert.equal(calls.length, 8);
  const line = (i: number): number =>
    it.lines.find(({ index }) => index === i)!.at;
  let early = 0;
  for (let i = 1; i < calls.length; i++) {
    assert.ok(
      calls[i]!.asked < calls[i - 1]!.ended,
      "the renderer never waits",
    );
    assert.ok(i < 2 || calls[i]!.asked >= calls[i - 2]!.ended, "two at a time");
    if (calls[i]!.begun < line(i - 1)) early++;
  }
  // A disk that stalls may hold up a view or two.
  assert.ok(early >= 5, `${early} of 7 views begin before the last one's file`);
  assert.ok(line(0) < calls.at(-1)!.begun, "lines come before the end");
});

Deno.test("a GPU gets up to eight views at once, and its next ones early", async () => {
  const renderer = new FakeRenderer("webgpu", 5);
  await using it = await harness(renderer);
  const cameras = await writeCameras(it.folder, 19);
  await renderCommand({ cameras, out: join(it.folder, "out") }, it.io);
  assert.deepEqual(renderer.calls.map(({ size }) => size), [8, 8, 3]);
  assert.ok(renderer.calls[1]!.asked < renderer.calls[0]!.ended);
  assert.equal(it.lines.length, 19);
});

Deno.test("stopped: its reason is thrown, what is there is whole", async () => {
  const renderer = new FakeRenderer("cpu", 5);
  const stop = new AbortController();
  await using it = await harness(renderer, {
    signal: stop.signal,
    onLine: ({ index }) => index === 2 && stop.abort(new Error("enough")),
  });
  const cameras = await writeCameras(it.folder, 50);
  const out = join(it.folder, "out");
  await assert.rejects(
    renderCommand({ cameras, out }, it.io),
    /^Error: enough$/,
  );
  assert.ok(it.lines.length < 10, `${it.lines.length} lines`);
  for (const { name } of Deno.readDirSync(out)) {
    decodePng(await Deno.readFile(join(out, name)));
  }
});

Deno.test("a fault of the renderer ends the command", async () => {
  const renderer = new FakeRenderer("cpu", 1);
  renderer.renderMany = () => Promise.reject(new RangeError("too large"));
  await using it = await harness(renderer);
  const cameras = await writeCameras(it.folder, 3);
  await assert.rejects(
    renderCommand({ cameras, out: join(it.folder, "out") }, it.io),
    /too large/,
  );
  assert.equal(it.lines.length, 0);
});

Deno.test("a reader that leaves ends the command quietly", async () => {
  const renderer = new FakeRenderer("cpu", 1);
  await using it = await harness(renderer);
  const cameras = await writeCameras(it.folder, 30);
  const writeOut = (): Promise<void> =>
    Promise.reject(new Deno.errors.BrokenPipe("gone"));
  const out = join(it.folder, "out");
  const code = await renderCommand({ cameras, out }, { ...it.io, writeOut });
  assert.equal(code, 0);
  assert.ok(renderer.calls.length < 9, `${renderer.calls.length} views`);
});

Deno.test("names: the file's own where harmless and unique, else the index", () => {
  const names = (paths: readonly (string | undefined)[]): string[] =>
    fileNames(paths.map((filePath) => ({ filePath })));
  assert.deepEqual(
    names(["images/a.png", "./b", undefined, "c\\d.jpg"]),
    ["a", "b", "00002", "d"],
  );
  assert.deepEqual(names(["l/1.png", "r/1.png", "2"]), ["00000", "00001", "2"]);
  assert.deepEqual(names(["..", "x/.", "a b", ""]), [
    "00000",
    "00001",
    "00002",
    "00003",
  ]);
  assert.deepEqual(names(["A.png", "a.png"]), ["00000", "00001"]);
  assert.deepEqual(names(["00001", ".."]), ["00000", "00001"]);
  fc.assert(fc.property(
    fc.array(fc.oneof(
      fc.string(),
      fc.constantFrom("a", "00000", "00001", "00002", "a.depth.png", "../x"),
    )),
    (paths) => {
      const found = names(paths);
      assert.equal(
        new Set(found.map((n) => n.toLowerCase())).size,
        paths.length,
      );
      for (const name of found) {
        assert.match(name, /^[\w-][\w.-]*$/);
        assert.doesNotMatch(name, /\.depth$/i);
      }
    },
  ));
});

Deno.test("as a process: a pose of the demo flat, colour and depth", async () => {
  const folder = await Deno.makeTempDir({ prefix: "render-test-" });
  try {
    const out = join(folder, "view.png");
    const { code, lines, stderr } = await cli(
      [
        "render",
        "--pose=0,0,0,0,-10",
        "--size",
        "96x64",
        "--depth",
        "--out",
        out,
      ],
      { permissions: [`--allow-write=${folder}`, `--allow-read=${folder}`] },
    );
    assert.equal(code, 0, stderr);
    assert.equal(lines.length, 1);
    const { ms, ...line } = JSON.parse(lines[0]!.text);
    assert.deepEqual(line, { type: "view_rendered", index: 0, path: out });
    assert.ok(ms > 0);
    const picture = decodePng(await Deno.readFile(out));
    assert.deepEqual([picture.width, picture.height], [96, 64]);
    assert.ok(new Set(picture.data).size > 50, "a picture of something");
    const depth = decodePng(
      await Deno.readFile(join(folder, "view.depth.png")),
    );
    assert.deepEqual([depth.width, depth.height, depth.bitDepth], [96, 64, 16]);
    const view = new DataView(depth.bytes.buffer);
    const centre = view.getUint16(2 * (32 * 96 + 48));
    assert.ok(centre > 300 && centre < 15_000, `${centre} mm`);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      ["view.depth.png", "view.png"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [what, args, message] of [
    ["neither pose nor cameras", [], /exactly one of --pose and --cameras/],
    ["both", ["--pose=0,0,0,0", "--cameras", "x.json"], /exactly one of/],
    ["no --out", ["--pose=0,0,0,0"], /--out PATH must be given/],
    ["an --out that is no .png", ["--pose=0,0,0,0", "--out", "x"], /\.png/],
    [
      "a write that is not granted",
      ["--pose=0,0,0,0", "--out", "x.png"],
      /--allow-write=x\.png/,
    ],
    ["a pose of three", ["--pose=0,0,0", "--out", "x.png"], /four or five/],
  ] as const
) {
  Deno.test(`as a process: ${what} is one line and exit code 2`, async () => {
    const { code, lines, stderr } = await cli(["render", ...args]);
    assert.equal(code, 2);
    assert.deepEqual(lines, []);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  });
}

Deno.test("as a process: cameras that are none are refused before the scene is read", async () => {
  const folder = await Deno.makeTempDir({ prefix: "render-test-" });
  try {
    const cameras = join(folder, "transforms.json");
    await Deno.writeTextFile(cameras, `{"frames": []}`);
    const { code, stderr } = await cli(
      ["render", "--cameras", cameras, "--out", folder, "--scene", "none.ply"],
      { permissions: ["--allow-read", "--allow-write"] },
    );
    assert.equal(code, 2);
    assert.match(stderr, /Cannot read .*transforms\.json.*frames/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { memorySource } from "../../src/scene/byte_source.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import {
  type SceneFile,
  SceneFormatError,
} from "../../src/scene/scene_file.ts";
import { statisticsOf } from "../../src/scene/statistics.ts";
import {
  type Encoding,
  propertiesOf,
  splatNames,
  splatRows,
  writePly,
} from "./ply_writer.ts";

function makePly(
  count: number,
  { encoding = "binary_little_endian" as Encoding, rest = 9 } = {},
): Uint8Array<ArrayBuffer> {
  const names = splatNames(rest);
  const rows = splatRows(names, count);
  return writePly([{ name: "vertex", properties: propertiesOf(names), rows }], {
    encoding,
  });
}

async function readAt(location: string): Promise<SceneFile> {
  const source = await openSource(location);
  return await readScene(source).finally(() => source.close());
}

async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Serves `handler` on a free port while `test` runs. */
async function withServer(
  handler: (request: Request) => Response,
  test: (base: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    handler,
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("readScene: files of several blocks read as they do from memory, in each encoding", async () => {
  await inFolder(async (folder) => {
    const encodings = [
      "ascii",
      "binary_little_endian",
      "binary_big_endian",
    ] as const;
    for (const encoding of encodings) {
      // 9 MB in binary, 5 MB in ASCII: three blocks and more.
      const bytes = makePly(encoding === "ascii" ? 9000 : 90_000, { encoding });
      const path = join(folder, `${encoding}.ply`);
      await Deno.writeFile(path, bytes);
      const file = await readAt(path);
      const steps: number[] = [];
      // Misaligned by one byte: no reader may rely on alignment.
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      const memory = await readScene(
        memorySource("memory.ply", shifted.subarray(1)),
        { onProgress: (fraction) => steps.push(fraction) },
      );
      assert.equal(file.splats.count, encoding === "ascii" ? 9000 : 90_000);
      for (const key of ["positions", "scales", "rotations", "sh"] as const) {
        assert.deepEqual(
          bytesOf(file.splats[key]),
          bytesOf(memory.splats[key]),
          key,
        );
      }
      assert.deepEqual(
        shifted.subarray(1),
        bytes,
        "the source is not written to",
      );
      assert.equal(steps.at(-1), 1);
      assert.ok(steps.length >= 2 && steps.length <= 51);
      assert.deepEqual(steps, steps.toSorted((a, b) => a - b));
      const last = 3 * (file.splats.count - 1);
      assert.equal(
        file.splats.positions[last],
        Math.fround(Math.sin(1 + 7 * (file.splats.count - 1))),
      );
    }
  });
});

/** Bytes, which compare fast. */
function bytesOf(values: Float32Array | Float16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

Deno.test("readScene: a name says nothing, the content all", async () => {
  const bytes = makePly(3);
  const { format } = await readScene(memorySource("room.spz", bytes));
  assert.equal(format, "ply");
});

Deno.test("readScene: gzip is unpacked where its length is true", async () => {
  const packed = new Uint8Array(gzipSync(makePly(500)));
  const scene = await readScene(memorySource("room.ply.gz", packed));
  assert.equal(scene.splats.count, 500);
  assert.equal(scene.version, "binary little endian, gzip");
  const refuse = (
    change: (bytes: Uint8Array) => void,
    message: RegExp,
  ): Promise<void> => {
    const bytes = packed.slice();
    change(bytes);
    return assert.rejects(
      readScene(memorySource("room.ply.gz", bytes)),
      (error) =>
        error instanceof SceneFormatError && message.test(error.message),
    );
  };
  const length = packed.length;
  await refuse(
    (b) => new DataView(b.buffer).setUint32(length - 4, 0xffffffff, true),
    /declares 4294967295/,
  );
  await refuse(
    (b) => new DataView(b.buffer).setUint32(length - 4, 5, true),
    /expected 5 unpacked bytes/,
  );
  await refuse((b) => b.fill(0, length / 2), /damaged|unpacked bytes/);
  await assert.rejects(
    readScene(memorySource("two.gz", new Uint8Array(gzipSync(packed)))),
    /another gzip stream/,
  );
});

Deno.test("readScene: an aborted reading throws the signal's reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(
    readScene(memorySource("room.ply", makePly(3)), {
      signal: AbortSignal.abort(reason),
    }),
    reason,
  );
  const stop = new AbortController();
  await assert.rejects(
    readScene(memorySource("room.ply", makePly(60_000)), {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    }),
    reason,
  );
});

Deno.test("readScene: what is no scene is refused by name", async () => {
  const cases: [string, string, RegExp][] = [
    ["empty", "", /Cannot read empty as a scene: the file is empty/],
    ["notes.md", "# Notes\nnothing", /begins with "# Notes\\nnothing"/],
    ["a.json", '{"name": 3}', /"means" \(SOG\)/],
    ["a.bin", "\0".repeat(6400), /as a scene/],
    ["a.bin", "\xff".repeat(64), /as a scene/],
  ];
  for (const [name, text, message] of cases) {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    await assert.rejects(readScene(memorySource(name, bytes)), (error) => {
      assert.ok(error instanceof SceneFormatError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("openSource: a folder is its only scene, or says what it holds", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(openSource(folder), /it holds none/);
    await Deno.writeTextFile(join(folder, "readme.txt"), "hello");
    await Deno.writeFile(join(folder, "room.ply"), makePly(2));
    assert.equal((await readAt(folder)).splats.count, 2);
    await Deno.writeFile(join(folder, "hall.ply"), makePly(2));
    await assert.rejects(
      openSource(folder),
      /it holds 2, such as hall\.ply, room\.ply/,
    );
    await assert.rejects(openSource(join(folder, "none.ply")), {
      name: "NotFound",
      message: /none\.ply as it must exist/,
    });
  });
});

Deno.test("openSource: neighbours stay in the folder", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "scene/parts"), { recursive: true });
    await Deno.writeTextFile(join(folder, "secret"), "secret");
    await Deno.writeTextFile(join(folder, "scene/parts/a.bin"), "inside");
    await Deno.writeFile(join(folder, "scene/room.ply"), makePly(1));
    await Deno.symlink("../secret", join(folder, "scene/link"));
    const source = await openSource(join(folder, "scene/room.ply"));
    try {
      const inside = await source.sibling!("parts/a.bin");
      assert.equal(new TextDecoder().decode(await inside.read(0, 6)), "inside");
      inside.close();
      const outside = [
        "../secret",
        "/etc/hostname",
        "link",
        "parts/../../secret",
        "a\\..\\b",
        "file:///etc/hostname",
        "",
        "parts//a.bin",
      ];
      for (const path of outside) {
        await assert.rejects(source.sibling!(path), SyntaxError, path);
      }
      await assert.rejects(source.sibling!("none"), Deno.errors.NotFound);
    } finally {
      source.close();
    }
  });
});

Deno.test({
  name:
    "openSource: pipes, devices and folders in a file's place are refused by name",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const pipe = join(folder, "pipe");
      const made = await new Deno.Command("mkfifo", { args: [pipe] }).output();
      assert.ok(made.success);
      // Opening it would wait for a writer, deaf to every signal.
      await assert.rejects(openSource(pipe), /pipe as it must be a file/);
      await assert.rejects(
        openSource("/dev/zero"),
        /zero as it must be a file/,
      );
      await Deno.mkdir(join(folder, "means.webp"));
      await Deno.writeFile(join(folder, "room.ply"), makePly(1));
      const source = await openSource(join(folder, "room.ply"));
      await assert.rejects(source.sibling!("means.webp"), {
        name: "SyntaxError",
        message: /means\.webp as it must be a file/,
      });
      source.close();
    });
  },
});

Deno.test("openSource: a server that breaks off or falls silent is told by name", async () => {
  const answers: Record<string, string> = {
    "/short": "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nply",
    "/silent": "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nply",
    "/mute": "",
  };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      const bytes = new Uint8Array(4096);
      const length = await connection.read(bytes);
      const request = new TextDecoder().decode(bytes.subarray(0, length ?? 0));
      const path = request.split(" ")[1]!;
      await connection.write(new TextEncoder().encode(answers[path]!));
      if (path === "/short") connection.close();
    }
  })();
  const base = `http://127.0.0.1:${listener.addr.port}`;
  const open = (path: string, patience?: number): Promise<unknown> =>
    openSource(base + path, patience === undefined ? {} : { patience });
  try {
    await assert.rejects(
      open("/short"),
      /fetch \S+\/short as the answer must come whole: it broke off after \d bytes/,
    );
    await assert.rejects(
      open("/silent", 300),
      /\/silent as the server must go on within 0.3 s: it fell silent after 3 bytes/,
    );
    await assert.rejects(open("/mute", 300), /silent after 0 bytes/);
    const abort = AbortSignal.timeout(100);
    await assert.rejects(
      openSource(`${base}/silent`, { signal: abort }),
      { name: "TimeoutError" },
    );
  } finally {
    listener.close();
    await serving.catch(() => {});
    for (const connection of connections) {
      try {
        connection.close();
      } catch { /* It was closed above. */ }
    }
  }
  await assert.rejects(openSource("http://"), /http:\/\/ as it must be a URL/);
});

Deno.test("openSource: ranges that are asked for at once do not mix", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "bytes");
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    await Deno.writeFile(path, bytes);
    const source = await openSource(path);
    try {
      const parts = await Promise.all(
        Array.from({ length: 50 }, (_, i) => source.read(4900 - 100 * i, 100)),
      );
      for (const [i, part] of parts.entries()) {
        assert.deepEqual(part, bytes.subarray(4900 - 100 * i, 5000 - 100 * i));
      }
      await assert.rejects(source.read(4950, 51), RangeError);
    } finally {
      source.close();
    }
  });
});

Deno.test("openSource: a URL is fetched with progress, within its limit", async () => {
  const bytes = makePly(20_000);
  await withServer((request) => {
    const { pathname, search } = new URL(request.url);
    if (search !== "?key=1") return new Response("key?", { status: 403 });
    if (pathname === "/a/room.ply") {
      return new Response(bytes, {
        headers: { "content-length": String(bytes.length) },
      });
    }
    if (pathname === "/a/endless") {
      return new Response(
        new ReadableStream({
          pull: (stream) => stream.enqueue(new Uint8Array(65_536)),
        }),
      );
    }
    return pathname === "/a/b%20c"
      ? new Response("beside")
      : new Response("", { status: 404 });
  }, async (base) => {
    const steps: number[] = [];
    const source = await openSource(`${base}/a/room.ply?key=1`, {
      onProgress: (fraction) => steps.push(fraction),
    });
    assert.equal((await readScene(source)).splats.count, 20_000);
    assert.ok(steps.length > 0 && steps.length < 30 && steps.at(-1)! <= 1);
    const beside = await source.sibling!("b c");
    assert.equal(beside.size, 6);
    await assert.rejects(source.sibling!("../room.ply"), SyntaxError);
    await assert.rejects(source.sibling!("none"), Deno.errors.NotFound);
    const open = (path: string): Promise<unknown> =>
      openSource(`${base}${path}`, { maxBytes: 1_000_000 });
    await assert.rejects(open("/a/room.ply?key=1"), /at most 1000000 bytes/);
    await assert.rejects(open("/a/endless?key=1"), /at most 1000000 bytes/);
    await assert.rejects(open("/a/room.ply"), /current value is 403/);
  });
  await assert.rejects(
    openSource("http://127.0.0.1:1/room.ply"),
    /the server must be reachable/,
  );
});

Deno.test("statisticsOf: sums in float64", async () => {
  const { splats } = await readScene(memorySource("m", makePly(1000)));
  const rows = splatRows(splatNames(9), 1000);
  const { positionMin, positionMean, meanScale } = statisticsOf(splats);
  const xs = rows.map((row) => row[0]!);
  assert.equal(positionMin[0], Math.min(...xs));
  assert.ok(
    Math.abs(positionMean[0] - xs.reduce((a, b) => a + b) / 1000) < 1e-12,
  );
  const column = splatNames(9).indexOf("scale_0");
  const scale = rows.reduce((sum, row) => sum + Math.exp(row[column]!), 0) /
    1000;
  assert.ok(Math.abs(meanScale[0] - scale) < 1e-7);
});

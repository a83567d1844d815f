import assert from "node:assert/strict";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { memorySource } from "../../src/scene/byte_source.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import { readSpz } from "../../src/scene/read_spz.ts";
import type { SceneFile } from "../../src/scene/scene_file.ts";
import { shBasis } from "../../src/scene/sh_rotation.ts";
import { SH_C0 } from "../../src/scene/splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import { concat, encodeSpz, type EncodeSpzOptions } from "./encode_spz.ts";
import {
  assertClose,
  assertSameRotations,
  assertSound,
  readOrRefuse,
} from "./reading.ts";

function read(bytes: Uint8Array): Promise<SceneFile> {
  return readSpz(memorySource("test.spz", bytes), {});
}

/** One splat whose bytes are all known; `word` is its rotation from version 3 on. */
function oneSplat(options: Partial<EncodeSpzOptions> = {}): Uint8Array {
  const version = options.version ?? 3;
  return encodeSpz({
    count: 1,
    shDegree: 1,
    fractionalBits: 8,
    ...options,
    streams: {
      // 1.5 and -2 in 1/256, 8388607 / 256 the greatest; half floats in version 1.
      positions: version === 1
        ? new Uint8Array(Uint16Array.of(0x3e00, 0xc000, 0x7bff).buffer)
        : Uint8Array.of(0x80, 1, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x7f),
      alphas: Uint8Array.of(51),
      colors: Uint8Array.of(0, 255, 51),
      scales: Uint8Array.of(0, 160, 255),
      rotations: version >= 3
        // Largest is y (1): then w, z, x by tens of bits from the least.
        ? new Uint8Array(
          Uint32Array.of(
            1 << 30 | 100 << 20 | (512 | 200) << 10 | 300,
          ).buffer,
        )
        : Uint8Array.of(0, 128, 128),
      sh: Uint8Array.of(0, 64, 128, 129, 192, 255, 127, 1, 2),
      ...options.streams,
    },
  });
}

for (const version of [1, 2, 3, 4] as const) {
  Deno.test(`readSpz() version ${version}: numbers by hand`, async () => {
    const scene = await read(oneSplat({ version }));
    const { splats } = scene;
    assert.equal(scene.format, "spz");
    assert.match(scene.version, version === 4 ? /^4 \(zstd\)/ : /\(gzip\)/);
    assert.equal(scene.up, "+y");
    assert.deepEqual(scene.warnings, []);
    const far = version === 1 ? 65504 : 8388607 / 256;
    assertClose(splats.positions, [1.5, -2, far]);
    assertClose(splats.opacities, [0.2]);
    assertClose(splats.colors, [-0.5 / 0.15, 0.5 / 0.15, -0.3 / 0.15]);
    assertClose(splats.scales, [Math.exp(-10), 1, Math.exp(255 / 16 - 10)]);
    const [x, z, w] = [100, -200, 300].map((part) =>
      part / 511 * Math.SQRT1_2
    ) as [number, number, number];
    const y = Math.sqrt(1 - x * x - z * z - w * w);
    // A vector part of length one or more leaves nothing for w.
    const shortened = Math.hypot(1, 1 / 255, 1 / 255);
    assertSameRotations(
      splats.rotations,
      version >= 3
        ? [w, x, y, z]
        : [0, -1 / shortened, 1 / 255 / shortened, 1 / 255 / shortened],
    );
    assert.deepEqual(
      [...splats.sh],
      [-128, -64, 0, 1, 64, 127, -1, -127, -126].map((n) => n / 128),
    );
  });
}

Deno.test("readSpz() keeps SH of degree 0 to 3 and cuts 4 with a warning", async () => {
  for (const shDegree of [0, 1, 2, 3, 4]) {
    const bytes = encodeSpz({ count: 5, shDegree });
    const { splats, fileShDegree, warnings } = await read(bytes);
    assert.equal(fileShDegree, shDegree);
    assert.equal(splats.shDegree, Math.min(shDegree, 3));
    assert.equal(warnings.length, shDegree === 4 ? 1 : 0);
    assertSound(splats);
  }
  const values = Uint8Array.from({ length: 2 * 72 }, (_, i) => i);
  const { splats } = await read(
    encodeSpz({ count: 2, shDegree: 4, streams: { sh: values } }),
  );
  const expected = [0, 72].flatMap((first) =>
    Array.from({ length: 45 }, (_, i) => (first + i - 128) / 128)
  );
  assert.deepEqual([...splats.sh], expected);
});

Deno.test("readSpz() reads the flag, plain files and bytes after the end", async () => {
  const plain = await read(encodeSpz({ count: 3, plain: true, flags: 1 }));
  assert.equal(plain.version, "3 (not packed)");
  assert.equal(plain.splats.antialiased, true);
  const trailing = await read(
    encodeSpz({ count: 3, extensions: new Uint8Array(7) }),
  );
  assert.equal(trailing.splats.antialiased, false);
  assert.match(trailing.warnings.join(), /ignored 7 bytes/);
});

/** An extension record. */
function record(type: number, payload: readonly number[]): Uint8Array {
  const head = new Uint8Array(Uint32Array.of(type, payload.length).buffer);
  return concat([head, Uint8Array.from(payload)]);
}

Deno.test("readSpz() takes up from the axes extension, wherever it stands", async () => {
  const cases: [number, string, RegExp][] = [
    [0, "+y", /^$/], // unspecified
    [4, "+y", /^$/], // right, up, back: the default
    [6, "-y", /^$/], // right, down, front
    [12, "+z", /^$/], // right, front, up
    [14, "-z", /^$/], // right, back, down
    [8, "+y", /left-handed/], // right, up, front
    [16, "+z", /left-handed/], // right, back, up
    [99, "+y", /^$/],
  ];
  for (const version of [2, 3, 4] as const) {
    for (const [value, up, warning] of cases) {
      const extensions = concat([
        record(0xadbe0002, new Array(12).fill(1)),
        record(0xadbe0003, [value, 0, 0, 0]),
      ]);
      const scene = await read(
        encodeSpz({ count: 2, version, flags: 2, extensions }),
      );
      assert.equal(scene.up, up, `axes ${value}`);
      assert.match(scene.warnings.join(), warning);
      assert.equal(
        scene.upReason !== undefined,
        value !== 0 && value !== 99,
      );
    }
  }
});

Deno.test("readSpz() skips extensions that are cut", async () => {
  const extensions = record(0xadbe0003, [6, 0, 0, 0]).subarray(0, 10);
  const scene = await read(encodeSpz({ count: 2, flags: 2, extensions }));
  assert.equal(scene.up, "+y");
  assert.match(scene.warnings.join(), /cut short/);
});

/** Spark's tree behind the SH of `count` splats: two children of the first, no others. */
function sparkTree(count: number): Uint8Array {
  const childCounts = new Uint16Array(count);
  childCounts[0] = 2;
  const childStarts = new Uint32Array(count);
  childStarts[0] = 1;
  return concat([
    new Uint8Array(childCounts.buffer),
    new Uint8Array(childStarts.buffer),
  ]);
}

for (const version of [2, 3] as const) {
  Deno.test(`readSpz() version ${version}: of Spark's levels of detail the finest is kept`, async () => {
    const count = 3;
    const plain = { count, version, shDegree: 1 };
    const whole = await read(encodeSpz(plain));
    const tree = await read(encodeSpz({
      ...plain,
      flags: 0x80,
      extensions: sparkTree(count),
      // Half of what it is without a tree: those above the leaves go to 2.
      streams: { alphas: Uint8Array.of(255, 51, 102) },
    }));
    assert.equal(tree.splats.count, 2);
    assertClose(tree.splats.opacities, [0.4, 0.8]);
    for (
      const name of ["positions", "scales", "rotations", "colors"] as const
    ) {
      const all = whole.splats[name];
      assert.deepEqual(tree.splats[name], all.slice(all.length / 3), name);
    }
    assert.deepEqual(tree.splats.sh, whole.splats.sh.slice(9));
    assert.match(tree.warnings.join(), /2 of 3 splats/);
  });
}

Deno.test("readSpz(): a tree may be long, cut, or not there", async () => {
  const count = 180_000;
  const long = await read(
    encodeSpz({ count, flags: 0x80, extensions: sparkTree(count) }),
  );
  assert.equal(long.splats.count, count - 1);
  const cut = encodeSpz({
    count: 3,
    flags: 0x80,
    extensions: new Uint8Array(17),
  });
  await assert.rejects(read(cut), /tree of levels of detail/);
  const childCounts = new Uint8Array(18).fill(1);
  await assert.rejects(
    read(encodeSpz({ count: 3, flags: 0x80, extensions: childCounts })),
    /at least one splat without children/,
  );
});

Deno.test("readSpz() leaves out half floats that are not finite", async () => {
  const positions = new Uint16Array(3 * 200).fill(0x3c00);
  positions[3 * 17 + 1] = 0x7e00;
  const streams = { positions: new Uint8Array(positions.buffer) };
  const few = await read(encodeSpz({ count: 200, version: 1, streams }));
  assert.equal(few.splats.count, 199);
  assert.match(few.warnings.join(), /1 of 200 .*not finite/);
  positions.fill(0x7c00);
  await assert.rejects(
    read(encodeSpz({ count: 200, version: 1, streams })),
    /finite/,
  );
});

Deno.test("readSpz() reports progress and obeys the signal", async () => {
  const source = memorySource("a.spz", encodeSpz({ count: 2 }));
  const reported: number[] = [];
  await readSpz(source, { onProgress: (part) => reported.push(part) });
  assert.equal(reported.at(-1), 1);
  assert.deepEqual(reported, reported.toSorted((a, b) => a - b));
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(readSpz(source, { signal }), /enough/);
});

Deno.test(
  "readSpz() and .ply: the same splats have the same colour from each side",
  {
    ignore: ignoreShared,
  },
  async () => {
    const load = async (name: string): Promise<SceneFile> => {
      const source = await openSource(sharedScene(name));
      return await readScene(source).finally(() => source.close());
    };
    const ply = await load("animu-equiv-degree3-exact-binary-le.ply");
    for (const version of [2, 3]) {
      const spz = await load(`animu-equiv-degree3-exact-v${version}.spz`);
      for (
        const direction of [[0.6, 0.48, 0.64], [-0.36, 0.8, -0.48]] as const
      ) {
        const [x, y, z] = direction;
        // Right, up, back of the one is right, down, front of the other.
        const seen = (scene: SceneFile, flip: number): number[] => {
          const { colors, sh, count } = scene.splats;
          const basis = shBasis([x, flip * y, flip * z]);
          return Array.from({ length: 3 * count }, (_, i) => {
            const at = 45 * Math.floor(i / 3) + i % 3;
            return basis.reduce(
              (sum, value, c) => sum + value * sh[at + 3 * c]!,
              0.5 + SH_C0 * colors[i]!,
            );
          });
        };
        // 8-bit colours and SH.
        assertClose(seen(spz, -1), seen(ply, 1), { tolerance: 0.02 });
      }
    }
  },
);

Deno.test("readSpz() refuses each truncation of each version", async () => {
  for (const version of [1, 2, 3, 4] as const) {
    const bytes = encodeSpz({ count: 3, version, shDegree: 1 });
    for (let length = 0; length < bytes.length; length++) {
      const cut = memorySource("cut.spz", bytes.subarray(0, length));
      assert.equal(await readOrRefuse(readSpz, cut), undefined, `${length}`);
    }
  }
});

Deno.test("readSpz() survives any changed byte", async () => {
  const files = [
    encodeSpz({ count: 9, version: 1 }),
    encodeSpz({ count: 9, version: 2, shDegree: 2, plain: true }),
    encodeSpz({ count: 9, version: 3, shDegree: 1, flags: 2 }),
    encodeSpz({ count: 9, version: 4, shDegree: 3 }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), {
        minLength: 1,
        maxLength: 4,
      }),
      async (file, changes) => {
        const bytes = Uint8Array.from(file);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        await readOrRefuse(readSpz, memorySource("changed.spz", bytes));
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test("readSpz() allocates nothing for counts that the bytes cannot hold", async () => {
  for (const version of [1, 2, 3, 4] as const) {
    for (const plain of [true, false]) {
      for (const lie of [4, 1000, 2 ** 20, 2 ** 31, 2 ** 32 - 1]) {
        const raw = encodeSpz({ count: 3, version, plain: true });
        new DataView(raw.buffer).setUint32(8, lie, true);
        const bytes = plain || version === 4 ? raw : gzipSync(raw);
        const before = Deno.memoryUsage().external;
        const source = memorySource("lie.spz", bytes);
        assert.equal(await readOrRefuse(readSpz, source), undefined);
        assert.ok(Deno.memoryUsage().external - before < 64e6);
      }
    }
  }
});

Deno.test("readSpz() stops bombs early", async () => {
  const header = encodeSpz({ count: 3, version: 3, plain: true });
  const gzipBomb = gzipSync(concat([header, new Uint8Array(400e6)]));
  // A header that declares what the zeros would fill: 20 million splats of 400 kB.
  new DataView(header.buffer).setUint32(8, 20_000_000, true);
  const honestBomb = gzipSync(concat([header, new Uint8Array(400e6)]));
  const version4 = encodeSpz({ count: 3, version: 4 });
  const zstdBomb = concat([
    version4.subarray(0, 32 + 5 * 16),
    ...Array.from({ length: 5 }, () => zstdCompressSync(new Uint8Array(1e8))),
  ]);
  const packed = zstdCompressSync(new Uint8Array(1e8)).length;
  const table = new DataView(zstdBomb.buffer, 32);
  for (let i = 0; i < 5; i++) table.setBigUint64(16 * i, BigInt(packed), true);
  const begin = performance.now();
  gunzipSync(gzipBomb);
  const whole = performance.now() - begin;
  for (const bytes of [gzipBomb, honestBomb, zstdBomb]) {
    const start = performance.now();
    const source = memorySource("bomb.spz", bytes);
    assert.equal(await readOrRefuse(readSpz, source), undefined);
    const took = performance.now() - start;
    assert.ok(took < whole / 4, `${took} ms; all of it takes ${whole} ms`);
  }
});

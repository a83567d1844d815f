import assert from "node:assert/strict";
import fc from "fast-check";
import { memorySource } from "../../src/scene/byte_source.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import { readGltf } from "../../src/scene/read_gltf.ts";
import { readSpz } from "../../src/scene/read_spz.ts";
import type { SceneFile } from "../../src/scene/scene_file.ts";
import { SH_C0 } from "../../src/scene/splats.ts";
import { transformSplats } from "../../src/scene/transform_splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import {
  type Attribute,
  type EncodedGltf,
  encodeGlb,
  encodeGltf,
  type EncodeGltfOptions,
  randomSplats,
} from "./encode_gltf.ts";
import { encodeSpz } from "./encode_spz.ts";
import {
  assertClose,
  assertSameRotations,
  assertSound,
  memoryFolder,
  readOrRefuse,
} from "./reading.ts";

const K = "KHR_gaussian_splatting:";
const text = new TextEncoder();

function read(bytes: Uint8Array): Promise<SceneFile> {
  return readGltf(memorySource("test.glb", bytes), {});
}

function readEncoded(options: EncodeGltfOptions): Promise<SceneFile> {
  return read(encodeGlb(encodeGltf(options)));
}

/** The numbers of an attribute of {@linkcode randomSplats}. */
function numbers(
  attributes: Record<string, Attribute>,
  name: string,
): ArrayLike<number> {
  return attributes[name]!.array;
}

/** x, y, z, w -> w, x, y, z of unit length. */
function unitRotations(xyzw: ArrayLike<number>): number[] {
  return Array.from({ length: xyzw.length / 4 }, (_, i) => {
    const [x, y, z, w] = [0, 1, 2, 3].map((k) => xyzw[4 * i + k]!) as [
      number,
      number,
      number,
      number,
    ];
    const norm = Math.hypot(x, y, z, w);
    return [w / norm, x / norm, y / norm, z / norm];
  }).flat();
}

for (const interleaved of [false, true]) {
  for (const shDegree of [0, 1, 2, 3]) {
    Deno.test(
      `readGltf(): floats of SH degree ${shDegree}, ${
        interleaved ? "interleaved" : "one after another"
      }`,
      async () => {
        const attributes = randomSplats(37, shDegree);
        const scene = await readEncoded({
          primitives: [attributes],
          interleaved,
        });
        const { splats } = scene;
        assert.equal(scene.format, "glb");
        assert.equal(scene.version, "2.0, KHR_gaussian_splatting");
        assert.equal(scene.up, "+y");
        assert.equal(scene.fileShDegree, shDegree);
        assert.equal(scene.statistics, undefined);
        assert.deepEqual(scene.warnings, []);
        assertClose(splats.positions, numbers(attributes, "POSITION"));
        assertClose(splats.scales, numbers(attributes, `${K}SCALE`));
        assertClose(splats.opacities, numbers(attributes, `${K}OPACITY`));
        assertClose(
          splats.colors,
          numbers(attributes, `${K}SH_DEGREE_0_COEF_0`),
        );
        assertSameRotations(
          splats.rotations,
          unitRotations(numbers(attributes, `${K}ROTATION`)),
        );
        const rest = [1, 2, 3].filter((degree) => degree <= shDegree)
          .flatMap((degree) =>
            Array.from(
              { length: 2 * degree + 1 },
              (_, n) =>
                numbers(attributes, `${K}SH_DEGREE_${degree}_COEF_${n}`),
            )
          );
        const expected = Array.from(
          { length: 37 },
          (_, i) => rest.flatMap((c) => [0, 1, 2].map((k) => c[3 * i + k]!)),
        );
        assertClose(splats.sh, expected.flat(), { tolerance: 0.0005 });
      },
    );
  }
}

Deno.test("readGltf(): more splats than a block", async () => {
  const attributes = randomSplats(40000, 1);
  const reported: number[] = [];
  const source = memorySource(
    "a.glb",
    encodeGlb(encodeGltf({ primitives: [attributes] })),
  );
  const { splats } = await readGltf(source, {
    onProgress: (part) => reported.push(part),
  });
  assert.deepEqual(
    splats.positions,
    Float32Array.from(numbers(attributes, "POSITION")),
  );
  assert.equal(reported.length, 3);
  assert.equal(reported.at(-1), 1);
});

Deno.test("readGltf(): integers, plain and normalised", async () => {
  const base = randomSplats(2, 0);
  const of = (array: Attribute["array"], normalized = false): Attribute => ({
    array,
    width: array.length / 2,
    normalized,
  });
  const bytes = await readEncoded({
    primitives: [{
      ...base,
      [`${K}SCALE`]: of(Uint8Array.of(1, 2, 3, 255, 0, 9)),
      [`${K}ROTATION`]: of(Int8Array.of(127, 0, 0, 0, -128, 0, 0, 127), true),
      [`${K}OPACITY`]: of(Uint8Array.of(51, 255), true),
    }],
  });
  assertClose(bytes.splats.scales, [1, 2, 3, 255, 0, 9]);
  assertClose(bytes.splats.opacities, [0.2, 1]);
  const half = Math.SQRT1_2;
  assertSameRotations(bytes.splats.rotations, [0, 1, 0, 0, half, -half, 0, 0]);
  const shorts = await readEncoded({
    primitives: [{
      ...base,
      [`${K}SCALE`]: of(Uint16Array.of(1, 2, 65535, 0, 13107, 9), true),
      [`${K}ROTATION`]: of(
        Int16Array.of(0, 0, 0, -32767, 0, 32767, 0, 0),
        true,
      ),
      [`${K}OPACITY`]: of(Uint16Array.of(0, 13107), true),
    }],
  });
  assertClose(
    shorts.splats.scales,
    [1 / 65535, 2 / 65535, 1, 0, 0.2, 9 / 65535],
  );
  assertClose(shorts.splats.opacities, [0, 0.2]);
  assertSameRotations(shorts.splats.rotations, [1, 0, 0, 0, 0, 0, 1, 0]);
});

Deno.test("readGltf(): buffers at odd addresses", async () => {
  const encoded = encodeGltf({ primitives: [randomSplats(5, 1)] });
  const glb = encodeGlb(encoded);
  const shifted = new Uint8Array(glb.length + 1);
  shifted.set(glb, 1);
  const { splats } = await read(shifted.subarray(1));
  assert.deepEqual(splats, (await read(glb)).splats);
});

Deno.test("readGltf(): a draft with _SCALE, _ROTATION and COLOR_0", async () => {
  const base = randomSplats(2, 0);
  const draft = {
    POSITION: base["POSITION"]!,
    _SCALE: base[`${K}SCALE`]!,
    _ROTATION: base[`${K}ROTATION`]!,
    COLOR_0: {
      array: Uint8Array.of(0, 51, 255, 102, 255, 255, 0, 255),
      width: 4,
      normalized: true,
    },
  };
  for (const extension of [{}, undefined]) {
    const { splats, version } = await readEncoded({
      primitives: [draft],
      extension,
    });
    assert.equal(version, "2.0, draft");
    assertClose(splats.opacities, [0.4, 1]);
    assertClose(
      splats.colors,
      [0, 0.2, 1, 1, 1, 0].map((value) => (value - 0.5) / SH_C0),
    );
  }
});

Deno.test("readGltf(): what the extension forbids is repaired with a warning", async () => {
  const base = randomSplats(2, 0);
  const change = (
    name: string,
    values: number[],
  ): Record<string, Attribute> => ({
    ...base,
    [name]: { array: Float32Array.from(values), width: values.length / 2 },
  });
  const scales = await readEncoded({
    primitives: [change(`${K}SCALE`, [-1, 2, 3, 4, 5, 6])],
  });
  assert.match(scales.warnings.join(), /1 negative scale is set to 0/);
  assertClose(scales.splats.scales, [0, 2, 3, 4, 5, 6]);
  const logarithms = await readEncoded({
    primitives: [change(`${K}SCALE`, [-1, -2, -3, -4, -5, -6])],
  });
  assert.match(logarithms.warnings.join(), /taken for logarithms/);
  assertClose(
    logarithms.splats.scales,
    [-1, -2, -3, -4, -5, -6].map(Math.exp),
  );
  // Logarithms of a scene whose unit is small: a scale in three is beyond one.
  const large = await readEncoded({
    primitives: [change(`${K}SCALE`, [-1, -2, 0.5, -4, 0.25, -6])],
  });
  assertClose(
    large.splats.scales,
    [-1, -2, 0.5, -4, 0.25, -6].map(Math.exp),
  );
  const opacities = await readEncoded({
    primitives: [change(`${K}OPACITY`, [-0.5, 1.5])],
  });
  assert.match(opacities.warnings.join(), /2 opacities are clamped/);
  assertClose(opacities.splats.opacities, [0, 1]);
  const linear = await readEncoded({
    primitives: [base],
    extension: { kernel: "disk", colorSpace: "lin_rec709_display" },
  });
  assert.match(linear.warnings.join(), /kernel "disk".*too dark/);
});

Deno.test("readGltf(): numbers that are not finite are left out, many refused", async () => {
  const base = randomSplats(300, 1);
  const array = Float32Array.from(numbers(base, "POSITION"));
  array[5] = NaN;
  const few = await readEncoded({
    primitives: [
      { ...base, POSITION: { array, width: 3 } },
      randomSplats(2, 0),
    ],
    nodes: [{ mesh: 0, translation: [1, 0, 0] }],
  });
  assert.equal(few.splats.count, 301);
  assert.match(few.warnings.join(), /1 of 300/);
  // The second primitive moved up, and its node still holds.
  const [x] = few.splats.positions.subarray(3 * 299);
  assertClose([x!], [numbers(base, "POSITION")[0]! + 1]);
  array.fill(Infinity);
  await assert.rejects(
    readEncoded({ primitives: [{ ...base, POSITION: { array, width: 3 } }] }),
    /as glb: expected finite/,
  );
});

Deno.test("readGltf(): primitives of several degrees become one, nodes place them", async () => {
  const primitives = [randomSplats(3, 1), randomSplats(2, 3)];
  const plain = await readEncoded({ primitives });
  assert.equal(plain.splats.shDegree, 3);
  assert.equal(plain.splats.count, 5);
  assert.ok(plain.splats.sh.subarray(9, 45).every((value) => value === 0));
  const quarter = Math.SQRT1_2;
  const placed = await readEncoded({
    primitives,
    nodes: [
      { children: [1, 2], translation: [0, 10, 0], scale: [2, 2, 2] },
      // A quarter turn about y: x becomes -z.
      { mesh: 0, rotation: [0, quarter, 0, quarter] },
      // deno-fmt-ignore
      { mesh: 0, matrix: [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1] },
    ],
  });
  assert.equal(placed.splats.count, 10);
  assertSound(placed.splats);
  const affines = [
    { linear: [0, 0, 2, 0, 2, 0, -2, 0, 0], translation: [0, 10, 0] },
    { linear: [-2, 0, 0, 0, 2, 0, 0, 0, 2], translation: [10, 10, 0] },
  ];
  const expected = await Promise.all(affines.map(async (affine) => {
    const { splats } = await readEncoded({ primitives });
    transformSplats(splats, affine);
    return splats;
  }));
  assertClose(
    placed.splats.positions,
    expected.flatMap(({ positions }) => [...positions]),
  );
  assertClose(
    placed.splats.scales,
    expected.flatMap(({ scales }) => [...scales]),
  );
  assertSameRotations(
    placed.splats.rotations,
    expected.flatMap(({ rotations }) => [...rotations]),
  );
  assertClose(placed.splats.sh, expected.flatMap(({ sh }) => [...sh]), {
    tolerance: 0.002,
  });
  // Statistics are of the numbers in the file.
  const { positionMin, positionMax } = placed.statistics!;
  const axis = (k: number): number[] =>
    [...plain.splats.positions].filter((_, i) => i % 3 === k);
  assertClose(positionMin, [0, 1, 2].map((k) => Math.min(...axis(k))));
  assertClose(positionMax, [0, 1, 2].map((k) => Math.max(...axis(k))));
});

Deno.test("readGltf(): only the default scene counts", async () => {
  const encoded = encodeGltf({
    primitives: [randomSplats(2, 0)],
    nodes: [{ mesh: 0 }, { mesh: 0, translation: [9, 0, 0] }],
    json: { scene: 1, scenes: [{ nodes: [0] }, { nodes: [1] }] },
  });
  const { splats } = await read(encodeGlb(encoded));
  assert.equal(splats.count, 2);
  assert.ok(splats.positions[0]! > 3.9);
  const { scenes: _, scene: __, ...json } = encoded.json;
  assert.equal((await read(encodeGlb({ ...encoded, json }))).splats.count, 4);
  const bare = { ...json, nodes: undefined };
  const all = await read(encodeGlb({ ...encoded, json: bare }));
  assert.equal(all.splats.count, 2);
});

Deno.test("readGltf(): .spz within, under each of its names", async () => {
  const spz = encodeSpz({ count: 7, version: 2, shDegree: 2, flags: 1 });
  const expected = await readSpz(memorySource("a.spz", spz), {});
  const compression = { bufferView: 0 };
  const nested = (name: string): unknown => ({
    KHR_gaussian_splatting: { extensions: { [name]: compression } },
  });
  const all = [
    nested("KHR_gaussian_splatting_compression_spz_2"),
    nested("KHR_gaussian_splatting_compression_spz"),
    { KHR_spz_gaussian_splats_compression: compression },
  ];
  for (const extensions of all) {
    const scene = await read(encodeGlb({
      buffer: spz,
      json: {
        asset: { version: "2.0" },
        nodes: [{ mesh: 0 }],
        meshes: [{ primitives: [{ attributes: { POSITION: 0 }, extensions }] }],
        accessors: [{ componentType: 5126, count: 7, type: "VEC3" }],
        bufferViews: [{ buffer: 0, byteLength: spz.length }],
        buffers: [{ byteLength: spz.length }],
      },
    }));
    assert.equal(scene.version, "2.0, spz");
    assert.deepEqual(scene.splats, expected.splats);
  }
});

Deno.test("readGltf(): buffers in data URIs and in files beside", async () => {
  const encoded = encodeGltf({ primitives: [randomSplats(4, 1)] });
  const expected = (await read(encodeGlb(encoded))).splats;
  const withUri = (uri: string): Uint8Array =>
    text.encode(JSON.stringify({
      ...encoded.json,
      buffers: [{ byteLength: encoded.buffer.length, uri }],
    }));
  const inline =
    `data:application/octet-stream;base64,${encoded.buffer.toBase64()}`;
  const first = await readGltf(memorySource("a.gltf", withUri(inline)), {});
  assert.equal(first.format, "gltf");
  assert.deepEqual(first.splats, expected);
  const files = {
    "scan/a.gltf": withUri("data/my%20scan.bin"),
    "scan/data/my scan.bin": encoded.buffer,
    "secret.bin": encoded.buffer,
  };
  const beside = await readGltf(memoryFolder(files, "scan/a.gltf"), {});
  assert.deepEqual(beside.splats, expected);
  for (
    const uri of [
      ...["../secret.bin", "%2e%2e/secret.bin", "/secret.bin", "absent.bin"],
      ...["file:///secret.bin", "data:,abc", "data:;base64,@@", "%", ""],
    ]
  ) {
    files["scan/a.gltf"] = withUri(uri);
    await assert.rejects(
      readGltf(memoryFolder(files, "scan/a.gltf"), {}),
      /as gltf: expected to read the buffer/,
      uri,
    );
  }
});

Deno.test("readGltf(): records that begin before the first number of an attribute", async () => {
  // Eight bytes, then records of 16 of which 12 are used: the last ends behind a whole stride.
  const attributes = randomSplats(20_000, 0);
  const { json, buffer } = encodeGltf({ primitives: [attributes] });
  const positions = numbers(attributes, "POSITION");
  const padded = new Float32Array(2 + 4 * 20_000);
  for (let i = 0; i < 20_000; i++) {
    for (let k = 0; k < 3; k++) padded[2 + 4 * i + k] = positions[3 * i + k]!;
  }
  const bytes = new Uint8Array(buffer.length + padded.byteLength);
  bytes.set(buffer);
  bytes.set(new Uint8Array(padded.buffer), buffer.length);
  // deno-lint-ignore no-explicit-any
  const { bufferViews, accessors, meshes, buffers } = json as any;
  bufferViews.push({
    buffer: 0,
    byteOffset: buffer.length,
    byteLength: padded.byteLength,
    byteStride: 16,
  });
  const accessor = accessors[meshes[0].primitives[0].attributes.POSITION];
  accessor.bufferView = bufferViews.length - 1;
  accessor.byteOffset = 8;
  buffers[0].byteLength = bytes.length;
  const { splats } = await read(encodeGlb({ json, buffer: bytes }));
  assert.deepEqual(splats.positions, Float32Array.from(positions));
});

Deno.test("readGltf(): any number of nodes", async () => {
  const encoded = encodeGltf({
    primitives: [randomSplats(1, 0)],
    nodes: Array.from({ length: 150_000 }, () => ({ mesh: 0 })),
  });
  assert.equal((await read(encodeGlb(encoded))).splats.count, 150_000);
});

Deno.test("readGltf() refuses JSON of more values than memory should hold", async () => {
  // Two bytes each in the file, some hundreds once parsed.
  const nodes = "{},".repeat(2_500_000);
  const json = `{"asset":{"version":"2.0"},"nodes":[${nodes}{}]}`;
  await assert.rejects(
    readGltf(memorySource("a.gltf", text.encode(json)), {}),
    /as gltf: expected at most \d+ values in its JSON, found more/,
  );
});

Deno.test("readGltf(): a buffer that is named twice is opened once, and holds no more", async () => {
  const encoded = encodeGltf({
    primitives: [randomSplats(5000, 3)],
    nodes: Array.from({ length: 400 }, () => ({ mesh: 0 })),
  });
  const copies = 1000;
  const buffers = (uri?: string): unknown[] =>
    Array.from({ length: copies }, () => ({
      byteLength: encoded.buffer.length,
      ...(uri === undefined ? {} : { uri }),
    }));
  const tooMuch = /as many splats as \d+ bytes of buffers can hold/;
  await assert.rejects(
    read(
      encodeGlb({ ...encoded, json: { ...encoded.json, buffers: buffers() } }),
    ),
    tooMuch,
  );
  let open = 0;
  let most = 0;
  const json = { ...encoded.json, buffers: buffers("a.bin") };
  const source = {
    ...memorySource("a.gltf", text.encode(JSON.stringify(json))),
    sibling: () => {
      most = Math.max(most, ++open);
      return Promise.resolve({
        ...memorySource("a.bin", encoded.buffer),
        close: () => void open--,
      });
    },
  };
  await assert.rejects(readGltf(source, {}), tooMuch);
  assert.deepEqual({ most, open }, { most: 1, open: 0 });
});

Deno.test("readGltf() names what is wrong", async () => {
  const attributes = randomSplats(3, 1);
  const without = (name: string): EncodedGltf => {
    const { [name]: _, ...rest } = attributes;
    return encodeGltf({ primitives: [rest] });
  };
  const good = encodeGltf({ primitives: [attributes] });
  // deno-lint-ignore no-explicit-any
  const changed = (change: (json: any) => void): EncodedGltf => {
    const json = structuredClone(good.json);
    change(json);
    return { ...good, json };
  };
  const cases: [RegExp, EncodedGltf][] = [
    [/at asset/, changed((json) => delete json.asset)],
    [/asset.version 2/, changed((json) => json.asset.version = "1.0")],
    [
      /KHR_gaussian_splatting, found none/,
      changed((json) => json.nodes = [{}]),
    ],
    [/mesh 0, found none/, changed((json) => json.meshes = [])],
    [/attribute POSITION of 3 numbers, found none/, without("POSITION")],
    [/SCALE of 3 numbers, found none/, without(`${K}SCALE`)],
    [/COLOR_0 of 4 numbers/, without(`${K}OPACITY`)],
    [/COLOR_0 of 3 or 4/, without(`${K}SH_DEGREE_0_COEF_0`)],
    [/SH_DEGREE_1_COEF_2 of 3/, without(`${K}SH_DEGREE_1_COEF_2`)],
    [
      /accessor 99, found none/,
      changed((json) => json.meshes[0].primitives[0].attributes.POSITION = 99),
    ],
    [
      /bytes for the 4 elements/,
      changed((json) => json.accessors[1].count = 4),
    ],
    [/3 elements in each/, changed((json) => json.accessors[1].count = 2)],
    [
      /SCALE of 3 numbers, found 1/,
      changed((json) => json.accessors[2].type = "SCALAR"),
    ],
    [/VEC3 of 5130/, changed((json) => json.accessors[2].componentType = 5130)],
    [/sparse/, changed((json) => json.accessors[2].sparse = { count: 1 })],
    [
      /a buffer view for accessor/,
      changed((json) => delete json.accessors[2].bufferView),
    ],
    [
      /stride of at least 12/,
      changed((json) => json.bufferViews[0].byteStride = 8),
    ],
    [/of a buffer of/, changed((json) => json.bufferViews[0].byteOffset = 1e9)],
    [
      /plain bytes .* EXT_meshopt/,
      changed((json) =>
        json.bufferViews[0].extensions = { EXT_meshopt_compression: {} }
      ),
    ],
    [/bytes in buffer 0/, changed((json) => json.buffers[0].byteLength = 1e9)],
    [/node 0 twice/, changed((json) => json.nodes[0].children = [0])],
    [/node 7 in it/, changed((json) => json.nodes[0].children = [7])],
    [
      /finite 32-bit/,
      changed((json) => {
        json.nodes = [{ scale: [1e200, 1, 1], children: [1] }];
        json.nodes.push({ mesh: 0, scale: [1e200, 1, 1] });
      }),
    ],
    [
      /beyond float32/,
      changed((json) => json.nodes[0].scale = [1e38, 1e38, 1e38]),
    ],
  ];
  for (const [expected, encoded] of cases) {
    await assert.rejects(read(encodeGlb(encoded)), (error: Error) => {
      assert.equal(error.name, "SceneFormatError", error.stack);
      assert.match(error.message, /^Cannot read test\.glb as glb: expected/);
      assert.match(error.message, expected);
      return true;
    });
  }
  const old = encodeGlb(good);
  new DataView(old.buffer).setUint32(4, 1, true);
  await assert.rejects(read(old), /version 2 at byte 4/);
});

Deno.test("readGltf() allocates nothing for files that ask for more than they hold", async () => {
  const attributes = randomSplats(20000, 0);
  // Three thousand nodes with the same mesh: 60 million splats in 2 MB.
  const nodes = Array.from({ length: 3000 }, () => ({ mesh: 0 }));
  const before = Deno.memoryUsage().external;
  await assert.rejects(
    readEncoded({ primitives: [attributes], nodes }),
    /as glb: expected as many splats as .* found 60000000/,
  );
  assert.ok(Deno.memoryUsage().external - before < 64e6);
  // A few copies are fine.
  const few = await readEncoded({
    primitives: [randomSplats(5, 0)],
    nodes: nodes.slice(0, 100),
  });
  assert.equal(few.splats.count, 500);
});

Deno.test("readGltf() unpacks a .spz once, and refuses views that overlap", async () => {
  const spz = encodeSpz({ count: 1000, version: 2 });
  const primitive = (bufferView: number): unknown => ({
    attributes: {},
    extensions: { KHR_spz_gaussian_splats_compression: { bufferView } },
  });
  const glb = (
    views: number,
    primitives: unknown[],
    buffer = spz,
  ): Uint8Array =>
    encodeGlb({
      buffer,
      json: {
        asset: { version: "2.0" },
        meshes: [{ primitives }],
        bufferViews: Array(views).fill({
          buffer: 0,
          byteLength: buffer.length,
        }),
        buffers: [{ byteLength: buffer.length }],
      },
    });
  const shared = await read(glb(1, [0, 0, 0].map(primitive)));
  assert.equal(shared.splats.count, 3000);
  await assert.rejects(read(glb(2, [0, 1].map(primitive))), /do not overlap/);
  const levels = encodeSpz({
    count: 1000,
    flags: 0x80,
    extensions: new Uint8Array(6000),
  });
  await assert.rejects(
    read(glb(1, [primitive(0)], levels)),
    /without levels of detail in buffer view 0/,
  );
});

Deno.test("readGltf() walks a chain of nodes of any length", async () => {
  const nodes: Record<string, unknown>[] = Array.from(
    { length: 50_000 },
    (_, i) => ({ children: [i + 1] }),
  );
  nodes.push({ mesh: 0 });
  const { splats } = await readEncoded({
    primitives: [randomSplats(2, 0)],
    nodes,
  });
  assert.equal(splats.count, 2);
});

Deno.test("readGltf() obeys the signal between blocks", async () => {
  const source = memorySource(
    "a.glb",
    encodeGlb(encodeGltf({ primitives: [randomSplats(40000, 0)] })),
  );
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error("enough"));
  await assert.rejects(
    readGltf(source, { onProgress, signal: controller.signal }),
    /enough/,
  );
});

Deno.test("readGltf() refuses each truncation", async () => {
  const glb = encodeGlb(encodeGltf({ primitives: [randomSplats(2, 0)] }));
  for (let length = 0; length < glb.length; length += 5) {
    const cut = memorySource("cut.glb", glb.subarray(0, length));
    assert.equal(await readOrRefuse(readGltf, cut), undefined);
  }
});

Deno.test("readGltf() survives any changed byte", async () => {
  const glb = encodeGlb(
    encodeGltf({
      primitives: [randomSplats(3, 1)],
      nodes: [{ mesh: 0, scale: [1, 2, 3] }],
      interleaved: true,
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(glb.length - 1), fc.nat(255), async (at, value) => {
      const changed = Uint8Array.from(glb);
      changed[at] = value;
      await readOrRefuse(readGltf, memorySource("changed.glb", changed));
    }),
    { numRuns: 1500 },
  );
});

Deno.test("readGltf() survives JSON of any shape", async () => {
  const encoded = encodeGltf({ primitives: [randomSplats(3, 1)] });
  const paths = [
    ...["asset", "scene", "scenes", "scenes.0", "nodes", "nodes.0", "buffers"],
    ...["nodes.0.mesh", "nodes.0.matrix", "nodes.0.scale", "nodes.0.children"],
    ...["meshes.0.primitives.0", "meshes.0.primitives.0.attributes"],
    ...["meshes.0.primitives.0.extensions", "accessors.0", "accessors.1.type"],
    ...[
      "accessors.0.count",
      "accessors.0.byteOffset",
      "accessors.1.normalized",
    ],
    ...["accessors.0.componentType", "bufferViews.0.byteStride"],
    ...["bufferViews.0.byteLength", "bufferViews.0.byteOffset"],
    ...["buffers.0.byteLength", "buffers.0.uri", "bufferViews.0.buffer"],
  ];
  const small = fc.integer({ min: -2, max: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.oneof(
        fc.jsonValue(),
        small,
        fc.integer(),
        fc.array(small, { maxLength: 20 }),
        fc.constantFrom(1e300, 2 ** 31, 2 ** 53, -0, "VEC4", "data:;base64,"),
      ),
      async (path, value) => {
        const json = structuredClone(encoded.json);
        const keys = path.split(".");
        // deno-lint-ignore no-explicit-any
        let parent: any = json;
        for (const key of keys.slice(0, -1)) parent = parent[key];
        parent[keys.at(-1)!] = value;
        const glb = encodeGlb({ ...encoded, json });
        await readOrRefuse(readGltf, memorySource("changed.glb", glb));
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test(
  "readGltf(): SH turned by another writer is what turning gives here",
  {
    ignore: ignoreShared,
  },
  async () => {
    const load = async (name: string): Promise<SceneFile> => {
      const source = await openSource(sharedScene(name));
      return await readScene(source).finally(() => source.close());
    };
    const ply = await load("leica-sofort-top8192.ply");
    const glb = await load("converted-leica/out.glb");
    // That writer turns splats by 180 degrees about z.
    const linear = [-1, 0, 0, 0, -1, 0, 0, 0, 1];
    transformSplats(ply.splats, { linear, translation: [0, 0, 0] });
    assertClose(ply.splats.positions, glb.splats.positions);
    assertSameRotations(ply.splats.rotations, glb.splats.rotations);
    assertClose(ply.splats.sh, glb.splats.sh, { tolerance: 0.001 });
  },
);

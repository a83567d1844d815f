import assert from "node:assert/strict";
import fc from "fast-check";
import { memorySource } from "../../src/scene/byte_source.ts";
import { readScene } from "../../src/scene/read.ts";
import {
  type SceneFile,
  SceneFormatError,
} from "../../src/scene/scene_file.ts";
import { SH_C0 } from "../../src/scene/splats.ts";
import {
  type Encoding,
  propertiesOf,
  type Property,
  splatNames,
  splatRows,
  writePly,
} from "./ply_writer.ts";

const read = (bytes: Uint8Array): Promise<SceneFile> =>
  readScene(memorySource("made.ply", bytes));

/** The slow version: one splat as an object, activated in float64. */
function activate(values: Record<string, number>, rest: number): {
  position: number[];
  scale: number[];
  rotation: number[];
  opacity: number;
  color: number[];
  sh: number[];
} {
  const list = (prefix: string, length: number): number[] =>
    Array.from({ length }, (_, i) => values[`${prefix}${i}`]!);
  const rotation = list("rot_", 4);
  const sh: number[] = [];
  for (let coefficient = 0; coefficient < rest / 3; coefficient++) {
    for (let channel = 0; channel < 3; channel++) {
      sh.push(values[`f_rest_${channel * rest / 3 + coefficient}`]!);
    }
  }
  return {
    position: [values.x!, values.y!, values.z!],
    scale: list("scale_", 3).map(Math.exp),
    rotation: rotation.map((part) => part / Math.hypot(...rotation)),
    opacity: 1 / (1 + Math.exp(-values.opacity!)),
    color: list("f_dc_", 3),
    sh: sh.slice(0, 45),
  };
}

function near(
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(
      Math.abs(actual[i]! - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${actual[i]} is not ${value}`,
    );
  }
}

Deno.test("readPly: any order, type, encoding and line end give the same splats", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        encoding: fc.constantFrom<Encoding>(
          "ascii",
          "binary_little_endian",
          "binary_big_endian",
        ),
        rest: fc.constantFrom(0, 9, 24, 45, 72),
        isMixed: fc.boolean(),
        hasNormals: fc.boolean(),
        lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
        count: fc.integer({ min: 1, max: 9 }),
        order: fc.array(fc.nat(), { minLength: 100, maxLength: 100 }),
      }),
      async (
        { encoding, rest, isMixed, hasNormals, lineEnd, count, order },
      ) => {
        const names = splatNames(rest)
          .filter((name) => hasNormals || !/^n[xyz]$/.test(name))
          .map((name, i) => ({ name, key: order[i]! }))
          .sort((a, b) => a.key - b.key)
          .map(({ name }) => name);
        const properties = names.map((name, i): Property => ({
          name,
          type: isMixed && order[i]! % 2 === 0 ? "double" : "float",
        }));
        const rows = splatRows(names, count);
        const bytes = writePly([{ name: "vertex", properties, rows }], {
          encoding,
          lineEnd,
          comments: ["made for a test", ""],
        });
        const { splats, fileShDegree, warnings } = await read(bytes);
        assert.equal(splats.count, count);
        assert.equal(fileShDegree, [0, 9, 24, 45, 72].indexOf(rest));
        assert.equal(warnings.length, rest === 72 ? 1 : 0);
        for (const [i, row] of rows.entries()) {
          const expected = activate(
            Object.fromEntries(names.map((name, k) => [name, row[k]!])),
            rest,
          );
          const at = (
            values: Float32Array | Float16Array,
            width: number,
          ): ArrayLike<number> => values.subarray(i * width, (i + 1) * width);
          near(at(splats.positions, 3), expected.position, 1e-6);
          near(at(splats.scales, 3), expected.scale, 1e-6);
          near(at(splats.rotations, 4), expected.rotation, 1e-6);
          near(at(splats.opacities, 1), [expected.opacity], 1e-6);
          near(at(splats.colors, 3), expected.color, 1e-6);
          near(at(splats.sh, Math.min(rest, 45)), expected.sh, 5e-4);
        }
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("readPly: any decimal number reads as parseFloat does", async () => {
  const names = splatNames();
  const numbers = fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ noNaN: true, min: -1e30, max: 1e30 }).map(String),
    fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((v) =>
      v.toExponential()
    ),
    fc.integer().map((v) => `+${Math.abs(v)}.`),
    fc.constantFrom("-.5", "1E+5", "00012.50e-03", "1e-400", "-0", "0e999"),
    fc.constant("123456789012345678901234567890.5"),
  );
  await fc.assert(
    fc.asyncProperty(fc.tuple(numbers, numbers, numbers), async (position) => {
      const text = new TextDecoder().decode(
        writePly([{
          name: "vertex",
          properties: propertiesOf(names),
          rows: splatRows(names, 1),
        }], { encoding: "ascii" }),
      );
      const lines = text.trimEnd().split("\n");
      const values = lines.pop()!.split(" ").slice(3);
      lines.push([...position, ...values].join(" \t"));
      const { splats } = await read(new TextEncoder().encode(lines.join("\n")));
      for (const [axis, written] of position.entries()) {
        const expected = Math.fround(Number(written));
        // One step of float32 where two roundings meet.
        assert.ok(
          Math.abs(splats.positions[axis]! - expected) <=
            1.2e-7 * Math.abs(expected) + 1.5e-45,
          `${written} was read as ${splats.positions[axis]}`,
        );
      }
    }),
    { numRuns: 300 },
  );
});

const plain = (
  change: (row: number[], index: number, names: string[]) => void,
  count = 200,
): Uint8Array => {
  const names = splatNames(9);
  const rows = splatRows(names, count);
  rows.forEach((row, index) => change(row, index, names));
  return writePly(
    [{ name: "vertex", properties: propertiesOf(names), rows }],
    { encoding: "binary_little_endian" },
  );
};

Deno.test("readPly: a few splats that are not finite are left out, and it says which", async () => {
  for (
    const name of ["x", "f_dc_1", "f_rest_8", "opacity", "scale_2", "rot_3"]
  ) {
    const { splats, warnings } = await read(plain((row, index, names) => {
      if (index === 7) row[names.indexOf(name)] = NaN;
    }));
    assert.equal(splats.count, 199);
    assert.equal(splats.positions.length, 3 * 199);
    assert.match(
      warnings.join(),
      new RegExp(`1 of 200 .* splat 7: (${name}|f_rest) is NaN`),
    );
    // The splat after the one left out has moved up, the rest is as it was.
    assert.equal(splats.positions[3 * 7], Math.fround(Math.sin(1 + 7 * 8)));
  }
  await assert.rejects(
    read(plain((row, index) => {
      if (index < 3) row[0] = Infinity;
    })),
    /expected finite numbers, found others in 3 of 200 splats \(splat 0: x is Infinity\)/,
  );
});

Deno.test("readPly: infinite logits and logarithms that mean 0 or 1 are read", async () => {
  const { splats, warnings } = await read(plain((row, index, names) => {
    row[names.indexOf("opacity")] = index % 2 ? Infinity : -Infinity;
    row[names.indexOf("scale_1")] = -Infinity;
  }));
  assert.deepEqual(warnings, []);
  assert.deepEqual([...splats.opacities.subarray(0, 2)], [0, 1]);
  assert.equal(splats.scales[1], 0);
});

Deno.test("readPly: SH beyond half floats is held to their range", async () => {
  const { splats } = await read(plain((row, index, names) => {
    if (index === 0) row[names.indexOf("f_rest_0")] = -1e6;
  }));
  assert.equal(splats.sh[0], -65504);
});

Deno.test("readPly: a rotation of zero is none, with a warning", async () => {
  const { splats, warnings } = await read(plain((row, index, names) => {
    if (index === 3) row.fill(0, names.indexOf("rot_0"));
  }));
  assert.deepEqual([...splats.rotations.subarray(12, 16)], [1, 0, 0, 0]);
  assert.match(warnings.join(), /1 splats have no rotation/);
});

Deno.test("readPly: 2DGS without scale_2 reads as flat discs", async () => {
  const names = splatNames().filter((name) => name !== "scale_2");
  const bytes = writePly([{
    name: "vertex",
    properties: propertiesOf(names),
    rows: splatRows(names, 2),
  }], { encoding: "binary_little_endian" });
  const { splats, warnings } = await read(bytes);
  assert.equal(splats.scales[2], 0);
  assert.ok(splats.scales[1]! > 0);
  assert.match(warnings.join(), /2DGS/);
});

Deno.test("readPly: other elements before and after the vertices are passed over", async () => {
  const names = splatNames();
  for (const encoding of ["ascii", "binary_big_endian"] as const) {
    const bytes = writePly([
      {
        name: "camera",
        properties: propertiesOf(["a", "b"], "ushort"),
        rows: [[1, 2], [3, 4], [5, 6]],
      },
      {
        name: "vertex",
        properties: propertiesOf(names),
        rows: splatRows(names, 2),
      },
      { name: "extra", properties: propertiesOf(["a"], "uchar"), rows: [[9]] },
    ], { encoding });
    const { splats } = await read(bytes);
    assert.equal(splats.count, 2);
    assert.equal(splats.positions[0], Math.fround(Math.sin(1)));
  }
});

Deno.test("readPly: lists before and after the vertices are passed over", async () => {
  const names = splatNames(9);
  const vertex = {
    name: "vertex",
    properties: propertiesOf(names),
    rows: splatRows(names, 3),
  };
  for (
    const encoding of [
      "ascii",
      "binary_little_endian",
      "binary_big_endian",
    ] as const
  ) {
    for (const list of ["uchar", "ushort", "uint"] as const) {
      const face = {
        name: "face",
        properties: [
          { name: "flags", type: "uchar" },
          { name: "vertex_indices", type: "int", list },
        ],
        // Longer than a block of reading together.
        rows: Array.from(
          { length: 30_000 },
          (_, i) => Array.from({ length: 1 + i % 60 }, (_, k) => k),
        ),
      } as const;
      for (const elements of [[face, vertex], [vertex, face]]) {
        const { splats } = await read(writePly(elements, { encoding }));
        assert.equal(splats.count, 3);
        assert.equal(splats.positions[3], Math.fround(Math.sin(8)));
      }
    }
  }
});

Deno.test("readPly: lists that lie about their lengths are refused", async () => {
  const names = splatNames();
  const bytes = writePly([
    {
      name: "face",
      properties: [{ name: "indices", type: "double", list: "uint" }],
      rows: [[1, 2, 3], [4, 5, 6]],
    },
    {
      name: "vertex",
      properties: propertiesOf(names),
      rows: splatRows(names, 1),
    },
  ], { encoding: "binary_little_endian" });
  const body = new TextDecoder("latin1").decode(bytes).indexOf("header\n") + 7;
  for (const [record, length] of [[0, 0xffffffff], [1, 99]] as const) {
    const lying = bytes.slice();
    new DataView(lying.buffer).setUint32(body + 28 * record, length, true);
    await assert.rejects(
      read(lying),
      /list indices of record [01] of element face .* end of the file/,
    );
  }
});

Deno.test("readPly: red, green and blue stand in for f_dc", async () => {
  const names = splatNames().map((name) =>
    ["red", "green", "blue"]["f_dc_0 f_dc_1 f_dc_2".split(" ").indexOf(name)] ??
      name
  );
  const cases = [["uchar", 51], ["ushort", 13107], ["float", 0.2]] as const;
  for (const [type, value] of cases) {
    const properties = names.map((name): Property => ({
      name,
      type: /red|green|blue/.test(name) ? type : "float",
    }));
    const rows = splatRows(names, 2).map((row) =>
      row.map((number, i) => /red|green|blue/.test(names[i]!) ? value : number)
    );
    const { splats, warnings } = await read(
      writePly([{ name: "vertex", properties, rows }], {
        encoding: "binary_little_endian",
      }),
    );
    near(splats.colors, Array(6).fill(-0.3 / SH_C0), 1e-6);
    assert.match(warnings.join(), /red, green and blue/);
  }
});

Deno.test("readPly: ASCII with odd whitespace", async () => {
  const names = splatNames();
  const rows = splatRows(names, 3);
  const tidy = new TextDecoder().decode(
    writePly([{ name: "vertex", properties: propertiesOf(names), rows }], {
      encoding: "ascii",
    }),
  );
  const [head, body] = tidy.split("end_header\n") as [string, string];
  const [first, ...others] = body.trim().split("\n");
  const odd = [
    head.replace("ply\n", "ply \n").replaceAll("property ", "  property\t "),
    "end_header \n",
    `\n   \t\n\t ${first!.replaceAll(" ", " \t ")} \t\r\n  \r\n`,
    others.join("\n \n"), // No line break at the end.
  ].join("");
  const { splats } = await read(new TextEncoder().encode(odd));
  const expected = await read(new TextEncoder().encode(tidy));
  assert.deepEqual(splats, expected.splats);
});

Deno.test("readPly: comments say whether it is antialiased and what is up", async () => {
  const names = splatNames();
  const withComments = async (comments: string[]): Promise<SceneFile> =>
    await read(writePly([{
      name: "vertex",
      properties: propertiesOf(names),
      rows: splatRows(names, 1),
    }], { encoding: "ascii", comments }));
  const cases: [string[], boolean, string, boolean][] = [
    [[], false, "-y", false],
    [["SplatRenderMode: mip", "Vertical axis: y"], true, "-y", false],
    [["antialiased 1"], true, "-y", false],
    [["antialiased 1", "SplatRenderMode: default"], false, "-y", false],
    [["Vertical axis: 0 0 1"], false, "+z", true],
    [["Vertical axis: -1 0.001 0"], false, "-x", true],
    [["Vertical axis: 0.5 0.5 0"], false, "-y", false],
  ];
  for (const [comments, antialiased, up, isSaid] of cases) {
    const scene = await withComments(comments);
    assert.equal(scene.splats.antialiased, antialiased, comments.join());
    assert.equal(scene.up, up, comments.join());
    assert.equal(scene.upReason !== undefined, isSaid, comments.join());
  }
});

Deno.test("readPly: what is no splat is refused by name", async () => {
  const names = splatNames();
  const file = (
    change: (text: string) => string,
  ): Promise<SceneFile> => {
    const text = new TextDecoder().decode(
      writePly([{
        name: "vertex",
        properties: propertiesOf(names),
        rows: splatRows(names, 2),
      }], { encoding: "ascii" }),
    );
    return read(new TextEncoder().encode(change(text)));
  };
  const cases: [(text: string) => string, RegExp][] = [
    [(t) => t.replace("end_header", "end"), /expected "end_header"/],
    [(t) => t.replace("format ascii", "format text"), /expected ascii, binary/],
    [(t) => t.replace(/format.*\n/, ""), /expected a format line/],
    [
      (t) => t.replace("vertex 2", "vertex two"),
      /"element vertex two" in header line 3/,
    ],
    [
      (t) => t.replace("vertex 2", "vertex 99999999999999"),
      /expected 99999999999999 lines/,
    ],
    [
      (t) => t.replace("vertex 2", "vertex 3"),
      /expected 3 lines in element vertex, found 2/,
    ],
    [(t) => t.replace("vertex 2", "vertex 0"), /at least one splat/],
    [
      (t) => t.replace("element vertex 2", "element point 2"),
      /expected element vertex/,
    ],
    [(t) => t.replace("float x", "real x"), /expected a known type/],
    [(t) => t.replace("float y", "float x"), /expected each property once/],
    [(t) => t.replace("float nx", "list uchar int nx"), /found the list nx/],
    [(t) => t.replace("float rot_2", "float rot_9"), /found no rot_2/],
    [
      (t) => t.replace("property float x", "proparty float x"),
      /found "proparty float x"/,
    ],
    [
      (t) => t.replace(/\n([-\d.e]+) /, "\n1.5x "),
      /number as value 1 of vertex 0, found "1.5x"/,
    ],
    [
      // Each byte up to a space separates, as C's scanf has it.
      (t) => {
        const start = t.indexOf("end_header\n") + 11;
        const numbers = t.slice(start).replaceAll(" ", "\0");
        return t.slice(0, start) + numbers.replace(/\0[^\0]+/, "\0y");
      },
      /number as value 2 of vertex 0, found "y"/,
    ],
    [
      (t) => t.replace(/\n([-\d.e]+) /, `\n${"1x".repeat(200_000)} `),
      /number as value 1 of vertex 0, found "(1x){20}"/,
    ],
    [
      (t) => t.replace(/\n([-\d.e]+) /, `\n${"n".repeat(400_000)} `),
      /number as value 1 of vertex 0, found "n{40}"/,
    ],
    [
      (t) => t.replace(/\n([-\d.e]+) /, "\n"),
      /expected 17 numbers in the line of vertex 0, found 16/,
    ],
    [
      (t) => t.replace(/\n([-\d.e]+) /, "\n1 $1 "),
      /expected 17 numbers in the line of vertex 0, found more/,
    ],
  ];
  for (const [change, message] of cases) {
    await assert.rejects(
      file(change),
      (error) =>
        error instanceof SceneFormatError && message.test(error.message),
      String(message),
    );
  }
});

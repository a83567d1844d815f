/**
 * How fast .spz, SOG and glTF of a million splats with SH of degree 3 are read,
 * beside the public readers of npm: the formats and versions that no public
 * writer makes within minutes, so that the files come from the encoders of the
 * tests. Each reading is a process of its own, and readers take turns; it
 * counts processor time, as wall clocks lie on a busy machine.
 *
 *     deno run --allow-all bench/read_formats.ts [--count=1000000] [--rounds=5]
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import {
  encodeGlb,
  encodeGltf,
  randomSplats,
} from "../tests/scene/encode_gltf.ts";
import { encodeSogFiles } from "../tests/scene/encode_sog.ts";
import { encodeSpz } from "../tests/scene/encode_spz.ts";
import { encodeZip } from "../tests/scene/encode_zip.ts";

/** What a reading took. */
interface Reading {
  /** Processor time of all threads from the file's bytes to the last splat, ms. */
  cpu: number;
  /** Wall clock of the same, ms. */
  ms: number;
  splats: number;
}

/** A file and who can read it. */
interface Trial {
  name: string;
  peers: readonly string[];
  encode: (count: number) => Promise<Uint8Array> | Uint8Array;
}

const TRIALS: readonly Trial[] = [
  ...([2, 3, 4] as const).map((version): Trial => ({
    name: `v${version}.spz`,
    // Versions 2 and 3 alone; version 4 is newer than it.
    peers: version < 4 ? ["spz-loader", "adobe-spz"] : ["adobe-spz"],
    encode: (count) => encodeSpz({ count, version, shDegree: 3 }),
  })),
  {
    name: "v2.sog",
    peers: ["splat-transform"],
    encode: async (count) =>
      encodeZip(
        await encodeSogFiles({ count, shDegree: 3, paletteCount: 65536 }),
      ),
  },
  {
    name: "floats.glb",
    peers: ["gltf-transform", "gltf-transform-splats"],
    encode: (count) =>
      encodeGlb(encodeGltf({ primitives: [randomSplats(count, 3)] })),
  },
];

/** Readers: prepared first, then timed. Each gives the number of splats. */
const READERS: Record<
  string,
  (path: string) => Promise<() => Promise<number>>
> = {
  splatscout: async (path) => {
    const { openSource, readScene } = await import("../src/scene/read.ts");
    return async () => {
      const source = await openSource(path);
      const { splats } = await readScene(source).finally(() => source.close());
      return splats.count;
    };
  },
  "spz-loader": async (path) => {
    // Where it takes Deno for Node, its loader fails.
    Reflect.deleteProperty(globalThis, "process");
    const { loadSpz } = await load("npm:@spz-loader/core@0.3.1");
    return async () => (await loadSpz(await Deno.readFile(path))).numPoints;
  },
  "adobe-spz": async (path) => {
    Reflect.deleteProperty(globalThis, "process");
    const { default: create } = await load("npm:@adobe/spz@0.2.3");
    const spz = await create();
    const options = { to: spz.CoordinateSystem.UNSPECIFIED };
    return async () =>
      spz.loadSpzFromBuffer(await Deno.readFile(path), options).numPoints;
  },
  "splat-transform": async (path) => {
    const { MemoryReadFileSystem, readSog, ZipReadFileSystem } = await load(
      "npm:@playcanvas/splat-transform@3.7.0",
    );
    return async () => {
      const memory = new MemoryReadFileSystem();
      memory.set("a.sog", await Deno.readFile(path));
      const zip = new ZipReadFileSystem(await memory.createSource("a.sog"));
      return (await readSog(zip, "meta.json", { logging: "silent" })).numRows;
    };
  },
  // Not a reader of splats: the bytes of each attribute, copied, and no more.
  "gltf-transform": async (path) => {
    const { WebIO } = await load("npm:@gltf-transform/core@4.5.1");
    return async () => {
      const attributes = await attributesOf(WebIO, path);
      return attributes.get("POSITION")!.length / 3;
    };
  },
  // What its user has to add for the same splats: sorted by splat, SH in half floats, unit rotations.
  "gltf-transform-splats": async (path) => {
    const { WebIO } = await load("npm:@gltf-transform/core@4.5.1");
    return async () => {
      const attributes = await attributesOf(WebIO, path);
      const count = attributes.get("POSITION")!.length / 3;
      const sh = new Float16Array(45 * count);
      let coefficient = 0;
      for (const [name, values] of attributes) {
        if (!/SH_DEGREE_[123]/.test(name)) continue;
        for (let i = 0; i < count; i++) {
          for (let c = 0; c < 3; c++) {
            sh[45 * i + 3 * coefficient + c] = values[3 * i + c]!;
          }
        }
        coefficient++;
      }
      const rotations = attributes.get("KHR_gaussian_splatting:ROTATION")!;
      for (let i = 0; i < rotations.length; i += 4) {
        const norm = Math.hypot(...rotations.subarray(i, i + 4));
        for (let c = 0; c < 4; c++) rotations[i + c]! /= norm;
      }
      return sh.length / 45;
    };
  },
};

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    reader: { type: "string" },
    file: { type: "string" },
  },
});

if (values.reader && values.file) {
  const clock = process;
  const read = await READERS[values.reader]!(values.file);
  const before = clock.cpuUsage();
  const start = performance.now();
  const splats = await read();
  const ms = performance.now() - start;
  const { user, system } = clock.cpuUsage(before);
  say(JSON.stringify({ cpu: (user + system) / 1000, ms, splats }));
  Deno.exit(0);
}

const folder = await Deno.makeTempDir({ prefix: "bench-formats-" });
try {
  say(
    "file         MiB  reader                  cpu ms  (times ours)  wall ms",
  );
  for (const trial of TRIALS) await runTrial(trial);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function runTrial({ name, peers, encode }: Trial): Promise<void> {
  const count = Number(values.count);
  const file = `${folder}/${name}`;
  await Deno.writeFile(file, await encode(count));
  const { size } = await Deno.stat(file);
  const readers = ["splatscout", ...peers];
  const readings = new Map<string, Reading[]>(readers.map((r) => [r, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const reader of readers) {
      const reading = await readWith(reader, file);
      if (reading.splats !== count) {
        throw new Error(
          `Cannot compare ${reader} as it must find ${count} splats: it found ${reading.splats}`,
        );
      }
      readings.get(reader)!.push(reading);
    }
  }
  const own = median(readings.get("splatscout")!, "cpu");
  for (const [reader, taken] of readings) {
    const cpu = median(taken, "cpu");
    say(
      [
        name.padEnd(11),
        (size / 2 ** 20).toFixed(0).padStart(4),
        ` ${reader.padEnd(22)}`,
        cpu.toFixed(0).padStart(7),
        (cpu / own).toFixed(2).padStart(13),
        median(taken, "ms").toFixed(0).padStart(9),
      ].join(" "),
    );
  }
}

async function readWith(reader: string, file: string): Promise<Reading> {
  // No lock: peers are no dependencies of the project.
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-lock", "--no-check"],
      ...[import.meta.filename!, `--reader=${reader}`, `--file=${file}`],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) {
    throw new Error(`Cannot time ${reader}: ${text.decode(stderr)}`);
  }
  return JSON.parse(text.decode(stdout).trim().split("\n").at(-1)!);
}

async function attributesOf(
  // deno-lint-ignore no-explicit-any
  WebIO: any,
  path: string,
): Promise<Map<string, Float32Array>> {
  const document = await new WebIO().readBinary(await Deno.readFile(path));
  const attributes = new Map<string, Float32Array>();
  for (const mesh of document.getRoot().listMeshes()) {
    for (const primitive of mesh.listPrimitives()) {
      for (const name of primitive.listSemantics()) {
        attributes.set(name, primitive.getAttribute(name).getArray());
      }
    }
  }
  return attributes;
}

/** A peer; the specifier is a variable, so that the type checker leaves it alone. */
// deno-lint-ignore no-explicit-any
async function load(specifier: string): Promise<any> {
  return await import(specifier);
}

function median(readings: readonly Reading[], key: "cpu" | "ms"): number {
  const sorted = readings.map((reading) => reading[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

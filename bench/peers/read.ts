/**
 * Reads one file with one reader, in a process of its own so that its peak of
 * memory is its own, and prints what it took. The bench calls it.
 *
 * @module
 */

import process from "node:process";
import type { Peer } from "../read_trials.ts";
import { load, peakMemory } from "./protocol.ts";

/** What a reading took: the last line of stdout, as JSON. */
export interface Reading {
  /** Splats that came out. */
  readonly count: number;
  /** Wall clock, milliseconds: from opening the file to the last splat. */
  readonly ms: number;
  /** Processor time of all threads for it, milliseconds. */
  readonly cpu: number;
  /** Highest resident memory of the process, MiB. */
  readonly memory: number;
}

type Read = () => Promise<number>;

const MKKELLOGG = "npm:@mkkellogg/gaussian-splats-3d@0.4.7";
const SPLAT_TRANSFORM = "npm:@playcanvas/splat-transform@3.7.0";
const SPARK = "npm:@sparkjsdev/spark@2.2.0";
const GSPLAT = "npm:gsplat@1.2.9";
const GLTF_TRANSFORM = "npm:@gltf-transform/core@4.5.1";

/** Loads a reader for `path`; what it returns reads and is timed. */
type Prepare = (path: string, format: string) => Promise<Read>;

/** Readers by name. */
const READERS: Readonly<Record<Peer | "splatscout", Prepare>> = {
  splatscout: async (path) => {
    const { openSource, readScene } = await import("../../src/scene/read.ts");
    return async () => {
      const source = await openSource(path);
      const { splats } = await readScene(source);
      source.close();
      return splats.count;
    };
  },
  "splat-transform": async (path, format) => {
    if (format === "sog") return await prepareSog(path);
    const {
      createChunkDataPool,
      logger,
      materializeToDataTable,
      MemoryReadFileSystem,
      readFile,
    } = await load(SPLAT_TRANSFORM);
    logger.setVerbosity?.("quiet");
    return async () => {
      const fileSystem = new MemoryReadFileSystem();
      const inputFormat = kindOf(format);
      const filename = `a.${inputFormat}`;
      fileSystem.set(filename, await Deno.readFile(path));
      const [source] = await readFile({ filename, inputFormat, fileSystem });
      const pool = createChunkDataPool();
      return (await materializeToDataTable(source, pool)).numRows;
    };
  },
  // Packs to 16 bytes a splat (and SH to 8 bits) in WebAssembly in a worker.
  spark: async (path, format) => {
    // Its worker is a classic script, which Deno has not; it runs as a module.
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(url: string | URL) {
        super(url, { type: "module" });
      }
    };
    const { PackedSplats } = await load(SPARK);
    return async () => {
      const packed = new PackedSplats({
        fileBytes: await Deno.readFile(path),
        fileName: `a.${kindOf(format)}`,
      });
      await packed.initialized;
      return packed.numSplats;
    };
  },
  // SH to degree 2 at most.
  "gaussian-splats-3d": async (path, format) => {
    Object.assign(globalThis, { window: globalThis });
    const peer = await load(MKKELLOGG);
    return async () => {
      const { buffer } = await Deno.readFile(path);
      if (format === "ksplat") {
        const splats = await peer.KSplatLoader.loadFromFileData(buffer);
        const count = splats.getSplatCount();
        splats.fillSplatCenterArray(new Float32Array(3 * count));
        splats.fillSplatColorArray(new Uint8Array(4 * count), 0);
        splats.fillSplatCovarianceArray(
          new Float32Array(6 * count),
          null,
          0,
          count - 1,
          0,
          0,
        );
        return count;
      }
      const parsed = format === "ply"
        ? peer.PlyParser.parseToUncompressedSplatArray(buffer, 2)
        : format === "compressed-ply"
        ? peer.PlayCanvasCompressedPlyParser
          .parseToUncompressedSplatArray(buffer, 2)
        : peer.SplatParser.parseStandardSplatToUncompressedSplatArray(buffer);
      return parsed.splatCount;
    };
  },
  // No SH.
  gsplat: async (path, format) => {
    const { Loader, PLYLoader, Scene } = await load(GSPLAT);
    return async () => {
      const { buffer } = await Deno.readFile(path);
      const loader = format === "ply" ? PLYLoader : Loader;
      const { data } = loader.LoadFromArrayBuffer(buffer, new Scene());
      return data.vertexCount;
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
  "spz-js": async (path) => {
    const { loadPly } = await load("npm:spz-js@1.2.5");
    return async () => {
      using file = await Deno.open(path);
      return (await loadPly(file.readable)).numPoints;
    };
  },
  "gltf-transform": async (path) => {
    const { WebIO } = await load(GLTF_TRANSFORM);
    return async () => {
      const attributes = await attributesOf(WebIO, path);
      return attributes.get("POSITION")!.length / 3;
    };
  },
  // What its user has to add: sorted by splat, SH in half floats, unit rotations.
  "gltf-transform-splats": async (path) => {
    const { WebIO } = await load(GLTF_TRANSFORM);
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

/** The ending by which peers know a format. */
function kindOf(format: string): string {
  return format === "compressed-ply" ? "ply" : format.replace(/^v\d\./, "");
}

async function prepareSog(path: string): Promise<Read> {
  const { MemoryReadFileSystem, readSog, ZipReadFileSystem } = await load(
    SPLAT_TRANSFORM,
  );
  return async () => {
    const memory = new MemoryReadFileSystem();
    memory.set("a.sog", await Deno.readFile(path));
    const zip = new ZipReadFileSystem(await memory.createSource("a.sog"));
    return (await readSog(zip, "meta.json", { logging: "silent" })).numRows;
  };
}

/** All attributes of all primitives by name, as the package hands them over. */
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

if (import.meta.main) {
  const [name, path, format] = Deno.args as [Peer, string, string];
  const read = await READERS[name](path, format);
  const before = process.cpuUsage();
  const start = performance.now();
  const count = await read();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const reading: Reading = {
    count,
    ms,
    cpu: (user + system) / 1000,
    memory: peakMemory(),
  };
  // deno-lint-ignore no-console
  console.log(JSON.stringify(reading));
  Deno.exit(0);
}

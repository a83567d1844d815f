/**
 * Reads one file with one reader, in a process of its own so that its peak of
 * memory is its own, and prints what it took. The bench calls it.
 *
 * @module
 */

import process from "node:process";
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

/** Loads a reader for `path`; what it returns reads and is timed. */
type Prepare = (path: string, format: string) => Promise<Read>;

/** Readers by name. */
const READERS: Readonly<Record<string, Prepare>> = {
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
      const filename = format === "compressed-ply" ? "a.ply" : `a.${format}`;
      fileSystem.set(filename, await Deno.readFile(path));
      const inputFormat = format === "compressed-ply" ? "ply" : format;
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
        fileName: `a.${format}`,
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
  "spz-js": async (path, format) => {
    const { loadPly, loadSpz } = await load("npm:spz-js@1.2.5");
    return async () => {
      if (format === "spz") {
        return (await loadSpz(await Deno.readFile(path))).numPoints;
      }
      using file = await Deno.open(path);
      return (await loadPly(file.readable)).numPoints;
    };
  },
};

if (import.meta.main) {
  const [name, path, format] = Deno.args as [string, string, string];
  const read = await READERS[name]!(path, format);
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

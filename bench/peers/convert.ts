/**
 * Writes a .ply in another format with its public writer. The bench calls it:
 * source, target, format.
 *
 * @module
 */

import { load } from "./protocol.ts";

const [from, to, format] = Deno.args as [string, string, string];

if (format === "ksplat") {
  const { PlyParser, SplatBufferGenerator } = await load(
    "npm:@mkkellogg/gaussian-splats-3d@0.4.7",
  );
  const { buffer } = await Deno.readFile(from);
  const parsed = PlyParser.parseToUncompressedSplatArray(buffer, 2);
  // Level 1: half floats.
  const generator = SplatBufferGenerator.getStandardGenerator(1, 1);
  const { bufferData } = generator.generateFromUncompressedSplatArray(parsed);
  await Deno.writeFile(to, new Uint8Array(bufferData));
} else {
  const {
    createChunkDataPool,
    logger,
    MemoryFileSystem,
    MemoryReadFileSystem,
    readFile,
    writeSource,
  } = await load("npm:@playcanvas/splat-transform@3.7.0");
  logger.setVerbosity?.("quiet");
  const files = new MemoryReadFileSystem();
  files.set("a.ply", await Deno.readFile(from));
  const [source] = await readFile({
    filename: "a.ply",
    inputFormat: "ply",
    fileSystem: files,
  });
  const pool = createChunkDataPool();
  const written = new MemoryFileSystem();
  const name = format === "compressed-ply" ? "a.compressed.ply" : `a.${format}`;
  await writeSource({
    filename: name,
    outputFormat: format,
    source,
    pool,
    options: {},
  }, written);
  await Deno.writeFile(to, written.results.get(name));
}
Deno.exit(0);

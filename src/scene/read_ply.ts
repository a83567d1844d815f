/**
 * INRIA .ply: the format of Kerbl et al. 2023 and of all trainers since, in
 * any order of properties, any scalar type, binary or ASCII. Compressed .ply
 * is handed on.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { MAX_BROKEN_SHARE, splatWarnings } from "./drop_broken.ts";
import { parseAsciiRows } from "./ply_ascii.ts";
import { binaryRows, shInFile } from "./ply_binary.ts";
import { isAntialiased, splatColumns, upOf } from "./ply_columns.ts";
import { readPlyHeader } from "./ply_header.ts";
import { inSteps } from "./progress.ts";
import {
  type Reader,
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { SplatRowWriter } from "./splat_rows.ts";
import { allocateSplats, firstSplats } from "./splats.ts";

/**
 * Reads a .ply of either kind.
 *
 * @throws {SceneFormatError} If it holds no splats, is cut short, or more than 1% of its splats are not finite.
 * @throws The signal's reason if aborted.
 */
export const readPly: Reader = async (
  source: ByteSource,
  options: ReadOptions,
): Promise<SceneFile> => {
  const header = await readPlyHeader(source);
  if (header.elements.some(({ name }) => name === "chunk")) {
    const { readCompressedPly } = await import("./read_compressed_ply.ts");
    return await readCompressedPly(source, header, options);
  }
  const fail = (problem: string): never => {
    throw new SceneFormatError(source.name, "ply", problem);
  };
  const vertex = header.elements.find(({ name }) => name === "vertex") ??
    fail("expected element vertex, found none");
  const { columns, shDegree, fileShDegree, colorRange } = splatColumns(
    source.name,
    vertex,
  );
  const { count } = vertex;
  if (count === 0) fail("expected at least one splat, found none");
  const blocks = header.encoding === "ascii"
    ? parseAsciiRows(source, header, vertex)
    : await binaryRows(source, header, vertex);
  const fileSh = options.leavesSh
    ? await shInFile(source, header, { vertex, columns })
    : undefined;
  // The generators have checked the count against the size of the file.
  const splats = allocateSplats(count, shDegree, {
    antialiased: isAntialiased(header.comments),
    fileSh,
  });
  const writer = new SplatRowWriter(splats, columns, colorRange);
  const progress = inSteps(options.onProgress);
  let read = 0;
  for await (const rows of blocks) {
    options.signal?.throwIfAborted();
    writer.write(rows);
    read += rows.count;
    progress(read / count);
  }
  const { kept, broken, firstBroken, unrotated } = writer;
  if (broken > MAX_BROKEN_SHARE * count) {
    fail(
      `expected finite numbers, found others in ${broken} of ${count} splats (${firstBroken})`,
    );
  }
  if (broken > 0 && fileSh) {
    // Its rows would no longer be those of the splats.
    return await readPly(source, { ...options, leavesSh: false });
  }
  const warnings = [
    fileShDegree > 3 && "SH degree 4 is cut to 3",
    colorRange !== undefined &&
    "no f_dc: red, green and blue are the colour from each side",
    columns[5]! < 0 && "no scale_2 (2DGS): splats are flat discs",
    ...splatWarnings({ count, broken, first: firstBroken, unrotated }),
  ].filter((warning) => warning !== false);
  return {
    splats: kept < count ? firstSplats(splats, kept) : splats,
    format: "ply",
    version: header.encoding,
    fileShDegree,
    ...upOf(header),
    warnings,
  };
};

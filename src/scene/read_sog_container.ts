/**
 * SOG, outer layer: meta.json and its planes, from a zip archive or from the
 * folder around meta.json, with all sizes checked before anything is decoded.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { parseSogMeta, type SogMeta } from "./read_sog_meta.ts";
import { SceneFormatError } from "./scene_file.ts";
import { siblingSegments } from "./sibling_path.ts";
import {
  bytesPerSplat,
  SH_REST_COEFFICIENTS,
  type ShDegree,
} from "./splats.ts";
import { isBomb } from "./unpack.ts";
import { readWebpHeader, type WebpHeader } from "./webp.ts";
import { ZipArchive } from "./zip.ts";

/** A SOG whose planes are at hand, still packed. */
export interface Sog {
  /** What errors call it. */
  readonly file: string;
  readonly container: "zip" | "folder";
  readonly meta: SogMeta;
  readonly shDegree: ShDegree;
  /** Palette entries of SH, 0 for degree 0. */
  readonly paletteCount: number;
  /** Packed WebP by name. */
  readonly planes: ReadonlyMap<string, Uint8Array>;
}

/** Reads a file that meta.json names. */
type ReadFile = (path: string) => Promise<Uint8Array>;

const META = "meta.json";
/** Longest meta.json; real ones have 20 KB. */
const MAX_META_BYTES = 1 << 24;
/** Palette entries in a row of the centroids' picture. */
const PALETTE_ROW = 64;
/**
 * Pictures hold a pixel a splat; writers round up to full rows or powers of
 * two. What is larger than this is a bomb.
 */
const MAX_PIXELS_PER_SPLAT = 4;
const FREE_PIXELS = 1 << 20;

/**
 * Opens the SOG in `source`: a zip archive, or a meta.json with neighbours.
 *
 * @throws {SceneFormatError} If it is no SOG, damaged, or declares more than it holds.
 */
export async function openSog(source: ByteSource): Promise<Sog> {
  const file = source.name;
  const start = await source.read(0, Math.min(source.size, 2));
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  const { metaBytes, readFile } = isZip
    ? await openArchive(source)
    : await openFolder(source);
  if (metaBytes.length > MAX_META_BYTES) {
    throw new SceneFormatError(
      file,
      "sog",
      `expected at most ${MAX_META_BYTES} bytes of ${META}, found ${metaBytes.length}`,
    );
  }
  const meta = parseSogMeta(isZip ? `${file} (${META})` : file, metaBytes);
  const names = new Set([
    ...Object.values(meta.files),
    ...(meta.sh ? [meta.sh.centroidsFile, meta.sh.labelsFile] : []),
  ]);
  const planes = await readPlanes(file, names, readFile);
  const headers = new Map<string, WebpHeader>();
  for (const [name, bytes] of planes) {
    headers.set(name, await named(file, name, () => readWebpHeader(bytes)));
  }
  for (const name of names) {
    if (name === meta.sh?.centroidsFile) continue;
    checkPixels(file, name, { header: headers.get(name)!, count: meta.count });
  }
  const palette = measurePalette(file, meta, headers);
  const packed = [...planes.values()].reduce((n, { length }) => n + length, 0);
  const unpacked = meta.count * bytesPerSplat(palette.shDegree);
  if (isBomb({ packed, unpacked })) {
    throw new SceneFormatError(
      file,
      "sog",
      `expected as many splats as ${packed} bytes can hold, found ${meta.count} declared`,
    );
  }
  const container = isZip ? "zip" : "folder";
  return { file, container, meta, planes, ...palette };
}

/** All at once, for the sake of the network; none is left open when one fails. */
async function readPlanes(
  file: string,
  names: ReadonlySet<string>,
  readFile: ReadFile,
): Promise<Map<string, Uint8Array>> {
  const reading = Array.from(
    names,
    async (name): Promise<[string, Uint8Array]> => [
      name,
      await named(file, name, () => readFile(name)),
    ],
  );
  await Promise.allSettled(reading);
  return new Map(await Promise.all(reading));
}

async function openArchive(
  source: ByteSource,
): Promise<{ metaBytes: Uint8Array; readFile: ReadFile }> {
  const archive = await named(
    source.name,
    "the archive",
    () => ZipArchive.open(source),
  );
  // Packed with its folder, it lies one level down.
  const metaName =
    archive.names.filter((name) =>
      name === META || /^[^/]+\/meta\.json$/.test(name)
    ).sort((a, b) => a.length - b.length)[0];
  if (metaName === undefined) {
    throw new SceneFormatError(
      source.name,
      "sog",
      `expected ${META} in the archive, found ${
        archive.names.slice(0, 20).join(", ") || "nothing"
      }`,
    );
  }
  const folder = metaName.slice(0, -META.length);
  return {
    metaBytes: await named(
      source.name,
      META,
      () => archive.read(metaName),
    ),
    readFile: (path) => archive.read(folder + siblingSegments(path).join("/")),
  };
}

async function openFolder(
  source: ByteSource,
): Promise<{ metaBytes: Uint8Array; readFile: ReadFile }> {
  if (source.size > MAX_META_BYTES) {
    throw new SceneFormatError(
      source.name,
      "sog",
      `expected a zip archive or a ${META} of at most ${MAX_META_BYTES} bytes, found ${source.size} bytes`,
    );
  }
  return {
    metaBytes: await source.read(0, source.size),
    readFile: (path) => readSibling(source, path),
  };
}

async function readSibling(
  source: ByteSource,
  path: string,
): Promise<Uint8Array> {
  if (!source.sibling) {
    throw new Deno.errors.NotFound(
      `Cannot read ${path} as ${source.name} must have neighbours: it has none`,
    );
  }
  const sibling = await source.sibling(siblingSegments(path).join("/"));
  try {
    return await sibling.read(0, sibling.size);
  } finally {
    sibling.close();
  }
}

function checkPixels(
  file: string,
  name: string,
  { header: { width, height }, count }: { header: WebpHeader; count: number },
): void {
  const pixels = width * height;
  const most = MAX_PIXELS_PER_SPLAT * count + FREE_PIXELS;
  if (pixels < count || pixels > most) {
    throw new SceneFormatError(
      file,
      "sog",
      `expected ${count} to ${most} pixels in ${name} for ${count} splats, found ${width} x ${height}`,
    );
  }
}

/** Degree and size of the palette, which version 1 leaves to the picture's width and height. */
function measurePalette(
  file: string,
  { version, sh }: SogMeta,
  headers: ReadonlyMap<string, WebpHeader>,
): { shDegree: ShDegree; paletteCount: number } {
  if (!sh) return { shDegree: 0, paletteCount: 0 };
  const { width, height } = headers.get(sh.centroidsFile)!;
  const degree = ([1, 2, 3] as const).find((degree) =>
    width === PALETTE_ROW * SH_REST_COEFFICIENTS[degree]
  );
  if (degree === undefined || (sh.degree ?? degree) !== degree) {
    const expected = (sh.degree ? [sh.degree] : [1, 2, 3] as const).map((d) =>
      PALETTE_ROW * SH_REST_COEFFICIENTS[d]
    ).join(" or ");
    throw new SceneFormatError(
      file,
      "sog",
      `expected ${sh.centroidsFile} to be ${expected} pixels wide, found ${width}`,
    );
  }
  const most = PALETTE_ROW * height;
  const paletteCount = sh.paletteCount ?? Math.min(most, 65536);
  if (paletteCount > most || most > 65536 + PALETTE_ROW) {
    throw new SceneFormatError(
      file,
      "sog",
      `expected ${sh.centroidsFile} to hold the ${paletteCount} palette entries of version ${version}, found ${most}`,
    );
  }
  return { shDegree: degree, paletteCount };
}

/** Turns whatever goes wrong with the part `name` into an error of the whole file. */
async function named<T>(
  file: string,
  name: string,
  part: () => T | Promise<T>,
): Promise<T> {
  try {
    return await part();
  } catch (cause) {
    if (
      cause instanceof SyntaxError || cause instanceof Deno.errors.NotFound
    ) {
      throw new SceneFormatError(
        file,
        "sog",
        `expected to read ${name}: ${cause.message}`,
        { cause },
      );
    }
    throw cause;
  }
}

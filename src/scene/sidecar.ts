/**
 * The sidecar of a scene, `<scene>.scene.json`: what no splat format says. In
 * the file's own axes and units.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { ByteSource } from "./byte_source.ts";
import { fileSource } from "./file_source.ts";
import { SceneFormatError } from "./scene_file.ts";

const vector = z.tuple([z.number(), z.number(), z.number()]);

const schema = z.strictObject({
  up: z.enum(["+x", "-x", "+y", "-y", "+z", "-z"]).exactOptional(),
  scale: z.number().positive().exactOptional(),
  start: z.strictObject({
    position: vector,
    heading: vector.refine((heading) => Math.hypot(...heading) > 0, {
      error: "must not be zero",
    }).exactOptional(),
  }).exactOptional(),
  bounds: z.strictObject({ min: vector, max: vector }).refine(
    ({ min, max }) => min.every((low, axis) => low < max[axis]!),
    { error: "min must be less than max on each axis" },
  ).exactOptional(),
  fov: z.number().gt(0).lt(180).exactOptional(),
  origin: z.enum(["start", "scene"]).exactOptional(),
});

/** All keys optional; file axes and units. */
export type Sidecar = z.infer<typeof schema>;

/** Longest sidecar that is read, bytes. */
const MAX_BYTES = 1 << 16;

/**
 * The sidecar in `text`.
 *
 * @throws {SceneFormatError} If it is no JSON, or has an unknown key or a value out of range; the message names it.
 */
export function parseSidecar(text: string, name: string): Sidecar {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SceneFormatError(
      name,
      "a sidecar",
      `expected JSON, found ${(cause as Error).message}`,
      { cause },
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new SceneFormatError(
    name,
    "a sidecar",
    result.error.issues.map(({ path, message }) =>
      `${path.length === 0 ? "the whole" : path.join(".")}: ${message}`
    ).join("; "),
  );
}

/**
 * The sidecar beside the scene in `source`, undefined if there is none (or the
 * permission to look is missing): `room.ply.scene.json` or `room.scene.json`
 * for `room.ply`, and for a folder `room/` also `room.scene.json` beside it.
 *
 * @throws {SceneFormatError} If there is one, and it is wrong.
 */
export async function readSidecar(
  source: ByteSource,
): Promise<Sidecar | undefined> {
  if (source.sibling === undefined) return undefined;
  if (/^https?:\/\//i.test(source.name)) return await readRemote(source);
  const folder = dirname(source.name);
  const places = [
    `${source.name}.scene.json`,
    join(folder, `${stemOf(basename(source.name))}.scene.json`),
    ...(/^(lod-)?meta\.json$/.test(basename(source.name))
      ? [`${folder}.scene.json`]
      : []),
  ];
  for (const place of places) {
    try {
      return await readOne(await fileSource(place));
    } catch (error) {
      const isAbsent = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotCapable;
      if (!isAbsent) throw error;
    }
  }
  return undefined;
}

/** Without its ending: `room` of `room.ply`, `room.compressed.ply` and `room.ply.gz`. */
function stemOf(name: string): string {
  return name.replace(/(\.compressed)?\.[^.]+(\.gz)?$/i, "");
}

async function readRemote(scene: ByteSource): Promise<Sidecar | undefined> {
  const path = new URL(scene.name).pathname;
  const stem = stemOf(decodeURIComponent(path.split("/").at(-1) ?? ""));
  if (stem === "") return undefined;
  let source: ByteSource;
  try {
    source = await scene.sibling!(`${stem}.scene.json`);
  } catch {
    return undefined; // Absent, or not to be had: the scene alone will do.
  }
  // Some servers answer every address with their page.
  const [first] = await source.read(0, Math.min(source.size, 1));
  return first === 123 ? await readOne(source) : undefined;
}

async function readOne(source: ByteSource): Promise<Sidecar> {
  try {
    if (source.size > MAX_BYTES) {
      throw new SceneFormatError(
        source.name,
        "a sidecar",
        `expected at most ${MAX_BYTES} bytes, found ${source.size}`,
      );
    }
    const bytes = await source.read(0, source.size);
    return parseSidecar(new TextDecoder().decode(bytes), source.name);
  } finally {
    source.close();
  }
}

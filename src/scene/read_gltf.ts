/**
 * Reads splats from glTF 2.0: .glb and .gltf, all splat primitives of the
 * default scene in one, each where its node places it.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { dropBroken } from "./drop_broken.ts";
import { type GltfFile, openGltf } from "./read_gltf_container.ts";
import { isIdentity, meshInstances } from "./read_gltf_nodes.ts";
import {
  isSplatPrimitive,
  openSplatPrimitive,
  type SplatPrimitive,
} from "./read_gltf_primitive.ts";
import { inSteps } from "./progress.ts";
import type { Spz } from "./read_spz_container.ts";
import {
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import { sliceSplats } from "./splat_slice.ts";
import {
  allocateSplats,
  bytesPerSplat,
  firstSplats,
  type ShDegree,
  type Splats,
} from "./splats.ts";
import { statisticsOf } from "./statistics.ts";
import { type Affine, transformSplats } from "./transform_splats.ts";
import { FREE_BYTES } from "./unpack.ts";

/** A primitive of splats at a place. */
interface Part {
  readonly primitive: SplatPrimitive;
  readonly placement: Affine;
}

/** Bytes a splat has here per byte in the buffers, at most, where everything is used once. */
const MAX_RATIO = 4;

/**
 * Reads a glTF.
 *
 * @throws {SceneFormatError} If it is no glTF 2, has no splats, is damaged, or declares more than it holds.
 * @throws The signal's reason if aborted.
 */
export async function readGltf(
  source: ByteSource,
  { onProgress, signal }: ReadOptions,
): Promise<SceneFile> {
  signal?.throwIfAborted();
  const file = await openGltf(source);
  try {
    const parts = await openParts(file);
    return await decodeParts(file, parts, {
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
  } finally {
    file.close();
  }
}

async function openParts(file: GltfFile): Promise<Part[]> {
  const { json } = file;
  let instances;
  try {
    instances = meshInstances(json);
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw fail(file, cause.message, { cause });
    }
    throw cause;
  }
  const opened = new Map<number, SplatPrimitive[]>();
  const packed = new Map<number, Spz>();
  const parts: Part[] = [];
  for (const { mesh, placement } of instances) {
    let primitives = opened.get(mesh);
    if (!primitives) {
      const { primitives: found } = json.meshes[mesh] ??
        raise(fail(file, `expected mesh ${mesh}, found none`));
      primitives = [];
      for (const primitive of found.filter(isSplatPrimitive)) {
        primitives.push(await openSplatPrimitive(file, primitive, packed));
      }
      opened.set(mesh, primitives);
    }
    parts.push(...primitives.map((primitive) => ({ primitive, placement })));
  }
  if (parts.length === 0) {
    throw fail(
      file,
      "expected a primitive with KHR_gaussian_splatting, found none",
    );
  }
  checkSize(file, parts, packed);
  return parts;
}

/** Many nodes may place one mesh, many accessors read the same bytes: small files can ask for any amount. */
function checkSize(
  file: GltfFile,
  parts: readonly Part[],
  packed: ReadonlyMap<number, Spz>,
): void {
  const count = countOf(parts);
  const bytes = count * bytesPerSplat(shDegreeOf(parts));
  const unpacked = [...packed.values()].flatMap(({ streams }) =>
    Object.values(streams)
  );
  const held = unpacked.reduce(
    (sum, { length }) => sum + length,
    file.bufferBytes,
  );
  if (bytes > MAX_RATIO * held + FREE_BYTES) {
    throw fail(
      file,
      `expected as many splats as ${held} bytes of buffers can hold, found ${count} in ${parts.length} primitives`,
    );
  }
}

async function decodeParts(
  file: GltfFile,
  parts: readonly Part[],
  { onProgress, signal }: ReadOptions,
): Promise<SceneFile> {
  const count = countOf(parts);
  const all = allocateSplats(count, shDegreeOf(parts), {
    antialiased: parts.some(({ primitive }) => primitive.antialiased),
  });
  const progress = inSteps(onProgress);
  const warnings = new Set<string>();
  const label = { file: file.name, format: file.container };
  const placed: { first: number; count: number; placement: Affine }[] = [];
  let first = 0;
  for (const { primitive, placement } of parts) {
    const target = sliceSplats(all, { first, count: primitive.count });
    const faults = await primitive.decode(target, (decoded) => {
      signal?.throwIfAborted();
      progress((first + decoded) / count);
    });
    const { splats, warnings: broken } = dropBroken(target, label);
    for (const warning of [...primitive.warnings, ...faults, ...broken]) {
      warnings.add(warning);
    }
    placed.push({ first, count: splats.count, placement });
    first += splats.count;
  }
  const splats = firstSplats(all, first);
  const moved = placed.filter(({ placement }) => !isIdentity(placement));
  const statistics = moved.length > 0 ? statisticsOf(splats) : undefined;
  for (const { placement, ...slice } of moved) {
    signal?.throwIfAborted();
    transformSplats(sliceSplats(splats, slice), placement);
  }
  if (moved.length > 0 && !isFinite(splats)) {
    throw fail(
      file,
      "expected finite positions and scales, found nodes that move or stretch splats beyond float32",
    );
  }
  const kinds = [...new Set(parts.map(({ primitive }) => primitive.kind))];
  return {
    splats,
    format: file.container,
    version: `${file.json.asset.version}, ${kinds.join(", ")}`,
    fileShDegree: fileShDegreeOf(parts),
    up: "+y",
    ...(statistics ? { statistics } : {}),
    warnings: [...warnings],
  };
}

function isFinite({ positions, scales }: Splats): boolean {
  return positions.every(Number.isFinite) && scales.every(Number.isFinite);
}

function countOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { primitive }) => sum + primitive.count, 0);
}

function shDegreeOf(parts: readonly Part[]): ShDegree {
  return Math.min(fileShDegreeOf(parts), 3) as ShDegree;
}

function fileShDegreeOf(parts: readonly Part[]): number {
  // There may be more parts than a call takes arguments.
  return parts.reduce(
    (most, { primitive }) => Math.max(most, primitive.fileShDegree),
    0,
  );
}

function fail(
  { name, container }: GltfFile,
  problem: string,
  options?: ErrorOptions,
): SceneFormatError {
  return new SceneFormatError(name, container, problem, options);
}

function raise(error: Error): never {
  throw error;
}

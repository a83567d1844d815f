/**
 * .ksplat (GaussianSplats3D): a header, sections of splats, positions relative
 * to buckets. Level 0 holds float32, level 1 half floats and 16-bit positions,
 * level 2 also 8-bit SH; SH degree 0 to 2.
 *
 * @module
 */

import { readBlocks } from "./blocks.ts";
import type { ByteSource } from "./byte_source.ts";
import { dropBroken } from "./drop_broken.ts";
import {
  type KsplatHeader,
  type KsplatSection,
  readKsplatHeader,
} from "./ksplat_header.ts";
import { inSteps } from "./progress.ts";
import {
  type Reader,
  type ReadOptions,
  type SceneFile,
  SceneFormatError,
} from "./scene_file.ts";
import {
  allocateSplats,
  SH_C0,
  SH_REST_COEFFICIENTS,
  type Splats,
} from "./splats.ts";

/**
 * Where each stored SH coefficient goes: they stand band by band, and within a
 * band all reds, then greens, then blues.
 */
const SH_ORDER = [{ first: 0, length: 3 }, { first: 3, length: 5 }].flatMap(
  ({ first, length }) =>
    [0, 1, 2].flatMap((channel) =>
      Array.from({ length }, (_, k) => 3 * (first + k) + channel)
    ),
);

/**
 * Reads a .ksplat.
 *
 * @throws {SceneFormatError} If its header contradicts itself or the length of the file, or more than 1% of its splats are not finite.
 * @throws The signal's reason if aborted.
 */
export const readKsplat: Reader = async (
  source: ByteSource,
  options: ReadOptions,
): Promise<SceneFile> => {
  const header = await readKsplatHeader(source);
  const { count, shDegree, level, sections } = header;
  const splats = allocateSplats(count, shDegree);
  const progress = inSteps(options.onProgress);
  let done = 0;
  for (const section of sections) {
    const centres = await bucketCentres(source, section, level);
    for await (
      const block of readBlocks(source, {
        start: section.splatsAt,
        count: section.count,
        stride: section.stride,
      })
    ) {
      options.signal?.throwIfAborted();
      unpack(splats, {
        header,
        section,
        centres,
        block,
        at: done + block.first,
      });
      progress((done + block.first + block.count) / count);
    }
    done += section.count;
  }
  return {
    ...dropBroken(splats, { file: source.name, format: "ksplat" }),
    format: "ksplat",
    version: `${header.version}, level ${level}`,
    fileShDegree: shDegree,
    up: "-y",
  };
};

/** Bucket of each splat as the centre's index, and the centres; none at level 0. */
interface Buckets {
  readonly centres: Float32Array;
  /** First splat of each bucket, ascending. */
  readonly firsts: Float64Array;
}

async function bucketCentres(
  source: ByteSource,
  section: KsplatSection,
  level: number,
): Promise<Buckets> {
  const { bucketCount, fullBuckets, bucketSize, bucketStride } = section;
  // Level 0 has positions of its own: what is said of buckets is not looked at.
  if (level === 0) {
    return { centres: new Float32Array(0), firsts: new Float64Array(0) };
  }
  const centres = new Float32Array(3 * bucketCount);
  const firsts = new Float64Array(bucketCount);
  const lengths = await readView(
    source,
    section.lengthsAt,
    4 * section.partialBuckets,
  );
  const table = await readView(
    source,
    section.bucketsAt,
    bucketStride * bucketCount,
  );
  let first = 0;
  for (let i = 0; i < bucketCount; i++) {
    firsts[i] = first;
    first += i < fullBuckets
      ? bucketSize
      : lengths.getUint32(4 * (i - fullBuckets), true);
    for (let axis = 0; axis < 3; axis++) {
      centres[3 * i + axis] = table.getFloat32(
        bucketStride * i + 4 * axis,
        true,
      );
    }
  }
  if (first < section.count) {
    throw new SceneFormatError(
      source.name,
      "ksplat",
      `expected the ${section.count} splats in buckets by the lengths at byte ${section.lengthsAt}, found room for ${first}`,
    );
  }
  return { centres, firsts };
}

async function readView(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<DataView> {
  const bytes = await source.read(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What {@linkcode unpack} works on. */
interface Work {
  readonly header: KsplatHeader;
  readonly section: KsplatSection;
  readonly centres: Buckets;
  readonly block: { bytes: Uint8Array; first: number; count: number };
  /** Number of the block's first splat in the scene. */
  readonly at: number;
}

function unpack(
  splats: Splats,
  { header, section, centres: { centres, firsts }, block, at }: Work,
): void {
  const { level, minSh, maxSh } = header;
  const { bytes, first, count } = block;
  const { stride, positionStep, scaleRange } = section;
  const { positions, scales, rotations, opacities, colors, sh } = splats;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = level === 0
    ? (offset: number): number => view.getFloat32(offset, true)
    : (offset: number): number => view.getFloat16(offset, true);
  const size = level === 0 ? 4 : 2;
  const perSplat = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  const stored = 3 * SH_REST_COEFFICIENTS[section.shDegree];
  let bucket = 0;
  for (let record = 0; record < count; record++) {
    const i = at + record;
    const base = record * stride;
    while (
      bucket + 1 < firsts.length && firsts[bucket + 1]! <= first + record
    ) bucket++;
    for (let axis = 0; axis < 3; axis++) {
      positions[3 * i + axis] = level === 0
        ? view.getFloat32(base + 4 * axis, true)
        : centres[3 * bucket + axis]! +
          (view.getUint16(base + 2 * axis, true) - scaleRange) * positionStep;
      scales[3 * i + axis] = number(base + size * (3 + axis));
    }
    for (let part = 0; part < 4; part++) {
      rotations[4 * i + part] = number(base + size * (6 + part));
    }
    const color = base + 10 * size;
    for (let channel = 0; channel < 3; channel++) {
      colors[3 * i + channel] = (bytes[color + channel]! / 255 - 0.5) / SH_C0;
    }
    opacities[i] = bytes[color + 3]! / 255;
    for (let k = 0; k < stored; k++) {
      sh[i * perSplat + SH_ORDER[k]!] = level < 2
        ? number(color + 4 + size * k)
        : minSh + bytes[color + 4 + k]! / 255 * (maxSh - minSh);
    }
  }
}

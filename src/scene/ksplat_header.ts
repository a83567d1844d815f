/**
 * The headers of a .ksplat, checked against the length of the file.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { SceneFormatError } from "./scene_file.ts";
import { SH_REST_COEFFICIENTS, type ShDegree } from "./splats.ts";

/** Bytes of the header. */
const HEADER = 4096;

/** Bytes of the header of a section. */
const SECTION_HEADER = 1024;

/** SH coefficients lie within this where the header does not say, as in GaussianSplats3D. */
const DEFAULT_SH_RANGE = 1.5;

/** Largest position number where the header does not say. */
const DEFAULT_SCALE_RANGE = 32767;

/** One section: where its parts are and how they are packed. */
export interface KsplatSection {
  readonly count: number;
  readonly shDegree: ShDegree;
  /** Bytes a splat. */
  readonly stride: number;
  readonly bucketCount: number;
  /** Splats in a full bucket. */
  readonly bucketSize: number;
  /** Full buckets; they come first. */
  readonly fullBuckets: number;
  readonly partialBuckets: number;
  /** Bytes a bucket. */
  readonly bucketStride: number;
  /** Position number of a bucket's centre. */
  readonly scaleRange: number;
  /** File units a position number. */
  readonly positionStep: number;
  /** Byte of the lengths of partial buckets. */
  readonly lengthsAt: number;
  /** Byte of the bucket centres. */
  readonly bucketsAt: number;
  /** Byte of the first splat. */
  readonly splatsAt: number;
}

/** What stands before the splats. */
export interface KsplatHeader {
  readonly version: string;
  readonly level: 0 | 1 | 2;
  /** Splats of all sections. */
  readonly count: number;
  /** Highest of all sections. */
  readonly shDegree: ShDegree;
  /** What byte 0 of an SH coefficient means. */
  readonly minSh: number;
  /** What byte 255 of an SH coefficient means. */
  readonly maxSh: number;
  readonly sections: readonly KsplatSection[];
}

/**
 * Reads the headers of `source`.
 *
 * @throws {SceneFormatError} If they contradict themselves or the length of the file.
 */
export async function readKsplatHeader(
  source: ByteSource,
): Promise<KsplatHeader> {
  const fail = (problem: string): never => {
    throw new SceneFormatError(source.name, "ksplat", problem);
  };
  if (source.size < HEADER + SECTION_HEADER) {
    fail(
      `expected headers of ${
        HEADER + SECTION_HEADER
      } bytes, found ${source.size} bytes`,
    );
  }
  const view = await viewOf(source, 0, HEADER);
  const [major, minor] = [view.getUint8(0), view.getUint8(1)];
  if (major !== 0 || minor < 1) {
    fail(`expected version 0.1 or later at byte 0, found ${major}.${minor}`);
  }
  const level = view.getUint16(20, true);
  if (level > 2) fail(`expected level 0, 1 or 2 at byte 20, found ${level}`);
  const sectionCount = view.getUint32(4, true);
  const firstSection = HEADER + SECTION_HEADER * sectionCount;
  if (sectionCount === 0 || firstSection > source.size) {
    fail(
      `expected 1 to ${
        Math.floor((source.size - HEADER) / SECTION_HEADER)
      } sections at byte 4, found ${sectionCount}`,
    );
  }
  const minSh = view.getFloat32(36, true) || -DEFAULT_SH_RANGE;
  const maxSh = view.getFloat32(40, true) || DEFAULT_SH_RANGE;
  if (!Number.isFinite(maxSh - minSh)) {
    fail(`expected a finite SH range at byte 36, found ${minSh} to ${maxSh}`);
  }
  const headers = await viewOf(source, HEADER, firstSection - HEADER);
  const sections: KsplatSection[] = [];
  let start = firstSection;
  for (let index = 0; index < sectionCount; index++) {
    const section = readSection(
      new DataView(
        headers.buffer,
        headers.byteOffset + SECTION_HEADER * index,
        SECTION_HEADER,
      ),
      { index, level, start, size: source.size, fail },
    );
    sections.push(section);
    start = section.end;
  }
  const count = sections.reduce((sum, section) => sum + section.count, 0);
  if (count === 0) fail("expected at least one splat, found none");
  return {
    version: `${major}.${minor}`,
    level: level as 0 | 1 | 2,
    count,
    shDegree: sections.reduce<ShDegree>(
      (most, { shDegree }) => shDegree > most ? shDegree : most,
      0,
    ),
    minSh,
    maxSh,
    sections,
  };
}

function readSection(
  view: DataView,
  { index, level, start, size, fail }: {
    index: number;
    level: number;
    start: number;
    size: number;
    fail: (problem: string) => never;
  },
): KsplatSection & { end: number } {
  const word = (at: number): number => view.getUint32(at, true);
  const capacity = word(4);
  // A writer that streams leaves the count of a full section at zero.
  const count = word(0) || capacity;
  const degree = view.getUint16(40, true);
  if (degree > 2) {
    fail(`expected SH degree 0, 1 or 2 in section ${index}, found ${degree}`);
  }
  const shDegree = degree as ShDegree;
  const [bucketSize, bucketCount] = [word(8), word(12)];
  const [fullBuckets, partialBuckets] = [word(32), word(36)];
  const bucketStride = view.getUint16(20, true);
  const scaleRange = word(24) || DEFAULT_SCALE_RANGE;
  const blockSize = view.getFloat32(16, true);
  const perNumber = [4, 2, 2][level]!;
  const perSh = [4, 2, 1][level]!;
  const stride = 10 * perNumber + 4 +
    3 * SH_REST_COEFFICIENTS[shDegree] * perSh;
  const bucketsAt = start + 4 * partialBuckets;
  const splatsAt = bucketsAt + bucketStride * bucketCount;
  const end = splatsAt + stride * capacity;
  const lastByte = splatsAt + stride * count;
  if (count > capacity || Math.max(lastByte, splatsAt) > size) {
    fail(
      `expected ${count} splats of ${stride} bytes up to byte ${lastByte} in section ${index} (room for ${capacity}), found the end of the file at byte ${size}`,
    );
  }
  if (level > 0) {
    const isWhole = bucketStride >= 12 && bucketCount > 0 &&
      fullBuckets + partialBuckets === bucketCount &&
      (fullBuckets === 0 || bucketSize > 0) && Number.isFinite(blockSize);
    if (!isWhole) {
      fail(
        `expected buckets of 12 bytes or more for the positions of section ${index}, found ${bucketCount} of ${bucketStride} bytes (${fullBuckets} full, ${partialBuckets} partial, size ${blockSize})`,
      );
    }
  }
  return {
    count,
    shDegree,
    stride,
    bucketCount,
    bucketSize,
    fullBuckets,
    partialBuckets,
    bucketStride,
    scaleRange,
    positionStep: blockSize / 2 / scaleRange,
    lengthsAt: start,
    bucketsAt,
    splatsAt,
    end,
  };
}

async function viewOf(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<DataView> {
  const bytes = await source.read(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

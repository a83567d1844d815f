/**
 * SOG, meta.json of versions 1 and 2, both as tables from byte to number.
 * https://developer.playcanvas.com/user-manual/gaussian-splatting/formats/sog/
 *
 * @module
 */

import { z } from "zod";
import { readJson } from "./read_json.ts";
import { SceneFormatError } from "./scene_file.ts";
import type { ShDegree } from "./splats.ts";

/** What meta.json says, whatever its version. */
export interface SogMeta {
  readonly version: 1 | 2;
  readonly count: number;
  readonly antialiased: boolean;
  /** Range of the logarithmic positions, by axis. */
  readonly positionMins: readonly number[];
  readonly positionMaxs: readonly number[];
  /** Linear scale of each byte, by axis. */
  readonly scales: readonly Float32Array[];
  /** f_dc of each byte, by channel. */
  readonly colors: readonly Float32Array[];
  /** Opacity of each byte, [0, 1]. */
  readonly opacities: Float32Array;
  /** Names of the planes. */
  readonly files: SogFiles;
  /** Absent for degree 0. */
  readonly sh?: SogShMeta;
}

/** Names of the planes, relative to meta.json. */
export interface SogFiles {
  readonly meansLow: string;
  readonly meansHigh: string;
  readonly scales: string;
  readonly rotations: string;
  readonly colors: string;
}

/** How the higher SH coefficients are stored: a palette, and an index a splat. */
export interface SogShMeta {
  /** Value of each byte, as half floats. */
  readonly values: Float16Array;
  /** Version 2 says both, version 1 leaves them to the size of the picture. */
  readonly degree?: ShDegree;
  readonly paletteCount?: number;
  readonly centroidsFile: string;
  readonly labelsFile: string;
}

/** Positions are exp(n) - 1: beyond e^80 a float32 overflows. */
const logarithmicPosition = z.number().min(-80).max(80);
const three = z.tuple([z.number(), z.number(), z.number()]);
const oneFile = z.tuple([z.string()]);
const twoFiles = z.tuple([z.string(), z.string()]);
/** Splats: labels and pictures hold no more than 16384 x 16384. */
const count = z.int().min(1).max(2 ** 28);
const means = z.object({
  mins: z.array(logarithmicPosition).length(3),
  maxs: z.array(logarithmicPosition).length(3),
  files: twoFiles,
});

/** Some writers leave the first value out (null): it lies one step before the second. */
const codebook = z.array(z.number().nullable()).length(256).transform(
  (values, context) => {
    const [first, ...rest] = values;
    if (rest.includes(null)) {
      context.addIssue("expected numbers, found null after the first value");
      return z.NEVER;
    }
    const numbers = rest as number[];
    const step = (numbers.at(-1)! - numbers[0]!) / 255;
    return [first ?? numbers[0]! - step, ...numbers];
  },
);

const version2 = z.object({
  version: z.literal(2),
  count,
  antialias: z.boolean().optional(),
  means,
  scales: z.object({ codebook, files: oneFile }),
  quats: z.object({ files: oneFile }),
  sh0: z.object({ codebook, files: oneFile }),
  shN: z.object({
    count: z.int().min(1).max(65536),
    bands: z.literal([1, 2, 3]),
    codebook,
    files: twoFiles,
  }).optional(),
});

const version1 = z.object({
  version: z.literal(1),
  means: means.extend({ shape: z.tuple([count], z.number()) }),
  scales: z.object({ mins: three, maxs: three, files: oneFile }),
  quats: z.object({
    encoding: z.literal("quaternion_packed").optional(),
    files: oneFile,
  }),
  sh0: z.object({
    mins: z.array(z.number()).length(4),
    maxs: z.array(z.number()).length(4),
    files: oneFile,
  }),
  shN: z.object({ mins: z.number(), maxs: z.number(), files: twoFiles })
    .optional(),
});

/** Version 1 does not say its version. */
const schema = z.preprocess(
  (json) =>
    typeof json === "object" && json !== null && !("version" in json)
      ? { ...json, version: 1 }
      : json,
  z.discriminatedUnion("version", [version1, version2]),
);

/**
 * Reads meta.json.
 *
 * @throws {SceneFormatError} If it is of another shape, or holds numbers too large.
 */
export function parseSogMeta(file: string, bytes: Uint8Array): SogMeta {
  const json = readJson(bytes, { file, format: "sog", schema });
  const meta = json.version === 2 ? fromVersion2(json) : fromVersion1(json);
  const isFinite = [...meta.scales, ...meta.colors, meta.sh?.values ?? []]
    .every((table) => table.every(Number.isFinite));
  if (!isFinite) {
    throw new SceneFormatError(
      file,
      "sog",
      "expected values that a float can hold in scales, sh0 and shN, found larger ones",
    );
  }
  return meta;
}

function fromVersion2(json: z.output<typeof version2>): SogMeta {
  const scales = tableOf((byte) => Math.exp(json.scales.codebook[byte]!));
  const colors = tableOf((byte) => json.sh0.codebook[byte]!);
  const { shN } = json;
  return {
    version: 2,
    count: json.count,
    antialiased: json.antialias ?? false,
    positionMins: json.means.mins,
    positionMaxs: json.means.maxs,
    scales: [scales, scales, scales],
    colors: [colors, colors, colors],
    opacities: tableOf((byte) => byte / 255),
    files: filesOf(json),
    ...(shN && {
      sh: {
        values: Float16Array.from(shN.codebook),
        degree: shN.bands,
        paletteCount: shN.count,
        centroidsFile: shN.files[0],
        labelsFile: shN.files[1],
      },
    }),
  };
}

/** Version 1: bytes lie evenly between a least and a greatest value; opacity is a logit. */
function fromVersion1(json: z.output<typeof version1>): SogMeta {
  const { scales, sh0, shN } = json;
  const between = (min: number, max: number, byte: number): number =>
    min + (max - min) * byte / 255;
  return {
    version: 1,
    count: json.means.shape[0],
    antialiased: false,
    positionMins: json.means.mins,
    positionMaxs: json.means.maxs,
    scales: [0, 1, 2].map((axis) =>
      tableOf((byte) =>
        Math.exp(between(scales.mins[axis]!, scales.maxs[axis]!, byte))
      )
    ),
    colors: [0, 1, 2].map((channel) =>
      tableOf((byte) => between(sh0.mins[channel]!, sh0.maxs[channel]!, byte))
    ),
    opacities: tableOf((byte) =>
      1 / (1 + Math.exp(-between(sh0.mins[3]!, sh0.maxs[3]!, byte)))
    ),
    files: filesOf(json),
    ...(shN && {
      sh: {
        values: Float16Array.from(
          { length: 256 },
          (_, byte) => between(shN.mins, shN.maxs, byte),
        ),
        centroidsFile: shN.files[0],
        labelsFile: shN.files[1],
      },
    }),
  };
}

function filesOf(json: z.output<typeof schema>): SogFiles {
  return {
    meansLow: json.means.files[0],
    meansHigh: json.means.files[1],
    scales: json.scales.files[0],
    rotations: json.quats.files[0],
    colors: json.sh0.files[0],
  };
}

function tableOf(value: (byte: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => value(byte));
}

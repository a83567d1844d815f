/**
 * Small encoders of SOG for tests and benches, written apart from the readers.
 *
 * @module
 */

import encodeWebp from "@jsquash/webp/encode.js";

/** Options of {@linkcode encodeSogFiles}. */
export interface EncodeSogOptions {
  count: number;
  /** @default {2} */
  version?: 1 | 2;
  /** @default {0} */
  shDegree?: 0 | 1 | 2 | 3;
  /** Entries of the SH palette. @default {64} */
  paletteCount?: number;
  /** Keys that replace those of meta.json. */
  meta?: Record<string, unknown>;
  /** Pixels of each plane, RGBA; pseudo-random where absent. */
  planes?: Record<string, Uint8Array>;
}

/** The files of a SOG, by name. */
export async function encodeSogFiles({
  count,
  version = 2,
  shDegree = 0,
  paletteCount = 64,
  meta = {},
  planes = {},
}: EncodeSogOptions): Promise<Record<string, Uint8Array>> {
  const width = 4 * Math.ceil(Math.sqrt(count) / 4);
  const height = Math.ceil(count / width);
  const coefficients = [0, 3, 8, 15][shDegree]!;
  const names = ["means_l", "means_u", "scales", "quats", "sh0"];
  const files: Record<string, Uint8Array> = {};
  for (const [seed, name] of names.entries()) {
    const pixels = planes[name] ?? noise(4 * width * height, seed);
    if (name === "quats") {
      for (let i = 3; i < pixels.length; i += 4) {
        if (!planes[name]) pixels[i] = 252 + (pixels[i]! & 3);
      }
    } else if (name !== "sh0") {
      for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
    }
    files[`${name}.webp`] = await losslessWebp(pixels, { width, height });
  }
  if (shDegree > 0) {
    const rows = Math.ceil(paletteCount / 64);
    const size = { width: 64 * coefficients, height: rows };
    const centroids = planes["shN_centroids"] ??
      opaque(noise(4 * size.width * rows, 9));
    files["shN_centroids.webp"] = await losslessWebp(centroids, size);
    const labels = planes["shN_labels"] ??
      opaque(noise(4 * width * height, 10));
    if (!planes["shN_labels"]) {
      for (let i = 0; i < labels.length; i += 4) {
        const label = (labels[i]! | labels[i + 1]! << 8) % paletteCount;
        labels.set([label & 255, label >> 8, 0, 255], i);
      }
    }
    files["shN_labels.webp"] = await losslessWebp(labels, { width, height });
  }
  const json = version === 2
    ? metaVersion2({ count, shDegree, paletteCount })
    : metaVersion1({ count, shDegree });
  files["meta.json"] = new TextEncoder().encode(
    JSON.stringify({ ...json, ...meta }),
  );
  return files;
}

/** A lossless WebP, exact also where it is transparent. */
export async function losslessWebp(
  pixels: Uint8Array,
  { width, height }: { width: number; height: number },
): Promise<Uint8Array> {
  const data = new Uint8ClampedArray(4 * width * height);
  data.set(pixels.subarray(0, data.length));
  const image = { data, width, height, colorSpace: "srgb" } as ImageData;
  return new Uint8Array(
    await encodeWebp(image, { lossless: 1, exact: 1, method: 0, quality: 0 }),
  );
}

/** Values of a codebook, from `from` to `to`. */
export function codebook(from: number, to: number): number[] {
  return Array.from({ length: 256 }, (_, i) => from + (to - from) * i / 255);
}

function metaVersion2(
  { count, shDegree, paletteCount }: {
    count: number;
    shDegree: number;
    paletteCount: number;
  },
): Record<string, unknown> {
  return {
    version: 2,
    count,
    means: {
      mins: [-2, -1.5, -1],
      maxs: [2, 1.5, 1],
      files: ["means_l.webp", "means_u.webp"],
    },
    scales: { codebook: codebook(-8, -2), files: ["scales.webp"] },
    quats: { files: ["quats.webp"] },
    sh0: { codebook: codebook(-2, 2), files: ["sh0.webp"] },
    ...(shDegree > 0 && {
      shN: {
        count: paletteCount,
        bands: shDegree,
        codebook: codebook(-1, 1),
        files: ["shN_centroids.webp", "shN_labels.webp"],
      },
    }),
  };
}

function metaVersion1(
  { count, shDegree }: { count: number; shDegree: number },
): Record<string, unknown> {
  return {
    means: {
      shape: [count, 3],
      mins: [-2, -1.5, -1],
      maxs: [2, 1.5, 1],
      files: ["means_l.webp", "means_u.webp"],
    },
    scales: {
      mins: [-8, -7, -6],
      maxs: [-2, -1, 0],
      files: ["scales.webp"],
    },
    quats: { encoding: "quaternion_packed", files: ["quats.webp"] },
    sh0: { mins: [-2, -1, 0, -5], maxs: [2, 3, 4, 5], files: ["sh0.webp"] },
    ...(shDegree > 0 && {
      shN: {
        mins: -0.5,
        maxs: 0.5,
        files: ["shN_centroids.webp", "shN_labels.webp"],
      },
    }),
  };
}

function opaque(pixels: Uint8Array): Uint8Array {
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  return pixels;
}

/** Bytes that look random, the same ones every time. */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 2463534242 + seed;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

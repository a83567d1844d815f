/**
 * What the tests of all readers share.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ByteSource, memorySource } from "../../src/scene/byte_source.ts";
import {
  type Reader,
  type SceneFile,
  SceneFormatError,
} from "../../src/scene/scene_file.ts";
import { siblingSegments } from "../../src/scene/sibling_path.ts";
import { SH_REST_COEFFICIENTS, type Splats } from "../../src/scene/splats.ts";

/** Longest that a reader may take over a file of a few kilobytes, ms; 5 s is the promise. */
const MAX_MILLISECONDS = 5000;

/** A folder in memory; `name` is the file that is opened. */
export function memoryFolder(
  files: Readonly<Record<string, Uint8Array>>,
  name: string,
): ByteSource {
  return {
    ...memorySource(name, files[name]!),
    sibling(path: string): Promise<ByteSource> {
      const folder = name.split("/").slice(0, -1);
      const target = [...folder, ...siblingSegments(path)].join("/");
      if (!(target in files)) {
        return Promise.reject(new Deno.errors.NotFound(`no ${target}`));
      }
      return Promise.resolve(memoryFolder(files, target));
    },
  };
}

/**
 * Reads `source`, which may be damaged: the reader must give sound splats or a
 * SceneFormatError, in time.
 *
 * @returns the scene, or undefined if it was refused.
 */
export async function readOrRefuse(
  reader: Reader,
  source: ByteSource,
): Promise<SceneFile | undefined> {
  const start = performance.now();
  try {
    const scene = await reader(source, {});
    assertSound(scene.splats);
    return scene;
  } catch (error) {
    assert.ok(
      error instanceof SceneFormatError,
      `expected a SceneFormatError, found ${(error as Error).stack}`,
    );
    assert.match(error.message, /^Cannot read .+ as [a-z-]+: expected /);
    return undefined;
  } finally {
    assert.ok(performance.now() - start < MAX_MILLISECONDS, "it took too long");
  }
}

/** Fails if `splats` could harm a later room. */
export function assertSound(splats: Splats): void {
  const { count, positions, scales, rotations, opacities, colors, sh } = splats;
  const rest = 3 * SH_REST_COEFFICIENTS[splats.shDegree];
  assert.ok(count > 0);
  assert.deepEqual(
    [positions, scales, rotations, opacities, colors, sh].map((array) =>
      array.length
    ),
    [3, 3, 4, 1, 3, rest].map((length) => length * count),
  );
  const bad = (array: ArrayLike<number>, isBad: (v: number) => boolean) =>
    Array.prototype.findIndex.call(array, isBad);
  assert.equal(bad(positions, (v) => !Number.isFinite(v)), -1, "positions");
  assert.equal(bad(colors, (v) => !Number.isFinite(v)), -1, "colors");
  assert.equal(bad(sh, (v) => !Number.isFinite(v)), -1, "sh");
  assert.equal(bad(scales, (v) => !(v >= 0 && v < Infinity)), -1, "scales");
  assert.equal(bad(opacities, (v) => !(v >= 0 && v <= 1)), -1, "opacities");
  for (let i = 0; i < rotations.length; i += 4) {
    const norm = Math.hypot(...rotations.subarray(i, i + 4));
    assert.ok(Math.abs(norm - 1) < 1e-5, `rotation ${i / 4} has norm ${norm}`);
  }
}

/** Fails if the arrays differ by more than `tolerance` relative to max(1, |expected|). */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance = 1e-5, what = "value" }: {
    tolerance?: number;
    what?: string;
  } = {},
): void {
  assert.equal(actual.length, expected.length, `length of ${what}`);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    assert.ok(
      error <= tolerance * Math.max(1, Math.abs(expected[i]!)),
      `${what} ${i} is ${actual[i]}, expected ${expected[i]}`,
    );
  }
}

/** Like {@linkcode assertClose} for quaternions, whose sign is free. */
export function assertSameRotations(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i += 4) {
    let dot = 0;
    for (let k = 0; k < 4; k++) dot += actual[i + k]! * expected[i + k]!;
    assert.ok(Math.abs(dot) > 1 - tolerance, `rotation ${i / 4}: ${dot}`);
  }
}

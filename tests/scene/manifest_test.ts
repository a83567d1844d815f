import assert from "node:assert/strict";
import { openSource, readScene } from "../../src/scene/read.ts";
import { statisticsOf } from "../../src/scene/statistics.ts";
import { SH_REST_COEFFICIENTS, type Splats } from "../../src/scene/splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";

interface Splat {
  position: number[];
  linearScale: number[];
  rotationWXYZ: number[];
  opacity: number;
  colorDC: number[];
  shRest: number[][] | null;
}

interface Entry {
  file: string;
  expected: {
    count: number;
    shDegree: number;
    positionMin: number[];
    positionMax: number[];
    positionMean: number[];
    meanOpacity: number;
    meanLinearScale: number[];
    meanColorDC: number[];
    meanShRest: number | null;
  };
  first: Splat;
  last: Splat;
}

/** As `SceneFile.format` says it, by what stands in the manifest. */
const FORMATS: Record<string, RegExp> = {
  "INRIA .ply": /^ply$/,
  "compressed .ply": /^compressed-ply$/,
  ".splat": /^splat$/,
  ".ksplat": /^ksplat$/,
  ".spz": /^spz$/,
  ".sog": /^sog$/,
  "SOG directory": /^sog$/,
  "streamed SOG": /^sog-lod$/,
  GLB: /^glb$/,
  glTF: /^gltf$/,
};

const entries: (Entry & { format: string })[] = ignoreShared
  ? []
  : JSON.parse(Deno.readTextFileSync(sharedScene("manifest.json"))).scenes;

Deno.test("readScene: the manifest has all scenes", {
  ignore: ignoreShared,
}, () => {
  assert.ok(entries.length >= 47, `found ${entries.length}`);
});

for (const { file, format, expected, first, last } of entries) {
  Deno.test(`readScene: ${file} reads to its numbers`, async () => {
    const source = await openSource(sharedScene(file));
    const scene = await readScene(source).finally(() => source.close());
    const name = Object.keys(FORMATS).find((key) => format.startsWith(key));
    assert.match(scene.format, FORMATS[name ?? ""] ?? /never/, format);
    assert.equal(scene.splats.count, expected.count);
    assert.equal(scene.fileShDegree, expected.shDegree);
    assert.equal(scene.splats.shDegree, Math.min(expected.shDegree, 3));
    const statistics = scene.statistics ?? statisticsOf(scene.splats);
    near(statistics.positionMin, expected.positionMin, "positionMin");
    near(statistics.positionMax, expected.positionMax, "positionMax");
    near(statistics.positionMean, expected.positionMean, "positionMean");
    near([statistics.meanOpacity], [expected.meanOpacity], "meanOpacity");
    near(statistics.meanScale, expected.meanLinearScale, "meanScale");
    near(meanColor(scene.splats), expected.meanColorDC, "meanColor");
    // Of degree 4 the manifest has the mean of what is cut, too; turned SH
    // (a node's matrix) have another mean.
    if (
      expected.meanShRest !== null && expected.shDegree < 4 && !scene.statistics
    ) {
      near([mean(scene.splats.sh)], [expected.meanShRest], "meanShRest");
    }
    if (!scene.statistics) {
      compareSplat(scene.splats, 0, { expected: first, format });
      compareSplat(scene.splats, expected.count - 1, {
        expected: last,
        format,
      });
    }
    checkSane(scene.splats);
  });
}

/** The tolerance of the manifest: 1e-4 relative to the greater of 1 and the value. */
function near(
  actual: readonly number[],
  expected: readonly number[],
  what: string,
  tolerance = 1e-4,
): void {
  assert.equal(actual.length, expected.length, what);
  for (const [index, value] of expected.entries()) {
    const error = Math.abs(actual[index]! - value);
    assert.ok(
      error <= tolerance * Math.max(1, Math.abs(value)),
      `${what}[${index}]: ${actual[index]} is not ${value}`,
    );
  }
}

function compareSplat(
  splats: Splats,
  index: number,
  { expected, format }: { expected: Splat; format: string },
): void {
  const at = (values: Float32Array, width: number): number[] => [
    ...values.subarray(width * index, width * (index + 1)),
  ];
  const what = (name: string): string => `${name} of splat ${index}`;
  near(at(splats.positions, 3), expected.position, what("position"));
  near(at(splats.scales, 3), expected.linearScale, what("scale"));
  near(at(splats.opacities, 1), [expected.opacity], what("opacity"));
  near(at(splats.colors, 3), expected.colorDC, what("color"));
  const dot = at(splats.rotations, 4).reduce(
    (sum, part, i) => sum + part * expected.rotationWXYZ[i]!,
    0,
  );
  const degrees = 2 * Math.acos(Math.min(1, Math.abs(dot))) * 180 / Math.PI;
  const most = format.startsWith(".splat") ? 1.2 : 0.1;
  assert.ok(
    degrees <= most,
    `${what("rotation")} is off by ${degrees} degrees`,
  );
  const rest = SH_REST_COEFFICIENTS[splats.shDegree];
  for (const [i, coefficient] of (expected.shRest ?? []).entries()) {
    const from = 3 * (index * rest + i);
    // Half floats: eleven bits.
    near(
      [...splats.sh.subarray(from, from + 3)],
      coefficient,
      what(`SH coefficient ${i}`),
      6e-4,
    );
  }
}

function meanColor({ colors, count }: Splats): number[] {
  return [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let i = channel; i < colors.length; i += 3) sum += colors[i]!;
    return sum / count;
  });
}

function mean(values: Float16Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** What `Splats` promises: finite, unit quaternions, opacity in [0, 1], scales >= 0. */
function checkSane(splats: Splats): void {
  const { positions, scales, rotations, opacities, colors, sh } = splats;
  for (const values of [positions, scales, colors, sh]) {
    assert.ok(values.every((value) => Number.isFinite(value)));
  }
  assert.ok(scales.every((scale) => scale >= 0));
  assert.ok(opacities.every((opacity) => opacity >= 0 && opacity <= 1));
  for (let i = 0; i < rotations.length; i += 4) {
    const norm = Math.hypot(...rotations.subarray(i, i + 4));
    assert.ok(
      Math.abs(norm - 1) < 1e-5,
      `rotation ${i / 4} has length ${norm}`,
    );
  }
}

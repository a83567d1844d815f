import assert from "node:assert/strict";
import {
  type Detection,
  type DetectorRates,
  SimulatedDetector,
} from "../../src/eval/detector.ts";
import type { Truth } from "../../src/eval/truth.ts";
import type { DemoObject } from "../../src/scene/demo_scene.ts";

const SIZE = 64;
const TARGET = 7;
const LOOK_ALIKE = 8;
const OTHER = 9;

function thing(id: number): DemoObject {
  return {
    id,
    name: `thing ${id}`,
    kind: "thing",
    room: "study",
    box: { min: [0, 0, 0], max: [1, 1, 1] },
  };
}

/** Reports on `views` different views of a picture in which object `id` fills the given rectangle. */
function detectAll(
  objects: readonly (readonly [
    id: number,
    left: number,
    top: number,
    right: number,
    bottom: number,
  ])[],
  { views = 4000, rates }: { views?: number; rates?: DetectorRates } = {},
): (Detection | undefined)[] {
  const ids = new Uint16Array(SIZE * SIZE);
  for (const [id, left, top, right, bottom] of objects) {
    for (let y = top; y < bottom; y++) {
      ids.fill(id, y * SIZE + left, y * SIZE + right);
    }
  }
  const truth: Truth = {
    targets: [thing(TARGET)],
    lookAlikes: [thing(LOOK_ALIKE)],
    idsOf: () => ids,
  };
  const detector = new SimulatedDetector(truth, {
    seed: 3,
    ...(rates === undefined ? {} : { rates }),
  });
  const image = {
    width: SIZE,
    height: SIZE,
    data: new Uint8Array(4 * SIZE * SIZE),
  };
  return Array.from(
    { length: views },
    (_, i) =>
      detector.detect({
        image,
        pose: { x: i / 100, y: 0, z: 0, yaw: i % 360 },
      }),
  );
}

const share = (
  reports: readonly (Detection | undefined)[],
  holds: (report: Detection) => boolean,
): number =>
  reports.filter((report) => report !== undefined && holds(report)).length /
  reports.length;

Deno.test("a plain target is reported at the rate of hits, in its box", () => {
  const reports = detectAll([[TARGET, 16, 8, 32, 40]]);
  const hits = share(reports, ({ isTrue }) => isTrue);
  assert.ok(Math.abs(hits - 0.9) < 0.02, `${hits}`);
  const box = reports.find((report) => report?.isTrue)!.box;
  assert.deepEqual(box, [16 / 64, 8 / 64, 32 / 64, 40 / 64]);
});

Deno.test("few visible pixels lower the rate, and too few are never seen", () => {
  const rates = { hits: 0.9, falseAlarms: 0 };
  // 0.15 % of the picture: about half way between 0.03 and 0.3 %.
  const faint = share(
    detectAll([[TARGET, 10, 10, 13, 12]], { rates }),
    ({ isTrue }) => isTrue,
  );
  assert.ok(faint > 0.3 && faint < 0.55, `${faint}`);
  const none = detectAll([[TARGET, 10, 10, 11, 11]], { rates });
  assert.equal(share(none, () => true), 0);
});

Deno.test("false alarms come at their rate, on look-alikes first", () => {
  const reports = detectAll([[OTHER, 0, 0, 20, 20], [
    LOOK_ALIKE,
    40,
    40,
    50,
    50,
  ]], { views: 20_000 });
  const alarms = share(reports, ({ isTrue }) => !isTrue);
  assert.ok(Math.abs(alarms - 0.02) < 0.004, `${alarms}`);
  const boxes = new Set(
    reports.flatMap((report) => report ? [report.box[0]] : []),
  );
  assert.deepEqual([...boxes], [40 / 64]);
});

Deno.test("there is nothing to mistake in an empty view", () => {
  assert.equal(share(detectAll([]), () => true), 0);
});

Deno.test("the same view gets the same report, another seed another one", () => {
  const a = detectAll([[TARGET, 16, 8, 32, 40]], { views: 200 });
  assert.deepEqual(a, detectAll([[TARGET, 16, 8, 32, 40]], { views: 200 }));
  const misses = a.filter((report) => report === undefined).length;
  assert.ok(misses > 0 && misses < 60, `${misses}`);
});

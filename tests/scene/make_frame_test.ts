import assert from "node:assert/strict";
import fc from "fast-check";
import { contains } from "../../src/geometry/bounds.ts";
import { cross, dot, type Vector3 } from "../../src/geometry/vector.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { type FrameOptions, makeFrame } from "../../src/scene/make_frame.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import type { UpAxis } from "../../src/scene/scene_file.ts";
import {
  fileFromWorld,
  type SceneFrame,
  worldFromFile,
} from "../../src/scene/scene_frame.ts";
import { allocateSplats, type Splats } from "../../src/scene/splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";

const UPS: readonly UpAxis[] = ["+x", "-x", "+y", "-y", "+z", "-z"];

/** Splats at `points`, of one size and opacity. */
function splatsAt(
  points: readonly Vector3[],
  { scale = 0.05, opacity = 0.9 } = {},
): Splats {
  const splats = allocateSplats(points.length, 0);
  splats.positions.set(points.flat());
  splats.scales.fill(scale);
  splats.opacities.fill(opacity);
  for (let i = 0; i < points.length; i++) splats.rotations[4 * i] = 1;
  return splats;
}

/** `splats` with world coordinates written along other axes of the file. */
function turnedSplats(splats: Splats, axes: SceneFrame["axes"]): Splats {
  const positions = new Float32Array(splats.positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis++) {
      positions[i + axis] = axes.reduce(
        (sum, world, k) => sum + splats.positions[i + k]! * world[axis]!,
        0,
      );
    }
  }
  return { ...splats, positions };
}

function frameOf(
  splats: Splats,
  options: FrameOptions = {},
  { format = "ply", up = "-y" as UpAxis } = {},
): SceneFrame {
  return makeFrame({ splats, format, up }, options);
}

/** Points on the walls, floor and ceiling of a room 6 x 4 x 2.5, z up, floor at 0, and on a table in a corner. */
function room(count = 30_000): Vector3[] {
  let seed = 1;
  const random = (): number => (seed = seed * 48271 % 2147483647) / 2147483647;
  const points: Vector3[] = [];
  while (points.length < count) {
    const [x, y, z] = [6 * random(), 4 * random(), 2.5 * random()];
    const sides: Vector3[] = [
      [0, y, z],
      [6, y, z],
      [x, 0, z],
      [x, 4, z],
      [x, y, 0],
      [x, y, 2.5],
      [1 + x / 6, 1 + y / 4, 0.8],
    ];
    points.push(sides[Math.floor(7 * random())]!);
  }
  return points;
}

Deno.test("makeFrame: axes are right-handed and up is up, whichever it is", () => {
  for (const up of UPS) {
    const { axes: [x, y, z] } = frameOf(splatsAt(room(2000)), {
      up,
      origin: "scene",
    });
    assert.deepEqual(cross(x, y).map((v) => v + 0), z.map((v) => v + 0));
    const sign = up[0] === "+" ? 1 : -1;
    assert.equal(z["xyz".indexOf(up[1]!)], sign);
  }
  // The same splats in a .ply (right, down, forward) and a .spz (right, up, back).
  const { axes: rdf } = frameOf(splatsAt(room(2000)), {
    up: "-y",
    origin: "scene",
  });
  const { axes: rub } = frameOf(splatsAt(room(2000)), {
    up: "+y",
    origin: "scene",
  });
  for (const [i, axis] of rdf.entries()) {
    assert.deepEqual(rub[i]!.map((v) => v + 0), [
      axis[0] + 0,
      -axis[1] + 0,
      -axis[2] + 0,
    ]);
  }
});

Deno.test("makeFrame: the same place in other axes gives the same world", () => {
  const points = room();
  const frames = UPS.map((up) => {
    const { axes } = frameOf(splatsAt(points.slice(0, 9)), {
      up,
      origin: "scene",
    });
    const frame = frameOf(turnedSplats(splatsAt(points), axes), { up });
    return { axes, frame };
  });
  const [{ frame: first }] = frames as [typeof frames[0]];
  for (const { axes, frame } of frames) {
    assert.deepEqual(frame.bounds, first.bounds);
    assert.equal(frame.near, first.near);
    const [one, other] = [first, frame].map((f, k) => {
      const point: Vector3 = [1, 2, 3];
      const along = k === 0 ? frames[0]!.axes : axes;
      const inFile = [0, 1, 2].map((axis) =>
        along.reduce((sum, world, i) => sum + point[i]! * world[axis]!, 0)
      ) as unknown as Vector3;
      return worldFromFile(f, inFile);
    });
    other!.forEach((value, axis) =>
      assert.ok(Math.abs(value - one![axis]!) < 1e-6)
    );
  }
});

Deno.test("makeFrame: points go to the world and back", () => {
  const coordinate = fc.double({ min: -50, max: 50, noNaN: true });
  const splats = splatsAt(room(2000));
  fc.assert(
    fc.property(
      fc.constantFrom(...UPS),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.tuple(coordinate, coordinate, coordinate),
      (up, scale, point: Vector3) => {
        const frame = frameOf(splats, { up, scale });
        const there = worldFromFile(frame, point);
        const back = fileFromWorld(frame, there);
        back.forEach((value, axis) =>
          assert.ok(Math.abs(value - point[axis]!) < 1e-9 * 100)
        );
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("makeFrame: starts in a room at eye height, clear of walls, with a view", () => {
  const frame = frameOf(splatsAt(room()), { up: "+z", scale: 1 });
  const [x, y, z] = frame.origin;
  assert.ok(x > 0.5 && x < 5.5 && y > 0.5 && y < 3.5, `${x}, ${y}`);
  assert.ok(Math.abs(z - 1.5) < 0.15, `eye at ${z}`);
  const onTable = x > 0.9 && x < 2.1 && y > 0.9 && y < 2.1;
  assert.ok(!onTable || z > 1.2);
  // It looks down the room, not at the nearest wall: at least half of it lies ahead.
  const [ahead] = frame.axes;
  const reach = [0, 1].map((axis) => {
    if (Math.abs(ahead[axis]!) < 1e-6) return Infinity;
    const limit = ahead[axis]! > 0 ? [6, 4][axis]! : 0;
    return (limit - frame.origin[axis]!) / ahead[axis]!;
  });
  assert.ok(Math.min(...reach) > 2, `sees ${Math.min(...reach)} m`);
  assert.ok(contains(frame.bounds, [0, 0, 0]));
  assert.deepEqual(frame.start, { x: 0, y: 0, z: 0, yaw: 0 });
  assert.deepEqual(frame.guessed, []);
});

Deno.test("makeFrame: metres that are unknown give 0.6 of the height, and are said to be a guess", () => {
  const splats = splatsAt(room().map(([x, y, z]) => [10 * x, 10 * y, 10 * z]), {
    scale: 0.5,
  });
  const frame = frameOf(splats, {}, { up: "+z" });
  assert.ok(Math.abs(frame.origin[2] - 15) < 1.5, `eye at ${frame.origin[2]}`);
  assert.deepEqual(frame.guessed, ["up", "scale"]);
  assert.match(
    frame.reasons.join("\n"),
    /guess \(--up sets it\)[^]*guess \(--scale sets it\)[^]*0\.6 of the height/,
  );
  assert.deepEqual(frameOf(splats, { scale: 0.1 }, { up: "+z" }).guessed, [
    "up",
  ]);
  assert.deepEqual(
    frameOf(splats, {}, { format: "glb", up: "+y" }).guessed,
    [],
  );
});

Deno.test("makeFrame: demo flats read as files start on free floor", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const demo = makeDemoScene(seed);
    const frame = makeFrame({ ...demo, format: "ply", up: "+z" }, { scale: 1 });
    const start = worldFromFile(demo.frame, frame.origin);
    assert.ok(contains(demo.frame.bounds, start), `seed ${seed}: ${start}`);
    assert.ok(
      Math.abs(start[2]) < 0.2,
      `seed ${seed}: eye off by ${start[2]} m`,
    );
    for (const { name, box } of demo.truth) {
      const distance = Math.hypot(
        ...[0, 1, 2].map((axis) =>
          Math.max(
            box.min[axis as 0] - start[axis as 0],
            start[axis as 0] - box.max[axis as 0],
            0,
          )
        ),
      );
      assert.ok(
        distance > 0.25,
        `seed ${seed}: ${distance} m from the ${name}`,
      );
    }
  }
});

Deno.test("makeFrame: an object is looked at from outside, all of it in view", () => {
  // A hollow ball on a pole, z up.
  const points = room(20_000).map(([a, b, c]): Vector3 => {
    const [u, v] = [a / 6 * 2 * Math.PI, Math.acos(1 - 2 * b / 4)];
    return c < 1
      ? [0.05 * Math.cos(u), 0.05 * Math.sin(u), 2 * c]
      : [Math.sin(v) * Math.cos(u), Math.sin(v) * Math.sin(u), 3 + Math.cos(v)];
  });
  const frame = frameOf(splatsAt(points), {}, { up: "+z" });
  const { origin, axes: [ahead, , up] } = frame;
  assert.ok(Math.hypot(origin[0], origin[1]) > 1.5, `stands at ${origin}`);
  // It looks at the axis of the pole, and every splat is within 37.5 degrees of straight ahead.
  for (const point of points) {
    const to = point.map((v, i) => v - origin[i]!);
    const forward = to.reduce((sum, v, i) => sum + v * ahead[i]!, 0);
    const upward = to.reduce((sum, v, i) => sum + v * up[i]!, 0);
    assert.ok(Math.abs(upward) < forward * Math.tan(37.5 * Math.PI / 180));
  }
  // Agents may walk round it.
  for (const corner of [[2, 0], [-2, 0], [0, 2], [0, -2]]) {
    const at = worldFromFile(frame, [corner[0]!, corner[1]!, origin[2]]);
    assert.ok(contains(frame.bounds, at));
  }
});

Deno.test(
  "makeFrame: statues of the shared set are seen from outside, the same from either file",
  {
    ignore: ignoreShared,
  },
  async () => {
    const frames: SceneFrame[] = [];
    for (
      const file of [
        "statue-angel.sog",
        "angel.compressed.ply",
        "statue-massa.sog",
      ]
    ) {
      const source = await openSource(sharedScene(file));
      const scene = await readScene(source).finally(() => source.close());
      const up = file.startsWith("angel") ? "+y" : "-y";
      const frame = makeFrame(scene, { up });
      frames.push(frame);
      assert.ok(Math.hypot(frame.origin[0], frame.origin[2]) > 1.5, file);
      assert.match(frame.reasons.join("\n"), /before the splats/, file);
    }
    // The first two are one statue turned by 180 degrees about z.
    const [a, b] = frames.map(({ axes: [x] }) => x);
    const turned = [-b![0], -b![1], b![2]];
    const cosine = a!.reduce((sum, v, i) => sum + v * turned[i]!, 0);
    assert.ok(cosine > 0.9, `${a} and ${turned}`);
  },
);

Deno.test("makeFrame: hardly any splats still make a place", () => {
  const cases: [string, Vector3[], number][] = [
    ["none", [], 0.1],
    ["one", [[5, -3, 2]], 0.1],
    ["one without size", [[5, -3, 2]], 0],
    ["all in one point", Array(100).fill([1, 1, 1]), 0],
    ["in a plane", room(3000).map(([x, y]): Vector3 => [x, y, 0]), 0.01],
    ["in a line", room(3000).map(([x]): Vector3 => [x, 7, 7]), 0],
    ["with a sky", [...room(3000), [1e5, -1e5, 1e6], [-1e6, 0, 0]], 0.05],
    [
      "huge",
      room(3000).map(([x, y, z]): Vector3 => [1e30 * x, 1e30 * y, 1e30 * z]),
      1e28,
    ],
  ];
  for (const [name, points, scale] of cases) {
    for (const opacity of [0.9, 0]) {
      const frame = frameOf(splatsAt(points, { scale, opacity }));
      const numbers = [
        ...frame.origin,
        ...frame.axes.flat(),
        ...frame.bounds.min,
        ...frame.bounds.max,
        frame.near,
      ];
      assert.ok(numbers.every(Number.isFinite), `${name}: ${numbers}`);
      assert.ok(frame.near > 0, name);
      assert.ok(contains(frame.bounds, [0, 0, 0]), name);
      const { min, max } = frame.bounds;
      assert.ok(
        min.every((v, axis) => v < max[axis]!),
        `${name}: ${min} ${max}`,
      );
    }
  }
});

Deno.test("makeFrame: flags outrank the sidecar, the sidecar the file, the file the format", () => {
  const splats = splatsAt(room(2000));
  const said = {
    splats,
    format: "ply",
    up: "+x" as const,
    upReason: "it says so",
  };
  assert.equal(makeFrame(said).up, "+x");
  assert.deepEqual(makeFrame(said).guessed, ["scale"]);
  const sidecar = { up: "+z", scale: 2, fov: 60 } as const;
  const withSidecar = makeFrame(said, { sidecar });
  assert.equal(withSidecar.up, "+z");
  assert.equal(withSidecar.metresPerUnit, 2);
  assert.equal(withSidecar.fov, 60);
  assert.deepEqual(withSidecar.guessed, []);
  const asked = makeFrame(said, { sidecar, up: "-z", scale: 3, fov: 90 });
  assert.deepEqual([asked.up, asked.metresPerUnit, asked.fov], ["-z", 3, 90]);
  for (const scale of [0, -1, NaN, Infinity]) {
    assert.throws(() => makeFrame(said, { scale }), RangeError);
  }
});

Deno.test("makeFrame: a sidecar's start, bounds and origin are taken as they are", () => {
  const splats = splatsAt(room());
  const sidecar = {
    up: "+z",
    scale: 2,
    start: { position: [1, 2, 1.2], heading: [0, -3, 0.5] },
    bounds: { min: [0.5, 0.5, 0.2], max: [5, 3, 2] },
  } as const satisfies FrameOptions["sidecar"] & object;
  const options = { sidecar } as unknown as FrameOptions;
  const frame = frameOf(splats, options);
  assert.deepEqual(frame.origin, [1, 2, 1.2]);
  assert.ok(
    frame.axes[0].every((v, i) => Math.abs(v - [0, -1, 0][i]!) < 1e-12),
  );
  // Ahead is -y: x from -(3 - 2) to 2 - 0.5; left is +x. Twice as many metres as units.
  const expected = { min: [-2, -1, -2], max: [3, 8, 1.6] };
  for (const side of ["min", "max"] as const) {
    frame.bounds[side].forEach((v, i) =>
      assert.ok(Math.abs(v - expected[side][i]!) < 1e-9)
    );
  }
  const kept = frameOf(splats, { ...options, origin: "scene" });
  assert.deepEqual(kept.origin, [0, 0, 0]);
  assert.deepEqual(kept.axes[0], [1, 0, 0]);
  assert.deepEqual(kept.start, { x: 2, y: 4, z: 2.4, yaw: 270 });
  // Without a heading it looks where most is to be seen.
  const { heading: _, ...start } = sidecar.start;
  const free = frameOf(
    splats,
    { sidecar: { ...sidecar, start } } as unknown as FrameOptions,
  );
  assert.deepEqual(free.origin, [1, 2, 1.2]);
  const upwards = { ...sidecar, start: { ...start, heading: [0, 0, 1] } };
  assert.throws(
    () => frameOf(splats, { sidecar: upwards } as unknown as FrameOptions),
    /straight up/,
  );
  // Beyond what a number holds there is no place to make a map of.
  const endless = {
    ...sidecar,
    bounds: { min: [0, 0, 0], max: [1e308, 0, 1] },
  };
  assert.throws(
    () => frameOf(splats, { sidecar: endless } as unknown as FrameOptions),
    /size must be finite/,
  );
});

Deno.test("makeFrame: a scan that is aslant is levelled, unless somebody says what is up", () => {
  const [c, s] = [Math.cos(0.1), Math.sin(0.1)];
  // 5.7 degrees about the file's z.
  const aslant = splatsAt(
    room().map(([x, y, z]): Vector3 => [c * x + s * z, s * x - c * z, y]),
  );
  const levelled = frameOf(aslant);
  const degrees = (frame: SceneFrame): number =>
    Math.acos(-dot(frame.axes[2], [-s, c, 0])) * 180 / Math.PI;
  assert.ok(degrees(levelled) < 0.7, `${degrees(levelled)} degrees`);
  assert.match(levelled.reasons.join(), /[56]\.\d degrees aslant: levelled/);
  assert.deepEqual(levelled.guessed, ["up", "scale"]);
  assert.ok(
    Math.abs(
      dot(cross(levelled.axes[0], levelled.axes[1]), levelled.axes[2]) - 1,
    ) < 1e-9,
  );
  for (const options of [{ up: "-y" }, { origin: "scene" }] as const) {
    assert.deepEqual(frameOf(aslant, options).axes[2], [0, -1, 0]);
  }
});

Deno.test("makeFrame: a start at the height that was asked for, a stated one as it is", () => {
  const places = room().map(([x, y, z]): Vector3 => [x, -z, y]);
  const splats = splatsAt(places);
  const low = frameOf(splats, { eyeHeight: 0.5 });
  assert.ok(Math.abs(-low.origin[1] - 0.5) < 0.15, `${low.origin[1]}`);
  assert.equal(low.eyeHeight, 0.5);
  const half = frameOf(splats, { eyeHeight: 0.5, scale: 0.5 });
  assert.ok(Math.abs(-half.origin[1] - 1) < 0.15, `${half.origin[1]}`);
  const position: [number, number, number] = [3, -1.2, 2];
  const stated = frameOf(splats, {
    eyeHeight: 0.5,
    sidecar: { start: { position } },
  });
  stated.origin.forEach((value, axis) =>
    assert.ok(Math.abs(value - position[axis]!) < 1e-9, `${value}`)
  );
  assert.equal(stated.eyeHeight, undefined);
});

Deno.test("makeFrame: a flat on its side or on its head is told, one that stands is not", () => {
  const { splats } = makeDemoScene(2);
  const filed = (axes: SceneFrame["axes"]): Splats =>
    turnedSplats(splats, axes);
  const upright = frameOf(filed([[0, 0, 1], [-1, 0, 0], [0, -1, 0]]));
  assert.equal(upright.doubt, undefined);
  const onHead = filed([[0, 0, -1], [-1, 0, 0], [0, 1, 0]]);
  assert.match(frameOf(onHead).doubt!, /on its head, say --up=\+y$/);
  assert.equal(frameOf(onHead, { up: "+y" }).doubt, undefined);
  for (
    const [up, axes] of [
      ["+z", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]],
      ["-x", [[0, 1, 0], [0, 0, -1], [-1, 0, 0]]],
    ] as const
  ) {
    const { doubt, reasons } = frameOf(filed(axes));
    assert.match(doubt!, new RegExp(`on its side, say --up=\\${up}$`));
    assert.ok(reasons.includes(doubt!));
  }
});

Deno.test("makeFrame: a ground all but plane, and a place thinner than any floor, are framed in little memory", () => {
  let seed = 1;
  const random = (): number => (seed = seed * 48271 % 2147483647) / 2147483647;
  // Six of ten splats lie within an ulp of one height, the others above it.
  const ground = Array.from({ length: 20_000 }, (_, i): Vector3 => [
    100 * random() - 50,
    i % 10 < 6 ? (i % 2 === 0 ? 1.6 : 1.600_000_1) : 1.6 - 3 * random(),
    100 * random() - 50,
  ]);
  const { bounds } = frameOf(splatsAt(ground));
  const height = bounds.max[2] - bounds.min[2];
  assert.ok(height > 2.5 && height < 6, `the place is ${height} high`);
  const thin = Array.from({ length: 1000 }, (_, i): Vector3 => [
    i === 0 ? 3e30 : 1e20 * random(),
    1e-30 * random(),
    1e20 * random(),
  ]);
  for (const up of UPS) {
    const { bounds: { min, max } } = frameOf(splatsAt(thin, { scale: 1e-35 }), {
      scale: 1,
    }, { up });
    assert.ok([...min, ...max].every(Number.isFinite), `${up}: ${min} ${max}`);
  }
});

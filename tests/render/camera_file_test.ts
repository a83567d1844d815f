import assert from "node:assert/strict";
import fc from "fast-check";
import { cameraAtPose } from "../../src/render/camera.ts";
import { readTransforms } from "../../src/render/camera_file.ts";
import { ROOM_FRAME } from "../../bench/room.ts";

const options = { name: "transforms.json" };

const identity = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];

function read(
  value: object,
  more: Partial<Parameters<typeof readTransforms>[1]> = {},
): ReturnType<typeof readTransforms> {
  return readTransforms(JSON.stringify(value), { ...options, ...more });
}

function near(actual: Iterable<number>, expected: Iterable<number>): void {
  const [a, b] = [[...actual], [...expected]];
  assert.equal(a.length, b.length);
  a.forEach((value, i) =>
    assert.ok(Math.abs(value - b[i]!) < 1e-9, `${a} is not ${b}`)
  );
}

Deno.test("intrinsics of the file, and those of a frame before them", () => {
  const { cameras } = read({
    w: 640,
    h: 480,
    fl_x: 500,
    fl_y: 510,
    cx: 321,
    cy: 238,
    frames: [
      { file_path: "images/a.png", transform_matrix: identity },
      {
        file_path: "b",
        transform_matrix: identity,
        w: 320,
        h: 200,
        fl_x: 250,
        fl_y: 251,
        cx: 160,
        cy: 99,
      },
    ],
  });
  const [a, b] = cameras.map(({ camera }) => camera);
  near([a!.width, a!.height, a!.fx, a!.fy, a!.cx, a!.cy], [
    640,
    480,
    500,
    510,
    321,
    238,
  ]);
  near([b!.width, b!.height, b!.fx, b!.fy, b!.cx, b!.cy], [
    320,
    200,
    250,
    251,
    160,
    99,
  ]);
  assert.deepEqual(cameras.map(({ filePath }) => filePath), [
    "images/a.png",
    "b",
  ]);
});

Deno.test("a size given wins, focal lengths and principal point scaled along", () => {
  const [{ camera } = assert.fail()] = read({
    w: 640,
    h: 480,
    fl_x: 500,
    fl_y: 500,
    cx: 320,
    cy: 240,
    frames: [{ transform_matrix: identity }],
  }, { size: { width: 320, height: 120 } }).cameras;
  near(
    [camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy],
    [320, 120, 250, 125, 160, 60],
  );
});

Deno.test("camera_angle_x stands in for fl_x, square pixels for fl_y", () => {
  const [{ camera } = assert.fail()] = read({
    camera_angle_x: Math.PI / 2,
    w: 800,
    h: 600,
    frames: [{ transform_matrix: identity }],
  }).cameras;
  near([camera.fx, camera.fy, camera.cx, camera.cy], [400, 400, 400, 300]);
});

Deno.test("an OpenGL camera-to-world matrix is the camera at that pose", () => {
  const angle = fc.double({ min: -180, max: 180, noNaN: true });
  fc.assert(fc.property(
    fc.record({
      yaw: angle,
      pitch: fc.double({ min: -89, max: 89, noNaN: true }),
    }),
    fc.tuple(angle, angle, angle),
    (turn, [x, y, z]) => {
      const pose = { x, y, z, ...turn };
      const expected = cameraAtPose(ROOM_FRAME, pose, {
        width: 64,
        height: 64,
      });
      const r = expected.rotation; // rows right, down, forward
      const matrix = [0, 1, 2].map((axis) => [
        r[axis]!,
        -r[3 + axis]!,
        -r[6 + axis]!,
        expected.position[axis]!,
      ]);
      const [{ camera } = assert.fail()] = read({
        w: 64,
        h: 64,
        fl_x: expected.fx,
        frames: [{ transform_matrix: matrix }], // three rows do
      }).cameras;
      near(camera.rotation, expected.rotation);
      near(camera.position, expected.position);
    },
  ));
});

Deno.test("lens distortion is left out and said so", () => {
  const frames = [{ transform_matrix: identity }];
  const base = { w: 8, h: 8, fl_x: 8, frames };
  assert.deepEqual(read({ ...base, k1: 0 }).warnings, []);
  assert.match(read({ ...base, k1: 0.1 }).warnings.join(), /distortion/);
});

for (
  const [what, value, message] of [
    ["no frames", { w: 8, h: 8, fl_x: 8, frames: [] }, /: frames: /],
    ["no focal length", {
      w: 8,
      h: 8,
      frames: [{ transform_matrix: identity }],
    }, /frames\[0\]: fl_x or camera_angle_x must be given/],
    ["a matrix of two rows", {
      w: 8,
      h: 8,
      fl_x: 8,
      frames: [{ transform_matrix: identity.slice(0, 2) }],
    }, /frames\[0\]\.transform_matrix/],
    ["a matrix that is no rotation", {
      w: 8,
      h: 8,
      fl_x: 8,
      frames: [{
        transform_matrix: [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
      }],
    }, /frames\[0\]: transform_matrix must begin with a rotation.*off by 1/],
    ["a mirrored matrix", {
      w: 8,
      h: 8,
      fl_x: 8,
      frames: [{
        transform_matrix: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
      }],
    }, /right-handed/],
    ["a fisheye", {
      w: 8,
      h: 8,
      fl_x: 8,
      camera_model: "OPENCV_FISHEYE",
      frames: [{ transform_matrix: identity }],
    }, /camera_model must be a pinhole .*"OPENCV_FISHEYE"/],
    ["a width that is text", {
      w: "8",
      h: 8,
      fl_x: 8,
      frames: [{ transform_matrix: identity }],
    }, /transforms\.json: w: /],
  ] as const
) {
  Deno.test(`refuses ${what}`, () => {
    assert.throws(() => read(value), (error: Error) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot read transforms\.json/);
      return true;
    });
  });
}

Deno.test("refuses what is no JSON", () => {
  assert.throws(
    () => readTransforms("{", options),
    /Cannot read transforms.json as transforms.json: it is no JSON/,
  );
});

import assert from "node:assert/strict";
import { locate } from "../../src/agent/locate.ts";

const width = 64;
const height = 48;
const fov = 60;

/** A wall `far` metres away with a patch at `near` metres in the given pixels. */
function picture(
  { far, near, patch, yaw = 0 }: {
    far: number;
    near: number;
    patch: readonly [number, number, number, number];
    yaw?: number;
  },
): Parameters<typeof locate>[0] {
  const depth = new Float32Array(width * height).fill(far);
  for (let y = patch[1]; y < patch[3]; y++) {
    depth.fill(near, y * width + patch[0], y * width + patch[2]);
  }
  return { width, height, depth, pose: { x: 1, y: 2, z: 1.5, yaw }, fov };
}

Deno.test("locate() puts the middle of the picture straight ahead, whatever the yaw", () => {
  for (
    const [yaw, expected] of [[0, [4, 2]], [90, [1, 5]], [180, [
      -2,
      2,
    ]]] as const
  ) {
    const place = locate(
      picture({ far: 8, near: 3, patch: [24, 16, 40, 32], yaw }),
      [24 / width, 16 / height, 40 / width, 32 / height],
    );
    assert.ok(place);
    assert.ok(Math.abs(place.position[0] - expected[0]) < 0.1);
    assert.ok(Math.abs(place.position[1] - expected[1]) < 0.1);
    assert.ok(Math.abs(place.position[2] - 1.5) < 0.1);
    assert.ok(Math.abs(place.distance - 3) < 0.1);
  }
});

Deno.test("locate() puts what is right of the middle to the right, and what is low down", () => {
  const place = locate(
    picture({ far: 8, near: 4, patch: [48, 32, 64, 48] }),
    [48 / width, 32 / height, 1, 1],
  );
  assert.ok(place);
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  assert.ok(Math.abs(place.position[1] - (2 - 4 * 24 / focal)) < 0.15);
  assert.ok(Math.abs(place.position[2] - (1.5 - 4 * 16 / focal)) < 0.15);
});

Deno.test("locate() leaves out the background within the box", () => {
  const place = locate(
    picture({ far: 9, near: 2, patch: [28, 12, 36, 36] }),
    [22 / width, 12 / height, 42 / width, 36 / height],
  );
  assert.ok(place);
  assert.ok(place.box.max[0] < 4, `box reaches ${place.box.max[0]}`);
});

Deno.test("locate() knows no place without depth", () => {
  assert.equal(
    locate(picture({ far: 0, near: 0, patch: [0, 0, 1, 1] }), [0, 0, 1, 1]),
    undefined,
  );
});

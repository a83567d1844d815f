import assert from "node:assert/strict";
import fc from "fast-check";
import {
  headingTo,
  MapFrame,
  roundLength,
} from "../../../src/server/ui/map_frame.js";

const area = { min: [-2, -1], max: [6, 3] } as const;

Deno.test("all of the area fits, y up, in the middle", () => {
  const frame = new MapFrame(area, { width: 420, height: 300, margin: 10 });
  assert.equal(frame.scale, 50);
  assert.deepEqual(frame.toPixels({ x: -2, y: 3 }), [10, 50]);
  assert.deepEqual(frame.toPixels({ x: 6, y: -1 }), [410, 250]);
});

Deno.test("pixels and metres are each other's way back, zoomed or not", () => {
  fc.assert(fc.property(
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.double({ min: 1, max: 12, noNaN: true }),
    (x, y, zoom) => {
      const frame = new MapFrame(area, {
        width: 640,
        height: 480,
        zoom,
        centre: [1, 2],
      });
      const back = frame.toWorld(...frame.toPixels({ x, y }));
      assert.ok(Math.abs(back.x - x) < 1e-9 && Math.abs(back.y - y) < 1e-9);
    },
  ));
});

Deno.test("headings are those of the world, lengths are round", () => {
  const origin = { x: 0, y: 0 };
  assert.equal(headingTo(origin, { x: 1, y: 0 }), 0);
  assert.equal(headingTo(origin, { x: 0, y: 1 }), 90);
  assert.equal(headingTo(origin, { x: 0, y: -1 }), 270);
  assert.deepEqual([0.9, 1, 2.4, 7, 49].map(roundLength), [0.5, 1, 2, 5, 20]);
});

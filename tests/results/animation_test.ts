import assert from "node:assert/strict";
import { encodeGif, framesOf } from "../../src/results/animation.ts";
import type { Image } from "../../src/image/image.ts";

function plain(side: number, color: readonly number[]): Image {
  const data = new Uint8Array(4 * side * side);
  for (let i = 0; i < data.length; i += 4) data.set([...color, 255], i);
  return { width: side, height: side, data };
}

const RED = plain(16, [220, 0, 0]);
const BLUE = plain(16, [0, 0, 220]);

Deno.test("framesOf: as many frames as the longest way; who has ended keeps its last view", () => {
  const frames = framesOf([[RED, BLUE, RED], [BLUE]]);
  assert.deepEqual(
    frames.map(({ width, height }) => [width, height]),
    [[36, 16], [36, 16], [36, 16]],
  );
  const colorAt = (frame: number, x: number): number[] => [
    ...frames[frame]!.data.subarray(4 * x, 4 * x + 3),
  ];
  assert.deepEqual(colorAt(1, 0), [0, 0, 220]);
  assert.deepEqual(colorAt(2, 0), [220, 0, 0]);
  assert.deepEqual(colorAt(2, 20), [0, 0, 220]);
});

Deno.test("encodeGif: a GIF of that size and number of frames that loops", async () => {
  const bytes = encodeGif(framesOf([[RED, BLUE, RED], [BLUE]]));
  const view = new DataView(bytes.buffer);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 6)), "GIF89a");
  assert.deepEqual([view.getUint16(6, true), view.getUint16(8, true)], [
    36,
    16,
  ]);
  assert.equal(bytes.at(-1), 0x3b);
  const text = new TextDecoder("latin1").decode(bytes);
  assert.ok(text.includes("NETSCAPE2.0"));
  // Graphic control extensions, one a frame, with their delays in hundredths.
  // deno-lint-ignore no-control-regex
  const delays = [...text.matchAll(/\x21\xf9\x04[^]([^])([^])/g)]
    .map(([, low, high]) => low!.charCodeAt(0) + 256 * high!.charCodeAt(0));
  assert.deepEqual(delays, [70, 70, 300]);
  // A decoder that is not ours agrees.
  const bitmap = await createImageBitmap(
    new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/gif" }),
  );
  assert.deepEqual([bitmap.width, bitmap.height], [36, 16]);
  bitmap.close();
});

import assert from "node:assert/strict";
import { digitShape } from "../../src/image/digits.ts";
import { fill } from "../../src/image/draw.ts";

/** A digit of 12 pixels, as rows of `#` and `.`. */
function drawn(digit: number): string {
  const [width, height] = [16, 18];
  const image = { width, height, data: new Uint8Array(4 * width * height) };
  fill(image, digitShape(digit, [width / 2, height / 2], 12), {
    colour: [255, 255, 255],
  });
  return Array.from(
    { length: height },
    (_, row) =>
      Array.from(
        { length: width },
        (_, column) =>
          image.data[4 * (row * width + column)]! > 127 ? "#" : ".",
      ).join(""),
  ).join("\n");
}

Deno.test("digits are told apart at a dozen pixels, and lie about their middle", () => {
  const all = Array.from({ length: 10 }, (_, digit) => drawn(digit));
  for (const [digit, one] of all.entries()) {
    assert.ok(/^\.+$/.test(one.split("\n")[0]!), `${digit}\n${one}`);
    for (const other of all.slice(digit + 1)) {
      const differing = [...one].filter((mark, i) => mark !== other[i]);
      assert.ok(differing.length >= 8, `${one}\n\n${other}`);
    }
  }
});

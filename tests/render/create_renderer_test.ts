import assert from "node:assert/strict";
import { makeRoom } from "../../bench/room.ts";
import { findGpu } from "../../src/gpu/find_gpu.ts";
import { createRenderer } from "../../src/render/create_renderer.ts";
import { BACKENDS } from "./backends.ts";

Deno.test("auto takes a GPU, or the processor and says so in one line", async () => {
  const notices: string[] = [];
  await using renderer = await createRenderer(makeRoom(100), {
    onNotice: (line) => notices.push(line),
  });
  const { kind } = await findGpu();
  if (kind === "hardware") {
    assert.equal(renderer.backend, "webgpu");
    assert.deepEqual(notices, []);
  } else {
    assert.equal(renderer.backend, "cpu");
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /^no GPU \(.+\): rendering on the processor/);
    assert.match(notices[0]!, /driver/);
    assert.doesNotMatch(notices[0]!, /\n/);
  }
});

for (const { backend, ignore } of BACKENDS) {
  Deno.test({
    name: `${backend} asked for by name is ${backend}, without a word`,
    ignore,
    fn: async () => {
      await using renderer = await createRenderer(makeRoom(100), {
        backend,
        onNotice: (line) => assert.fail(line),
      });
      assert.equal(renderer.backend, backend);
    },
  });

  Deno.test({
    name: `${backend} gives up with the signal's reason`,
    ignore,
    fn: async () => {
      await assert.rejects(
        createRenderer(makeRoom(100), {
          backend,
          signal: AbortSignal.abort(new Error("never mind")),
        }),
        /never mind/,
      );
    },
  });
}

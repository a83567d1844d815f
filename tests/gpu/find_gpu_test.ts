import assert from "node:assert/strict";
import { findGpu } from "../../src/gpu/find_gpu.ts";

Deno.test("findGpu looks once and says what it found", async () => {
  const found = await findGpu();
  assert.ok(["hardware", "none"].includes(found.kind));
  assert.ok(found.description.length > 5, found.description);
  assert.equal(await findGpu(), found);
});

Deno.test("findGpu neither needs a permission, nor prompts, nor stops the thread", async () => {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      decodeURIComponent(
        new URL("find_gpu_main.ts", import.meta.url).pathname,
      ),
    ],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.ok(success, said);
  assert.doesNotMatch(said, /permission|prompt|allow/i);
  const { kind, description, turns } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  assert.ok(["hardware", "none"].includes(kind));
  assert.ok(description.length > 5, description);
  // An adapter request takes 50 ms and more; asked in this thread, no turn would come.
  assert.ok(turns >= 5, `${turns} turns`);
});

/** Starting, waiting, giving up and ending; and what the calling thread notices. */

import assert from "node:assert/strict";
import { createCpuRenderer } from "../../../src/render/cpu/cpu_renderer.ts";
import { assertPunctual } from "../punctual.ts";
import { lookAhead, randomSplats } from "./made.ts";

/** Takes some hundred milliseconds at HUGE: many faint layers. */
function slowSplats(): ReturnType<typeof randomSplats> {
  const splats = randomSplats(30_000, { shDegree: 0 });
  for (let i = 0; i < splats.count; i++) {
    splats.positions.set([0, 0, 1 + i * 1e-4], 3 * i);
    splats.scales.fill(5, 3 * i, 3 * i + 3);
    splats.opacities[i] = 0.008;
  }
  return splats;
}

const HUGE = lookAhead(512, 512);

Deno.test("CPU renderer: renderMany keeps the order and equals render", async () => {
  await using renderer = await createCpuRenderer(randomSplats(2000), {
    threads: 2,
  });
  assert.equal(renderer.backend, "cpu");
  assert.match(renderer.description, /2 threads/);
  // More views than the ring has places.
  const cameras = Array.from({ length: 21 }, (_, i) => lookAhead(20 + i, 30));
  const views = await renderer.renderMany(cameras);
  for (const [i, view] of views.entries()) {
    assert.equal(view.width, 20 + i);
    assert.deepEqual(view.data, (await renderer.render(cameras[i]!)).data);
  }
  assert.equal(views[0]!.objectIds, undefined);
});

Deno.test("CPU renderer: the scene may be dropped and changed after creation", async () => {
  const splats = randomSplats(2000);
  await using renderer = await createCpuRenderer(splats, { threads: 2 });
  const before = await renderer.render(lookAhead(40, 40));
  splats.positions.fill(0);
  splats.sh.fill(0);
  const after = await renderer.render(lookAhead(40, 40));
  assert.deepEqual(after.data, before.data);
});

Deno.test("CPU renderer: splats may come long after the workers, and fill more memory than there was", async () => {
  const splats = randomSplats(150_000, { shDegree: 0 });
  const arriving = new Promise<typeof splats>((resolve) =>
    setTimeout(() => resolve(splats), 300)
  );
  const warnings: string[] = [];
  const warn = (line: string): number => warnings.push(line);
  await using late = await createCpuRenderer(arriving, { threads: 2, warn });
  assert.match(late.description, /2 threads/);
  assert.deepEqual(warnings, []);
  await using early = await createCpuRenderer(splats, { threads: 2, warn });
  assert.deepEqual(warnings, []);
  const camera = lookAhead(64, 64);
  assert.deepEqual(
    (await late.render(camera)).data,
    (await early.render(camera)).data,
  );
});

Deno.test("CPU renderer: splats that do not come are thrown, and the workers end", async () => {
  const fault = new SyntaxError("not a scene");
  await assert.rejects(createCpuRenderer(Promise.reject(fault)), fault);
});

Deno.test("CPU renderer: a timer of the calling thread is never late while views take long", async () => {
  await using renderer = await createCpuRenderer(slowSplats(), { threads: 2 });
  await assertPunctual(async () => {
    const begin = performance.now();
    while (performance.now() - begin < 500) await renderer.render(HUGE);
  });
});

Deno.test("CPU renderer: views that are given up at any moment leave the next ones whole", async () => {
  const splats = randomSplats(40_000, { shDegree: 0 });
  // More workers than cores: some come late to what the others have left.
  await using renderer = await createCpuRenderer(splats, { threads: 6 });
  const small = lookAhead(96, 64);
  const expected = await renderer.render(small);
  for (let i = 0; i < 150; i++) {
    const controller = new AbortController();
    const { signal } = controller;
    const given = [256, 200, 160].map((side) =>
      renderer.render(lookAhead(side, side), { signal })
    );
    const settled = Promise.allSettled(given);
    const next = renderer.render(small);
    await new Promise((resolve) => setTimeout(resolve, i % 25));
    controller.abort();
    assert.deepEqual((await next).data, expected.data);
    await settled;
  }
});

Deno.test("CPU renderer: an aborted view rejects with the reason and frees the workers", async () => {
  await using renderer = await createCpuRenderer(slowSplats(), { threads: 2 });
  const small = lookAhead(64, 64);
  const expected = await renderer.render(small);
  const first = performance.now();
  await renderer.render(HUGE);
  const whole = performance.now() - first;
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("enough");
  const running = Array.from(
    { length: 12 },
    () => renderer.render(HUGE, { signal }),
  );
  const settled = Promise.allSettled(running);
  await new Promise((resolve) => setTimeout(resolve, 30));
  controller.abort(reason);
  for (const result of await settled) {
    assert.equal(result.status, "rejected");
    assert.equal((result as PromiseRejectedResult).reason, reason);
  }
  const begin = performance.now();
  const after = await renderer.render(small);
  const waited = performance.now() - begin;
  assert.ok(waited < 4 * whole, `${waited} ms after 12 views of ${whole} ms`);
  assert.deepEqual(after.data, expected.data);
  await assert.rejects(renderer.render(small, { signal }), reason);
});

Deno.test("CPU renderer: views in progress at disposal reject, and so do later ones", async () => {
  const renderer = await createCpuRenderer(slowSplats(), { threads: 2 });
  const running = [renderer.render(HUGE), renderer.render(HUGE)];
  const settled = Promise.allSettled(running);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await renderer[Symbol.asyncDispose]();
  for (const { status } of await settled) assert.equal(status, "rejected");
  await assert.rejects(renderer.render(HUGE), /disposed/);
  await renderer[Symbol.asyncDispose]();
});

Deno.test("CPU renderer: creation refuses and gives up by name", async () => {
  for (const threads of [0, 1.5, 65, NaN]) {
    await assert.rejects(
      createCpuRenderer(randomSplats(1), { threads }),
      /threads must be an integer in 1\.\.64/,
    );
  }
  const reason = new Error("changed my mind");
  await assert.rejects(
    createCpuRenderer(randomSplats(1), { signal: AbortSignal.abort(reason) }),
    reason,
  );
  const controller = new AbortController();
  const creation = createCpuRenderer(randomSplats(50_000), {
    signal: controller.signal,
  });
  controller.abort(reason);
  await assert.rejects(creation, reason);
});

Deno.test("CPU renderer: a scene that does not fit is refused with what was asked and what would fit", async () => {
  // Refused by its count, before any splat is read.
  const immense = { ...randomSplats(1), count: 60_000_000 };
  await assert.rejects(createCpuRenderer(immense), (error) => {
    assert.ok(error instanceof RangeError);
    const [, asked, most, fitting] = error.message.match(
      /^Cannot load 60000000 splats as (\d+) MiB must fit in (\d+) MiB of memory: about (\d+) splats would fit$/,
    )!.map(Number);
    assert.ok(most! >= 512 && most! <= 4096 && asked! > most!);
    const each = asked! / 60_000_000;
    assert.ok(Math.abs(fitting! * each - most!) < 0.01 * most!);
    return true;
  });
});

Deno.test("CPU renderer: without workers the calling thread renders the same, with one warning", async () => {
  const splats = randomSplats(3000, { withObjectIds: true });
  const warnings: string[] = [];
  await using inline = await createCpuRenderer(splats, {
    startTimeout: 0,
    warn: (line) => warnings.push(line),
  });
  await using workers = await createCpuRenderer(splats, { threads: 2 });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Rendering on the calling thread/);
  assert.match(inline.description, /calling thread/);
  const options = { withObjectIds: true };
  for (const camera of [lookAhead(50, 40), lookAhead(33, 90)]) {
    const expected = await workers.render(camera, options);
    assert.deepEqual(await inline.render(camera, options), expected);
  }
  const signal = AbortSignal.abort(new Error("no"));
  await assert.rejects(inline.render(HUGE, { signal }), /no/);
});

Deno.test("CPU renderer: needs no permission, and lets the process end", async () => {
  const code = `
    import { createCpuRenderer } from "${new URL(
    "../../../src/render/cpu/cpu_renderer.ts",
    import.meta.url,
  )}";
    import { lookAhead, randomSplats } from "${new URL(
    "./made.ts",
    import.meta.url,
  )}";
    const renderer = await createCpuRenderer(randomSplats(500), {
      warn: (line) => console.log(line),
    });
    const view = await renderer.render(lookAhead(64, 64));
    console.log(view.alpha.some((value) => value > 0.1));
    await renderer[Symbol.asyncDispose]();
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const { code: exit, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: ["run", "--no-prompt", "--quiet", file],
        stdin: "null",
        signal: AbortSignal.timeout(30_000),
      },
    ).output();
    const text = new TextDecoder();
    assert.equal(text.decode(stdout), "true\n", text.decode(stderr));
    assert.equal(exit, 0);
  } finally {
    await Deno.remove(file);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Camera } from "../../src/render/camera.ts";
import { FairRenderer } from "../../src/render/fair_renderer.ts";
import type { Renderer, View } from "../../src/render/renderer.ts";

/** A renderer whose calls end when the test says so; a view's width is its camera's. */
class ManualRenderer implements Renderer {
  readonly backend = "cpu";
  readonly description = "manual";
  readonly calls: { widths: number[]; finish: () => void }[] = [];

  render(camera: Camera): Promise<View> {
    return this.renderMany([camera]).then(([view]) => view!);
  }

  renderMany(cameras: readonly Camera[]): Promise<View[]> {
    const { promise, resolve, reject } = Promise.withResolvers<View[]>();
    this.calls.push({
      widths: cameras.map(({ width }) => width),
      finish: () =>
        cameras.some(({ width }) => width < 0)
          ? reject(new RangeError("negative"))
          : resolve(cameras.map(({ width }) => ({ width }) as View)),
    });
    return promise;
  }

  async finishAll(): Promise<void> {
    for (let call; (call = this.calls.shift());) {
      call.finish();
      await settle();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const camera = (width: number): Camera => ({ width }) as Camera;
const settle = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve));

Deno.test("FairRenderer lets the sessions take turns, whatever each asks for", async () => {
  const renderer = new ManualRenderer();
  const fair = new FairRenderer(renderer);
  const busy = fair.forSession("busy");
  const done: string[] = [];
  const ask = (session: Renderer, name: string, width: number): Promise<void> =>
    session.render(camera(width)).then(({ width: seen }) => {
      assert.equal(seen, width);
      done.push(name);
    });
  const asked = Array.from({ length: 40 }, (_, i) => ask(busy, "busy", i));
  await settle();
  assert.equal(renderer.calls.length, 2, "no more than two calls at once");
  const modest = ["a", "b", "c"].map((id, i) =>
    ask(fair.forSession(id), id, 100 + i)
  );
  await settle();
  const before = renderer.calls.reduce((n, { widths }) => n + widths.length, 0);
  renderer.calls.shift()!.finish();
  await settle();
  const next = renderer.calls.at(-1)!.widths;
  assert.deepEqual(next.slice(0, 4).filter((w) => w >= 100), [100, 101, 102]);
  assert.equal(before, 16);
  await renderer.finishAll();
  await Promise.all([...asked, ...modest]);
  assert.equal(done.length, 43);
  assert.equal(fair.waiting, 0);
});

Deno.test("FairRenderer keeps room for a session that asks for its views one by one", async () => {
  const renderer = new ManualRenderer();
  const fair = new FairRenderer(renderer);
  let running = true;
  const served = { busy: 0, modest: 0 };
  const ask = async (id: "busy" | "modest"): Promise<void> => {
    const session = fair.forSession(id);
    while (running) {
      await session.render(camera(1));
      served[id]++;
    }
  };
  const asking = [
    ...Array.from({ length: 50 }, () => ask("busy")),
    ask("modest"),
  ];
  await settle();
  for (let i = 0; i < 200; i++) {
    renderer.calls.shift()!.finish();
    await settle();
  }
  // A fair half, but for the turn that passes while the next view is asked for.
  const share = served.modest / (served.modest + served.busy);
  assert.ok(share > 0.1, `${share}`);
  running = false;
  await renderer.finishAll();
  await Promise.all(asking);
});

Deno.test("FairRenderer makes nobody wait for more turns than there are sessions", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
      async (asks) => {
        const renderer = new ManualRenderer();
        const fair = new FairRenderer(renderer);
        const order: number[] = [];
        const all = asks.map((session, i) =>
          fair.forSession(`${session}`).render(camera(i)).then(() => {
            order.push(session);
          })
        );
        await settle();
        await renderer.finishAll();
        await Promise.all(all);
        // In each prefix no session is more than one view ahead of one that still has work.
        const left = new Map<number, number>();
        for (const s of asks) left.set(s, (left.get(s) ?? 0) + 1);
        const served = new Map<number, number>();
        for (const session of order) {
          served.set(session, (served.get(session) ?? 0) + 1);
          for (const [other, total] of left) {
            const count = served.get(other) ?? 0;
            if (count < total) {
              assert.ok(served.get(session)! - count <= 1, `${order}`);
            }
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("FairRenderer gives up what is aborted, and only that", async () => {
  const renderer = new ManualRenderer();
  const fair = new FairRenderer(renderer);
  const session = fair.forSession("a");
  const fill = Array.from({ length: 16 }, (_, i) => session.render(camera(i)));
  await settle();
  const stop = new AbortController();
  const waiting = session.render(camera(50), { signal: stop.signal });
  const other = session.render(camera(51));
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(
    session.render(camera(52), { signal: stop.signal }),
    /enough/,
  );
  assert.equal(fair.waiting, 1);
  await renderer.finishAll();
  assert.equal((await other).width, 51);
  await Promise.all(fill);
});

Deno.test("FairRenderer lets a bad camera fail alone", async () => {
  const renderer = new ManualRenderer();
  const session = new FairRenderer(renderer).forSession("a");
  const asked = Promise.allSettled(
    [1, -1, 2].map((width) => session.render(camera(width))),
  );
  await settle();
  await renderer.finishAll();
  assert.deepEqual(
    (await asked).map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

Deno.test("FairRenderer reports waits and times", async () => {
  const renderer = new ManualRenderer();
  const seen: [number, number][] = [];
  const fair = new FairRenderer(renderer, {
    onView: (waited, rendered) => seen.push([waited, rendered]),
  });
  const view = fair.forSession("a").render(camera(1));
  await settle();
  await renderer.finishAll();
  await view;
  assert.equal(seen.length, 1);
  assert.ok(seen[0]!.every((milliseconds) => milliseconds >= 0));
});

/** How the page bears load: its first paint, eight busy agents, many sessions. */

import assert from "node:assert/strict";
import { startProcess, startSession, until } from "../server/harness.ts";
import { ignoreBrowser, openBrowser, type TestPage } from "./browser.ts";

/** Tries that a measurement has: other work on the machine must not fail it. */
const tries = 6;

/** The least of what `measure` gives, at once if it is at most `enough`. */
async function least(
  enough: number,
  measure: () => Promise<number>,
): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < tries && best > enough; i++) {
    best = Math.min(best, await measure());
  }
  return best;
}

/** Waits until the session that the page shows is over. */
async function untilOver({ page }: TestPage): Promise<void> {
  await page.locator('#standing:not([data-tone="busy"]):not(:empty)')
    .filter({ hasText: /^(Found|Not|Stopped)/ }).waitFor({ timeout: 60_000 });
}

Deno.test({
  name: "the page paints within 300 ms in a browser that has just started",
  ignore: ignoreBrowser,
  async fn(): Promise<void> {
    await using server = await startProcess();
    const milliseconds = await least(300, async () => {
      await using browser = await openBrowser();
      await using tab = await browser.open();
      const { page } = tab;
      await page.goto(server.url);
      await page.locator("#map-empty").waitFor({ state: "hidden" });
      return await page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime",
      ) as number;
    });
    assert.ok(milliseconds < 300, `${milliseconds} ms`);
  },
});

/** The state of a session. */
async function statusOf(
  { url }: { readonly url: string },
  id: string,
): Promise<string> {
  return (await (await fetch(`${url}/sessions/${id}`)).json()).status;
}

/** An event of a trace. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor. */
  readonly tdur?: number;
}

/**
 * Milliseconds of the processor that the page's longest task takes during
 * `work`: by the clock it would be longer where other programs want the
 * processor, too.
 */
async function longestTask(
  { page }: TestPage,
  work: () => Promise<void>,
): Promise<number> {
  const debug = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  debug.on("Tracing.dataCollected", ({ value }) => {
    events.push(...value as unknown as TraceEvent[]);
  });
  const complete = new Promise((resolve) =>
    debug.once("Tracing.tracingComplete", resolve)
  );
  await debug.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"] },
  });
  await page.evaluate("performance.mark('the page'); undefined");
  await work();
  await debug.send("Tracing.end");
  await complete;
  const marked = events.find(({ name }) => name === "the page");
  const tasks = events.filter(({ name, pid, tid }) =>
    name.endsWith("RunTask") && pid === marked?.pid && tid === marked.tid
  );
  assert.ok(tasks.length > 100, `${tasks.length} tasks were traced`);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

Deno.test({
  name: "eight agents with a step each 100 ms leave no task over 100 ms",
  ignore: ignoreBrowser,
  async fn(): Promise<void> {
    await using server = await startProcess();
    await using browser = await openBrowser();
    const milliseconds = await least(100, async () => {
      await using tab = await browser.open();
      const { page } = tab;
      await page.goto(server.url);
      await page.locator("#map-empty").waitFor({ state: "hidden" });
      return await longestTask(tab, async () => {
        const id = await startSession(server, "pictures steps=40 every=100", {
          num_agents: 8,
        });
        await page.evaluate(`location.hash = "#/sessions/${id}"; undefined`);
        await untilOver(tab);
        assert.equal(
          await page.locator("#scrubber").getAttribute("max"),
          "320",
        );
      });
    });
    assert.ok(milliseconds <= 100, `a task of ${milliseconds} ms`);
  },
});

Deno.test({
  name: "seven tabs of one session: each comes to its end, none is locked out",
  ignore: ignoreBrowser,
  async fn(): Promise<void> {
    await using server = await startProcess();
    await using browser = await openBrowser();
    await using first = await browser.open();
    const id = await startSession(server, "pictures steps=80 every=100");
    const url = `${server.url}/#/sessions/${id}`;
    const pages = [first.page];
    while (pages.length < 7) {
      pages.push(await first.page.context().newPage());
    }
    // The longest of the waits is for a page that asks with all six connections taken.
    await Promise.all(pages.map((page) => page.goto(url)));
    await pages[6]!.evaluate("fetch('scene')");
    assert.equal(await statusOf(server, id), "running", "others can be asked");
    for (const page of pages) {
      await untilOver({ ...first, page });
      assert.equal(await page.locator("#scrubber").getAttribute("max"), "80");
    }
    first.assertClean();
  },
});

Deno.test({
  name:
    "where there are no locks, a tab that nobody sees lets go of its stream and catches up",
  ignore: ignoreBrowser,
  async fn(): Promise<void> {
    await using server = await startProcess();
    await using browser = await openBrowser();
    await using tab = await browser.open();
    const { page } = tab;
    // As on a page that another machine serves without TLS.
    await page.addInitScript("delete Navigator.prototype.locks");
    const id = await startSession(server, "steps=80 every=100");
    await page.goto(`${server.url}/#/sessions/${id}`);
    const readers = (): Promise<number> => server.metric("splatscout_readers");
    await until(async () => await readers() === 1, 20_000);
    const setHidden = (hidden: boolean): Promise<unknown> =>
      page.evaluate(`
        Object.defineProperty(document, "hidden", {
          value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      `);
    await setHidden(true);
    await until(async () => await readers() === 0, 20_000);
    assert.equal(await statusOf(server, id), "running");
    await setHidden(false);
    await untilOver(tab);
    assert.equal(await page.locator("#scrubber").getAttribute("max"), "80");
    tab.assertClean();
  },
});

Deno.test({
  name: "ten sessions leave no more behind than one",
  ignore: ignoreBrowser,
  async fn(): Promise<void> {
    await using server = await startProcess();
    await using browser = await openBrowser();
    await using tab = await browser.open();
    const { page } = tab;
    const debug = await page.context().newCDPSession(page);
    await page.goto(server.url);
    const left: { heap: number; blobs: number; nodes: number }[] = [];
    for (let i = 0; i < 10; i++) {
      const id = await startSession(server, "pictures steps=15 every=5", {
        num_agents: 8,
      });
      await page.evaluate(`location.hash = "#/sessions/${id}"; undefined`);
      await page.waitForURL(new RegExp(id));
      await untilOver(tab);
      await page.locator("#cards li").nth(7).waitFor();
      if (i === 1 || i === 9) left.push(await measure());
    }
    const [early, late] = left;
    assert.ok(early && late);
    // 120 looks, 8 finds at most; what is shown at the moment.
    assert.ok(late.blobs <= 160, `${late.blobs} pictures are kept`);
    assert.ok(
      late.heap - early.heap < 4e6,
      `the heap grew from ${early.heap} to ${late.heap} bytes`,
    );
    assert.ok(
      late.nodes - early.nodes < 500,
      `the nodes grew from ${early.nodes} to ${late.nodes}`,
    );

    async function measure(): Promise<(typeof left)[0]> {
      await debug.send("HeapProfiler.collectGarbage");
      const { usedSize: heap } = await debug.send("Runtime.getHeapUsage");
      const { nodes } = await debug.send("Memory.getDOMCounters");
      const { result } = await debug.send("Runtime.evaluate", {
        expression: "Blob.prototype",
      });
      const { objects } = await debug.send("Runtime.queryObjects", {
        prototypeObjectId: result.objectId!,
      });
      const { result: length } = await debug.send("Runtime.callFunctionOn", {
        objectId: objects.objectId!,
        functionDeclaration: "function () { return this.length; }",
        returnByValue: true,
      });
      await debug.send("Runtime.releaseObject", {
        objectId: objects.objectId!,
      });
      return { heap, nodes, blobs: length.value };
    }
  },
});

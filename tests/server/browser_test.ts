/** Browsers as readers, on a page of another origin: EventSource, and the front end's own reader as its specification has it. */

import assert from "node:assert/strict";
import { ignoreBrowser, openBrowser } from "../browser/browser.ts";
import { ChaosProxy, seededRandom } from "./chaos_proxy.ts";
import { parseSse } from "../sse.ts";
import { startProcess, startSession } from "./harness.ts";

/** A page of nobody's in particular, as the front end's development server would be. */
function serveBlankPage(): { url: string } & AsyncDisposable {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response(
        "<!doctype html><title>x</title><link rel=icon href=data:>",
        {
          headers: { "Content-Type": "text/html" },
        },
      ),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Runs in the page: reads as EventSource does, until the last event. */
const readAsEventSource = (url: string): string => `
  new Promise((resolve) => {
    const got = [];
    let opened = 0;
    const source = new EventSource(${JSON.stringify(url)});
    source.onopen = () => opened++;
    source.onmessage = ({ data, lastEventId }) => {
      got.push({ id: lastEventId, data });
      if (JSON.parse(data).type !== "session_complete") return;
      source.close();
      resolve({ got, opened });
    };
  })`;

/** Runs in the page: the reader of the front end's specification. */
const readAsFrontEnd = (url: string, body: unknown): string => `
  (async () => {
    const response = await fetch(${JSON.stringify(url)}, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: ${JSON.stringify(JSON.stringify(body))},
    });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const events = [];
    let buffer = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return events;
      buffer += decoder.decode(value, { stream: true });
      const lines = buffer.split("\\n");
      buffer = lines.pop();
      for (const line of lines) {
        if (line.startsWith("data: ")) events.push(JSON.parse(line.slice(6)));
      }
    }
  })()`;

Deno.test({
  name:
    "browsers of another origin read streams, through cuts, without gap or double",
  ignore: ignoreBrowser,
  fn: async (t) => {
    await using server = await startProcess();
    await using blank = serveBlankPage();
    await using browser = await openBrowser();
    await using tab = await browser.open();
    const { page } = tab;
    await page.goto(blank.url);

    await t.step(
      "the front end's reader, on POST /stream_agents and POST /",
      async () => {
        for (const path of ["/stream_agents", "/"]) {
          const events = await page.evaluate(
            readAsFrontEnd(server.url + path, {
              query: "steps=20 every=5 bytes=60000",
              start_x: 0,
              start_y: 0,
              start_z: 0,
              start_yaw: 0,
              num_agents: 2,
            }),
          ) as { type: string }[];
          assert.equal(events.length, 2 + 40 + 2 + 1);
          assert.equal(events.at(-1)!.type, "session_complete");
        }
      },
    );

    await t.step("EventSource, live and again", async () => {
      const id = await startSession(server, "steps=30 every=10 bytes=60000");
      const stream = `${server.url}/sessions/${id}/stream`;
      for (const _ of ["live", "again"]) {
        const { got } = await page.evaluate(readAsEventSource(stream)) as {
          got: unknown[];
        };
        const whole = await (await fetch(stream)).text();
        assert.deepEqual(got, parseSse(whole).records);
      }
      tab.assertClean();
    });

    await t.step("EventSource comes back by itself after cuts", async () => {
      const random = seededRandom(5);
      await using proxy = new ChaosProxy(
        server.port,
        () => Math.floor(70_000 + random() * 60_000),
      );
      const id = await startSession(server, "steps=30 every=1 bytes=5000");
      const path = `/sessions/${id}/stream`;
      const { got, opened } = await page.evaluate(
        readAsEventSource(`http://127.0.0.1:${proxy.port}${path}`),
      ) as { got: unknown[]; opened: number };
      assert.ok(opened > 1, `opened ${opened} times`);
      const whole = await (await fetch(server.url + path)).text();
      assert.deepEqual(got, parseSse(whole).records);
    });
  },
});

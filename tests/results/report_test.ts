import assert from "node:assert/strict";
import { reportHtml } from "../../src/results/report.ts";
import { PIXEL, recordedRun } from "./recorded.ts";

Deno.test("reportHtml: question, outcome, views, map, steps, figures", async () => {
  const html = await reportHtml(recordedRun());
  assert.match(html, /<h1>find the red chair<\/h1>/);
  assert.match(html, /Found by agent 1\./);
  assert.match(html, /after 2 steps/);
  assert.equal(html.match(/<li id="agent-\d-step-\d"/g)?.length, 4);
  assert.equal(html.split(PIXEL.toBase64()).length - 1, 4 + 1 + 1);
  assert.match(html, /<dt>Steps in all<\/dt>\s*<dd>4<\/dd>/);
  // sqrt(1.5^2 + 0.5^2) + sqrt(2^2 + 1 + 0.25^2)
  assert.match(html, /<dt>Way in all<\/dt>\s*<dd>3\.8 m<\/dd>/);
  assert.match(html, /<mask id="unseen">/);
  // The place of the find on a map of 10 m in 1000 units.
  assert.match(html, /<circle cx="354" cy="359" r="16"\/>/);
});

Deno.test("reportHtml: nothing found is said, with what was never seen", async () => {
  const html = await reportHtml(recordedRun({ found: false }));
  assert.match(html, /<title>Not found: /);
  assert.match(html, /<strong>Not found\.<\/strong>/);
  assert.match(html, /under the\s+veil no agent has seen/);
  assert.doesNotMatch(html, /class="target"|class="unseen"|% of the/);
});

Deno.test("reportHtml: how much of the floor was seen, and where the rest is", async () => {
  const floor = {
    min: [3, 2] as const,
    cell: 0.5,
    columns: 2,
    rows: 3,
    open: new Uint8Array([0b111100]).toBase64(),
  };
  const seen = [[[3, 3], [3.5, 3], [3.5, 3.5], [3, 3.5]]] as const;
  const html = await reportHtml({
    ...recordedRun({ found: false }),
    floor,
    seen,
  });
  assert.match(
    html,
    /Not found\.<\/strong> 25 % of the reachable floor was seen\. Never in view: 0\.8 m² around/,
  );
  assert.match(html, /<dt>Floor seen<\/dt>\s*<dd>25 %<\/dd>/);
  // On a map of 10 m in 1000 units: one cell, then the row below it.
  assert.match(
    html,
    /class="unseen" d="M\d+ \d+h100M\d+ \d+h50" stroke-width="50"/,
  );
});

Deno.test("reportHtml: a search that was ended early is told from one that saw all", async () => {
  const run = recordedRun({ found: false });
  const html = await reportHtml({
    ...run,
    events: run.events.map(({ event, at }) => ({
      at,
      event: event.type === "agent_step" ? { ...event, total_steps: 9 } : event,
    })),
  });
  assert.match(html, /<title>Stopped: /);
  assert.match(html, /<strong>Stopped before it was found\.<\/strong>/);
});

Deno.test("reportHtml: a run in which nobody saw a thing has failed, each fault told once", async () => {
  const run = recordedRun({ found: false });
  const html = await reportHtml({
    ...run,
    events: run.events.flatMap(({ event, at }) =>
      event.type === "agent_step" ? [] : event.type === "agent_done"
        ? [{
          at,
          event: {
            type: "error" as const,
            agent_id: event.agent_id,
            message: "No model.",
          },
        }]
        : [{ event, at }]
    ),
  });
  assert.match(html, /<title>Failed: /);
  assert.match(html, /Agents 0, 1 failed: No model\./);
  assert.doesNotMatch(html, /0 steps/);
});

Deno.test("reportHtml: what people and models say is text, and the page loads nothing", async () => {
  const evil = `</p><script>alert(1)</script><img src=http://x onerror="a">`;
  const html = await reportHtml(
    recordedRun({ query: evil, reasoning: evil }),
  );
  assert.doesNotMatch(html, /<script|<img src=http/);
  assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(html, /default-src 'none'/);
  for (const [, url] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.match(url!, /^(data:image\/png;base64,|#)/);
  }
});

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
  assert.match(html, /Not found\..*No target found/s);
  assert.match(html, /under the\s+veil no agent has seen/);
  assert.doesNotMatch(html, /class="target"/);
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

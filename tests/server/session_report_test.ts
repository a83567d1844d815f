import assert from "node:assert/strict";
import { dataLines } from "../sse.ts";
import { startProcess, startRequest, startSession } from "./harness.ts";

Deno.test("GET /sessions/:id/report: the whole session as one page, also while it goes on", async () => {
  await using server = await startProcess({});
  const { url } = server;
  const id = await startSession(server, "steps=2");
  const stream = await fetch(`${url}/sessions/${id}/stream`);
  const events = dataLines(await stream.text());
  const answer = await fetch(`${url}/sessions/${id}/report`);
  const page = await answer.text();
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type")!, /^text\/html/);
  assert.match(page, /<h1>steps=2<\/h1>/);
  assert.equal(
    page.match(/<li id="agent-/g)?.length,
    events.filter((line) => line.includes('"agent_step"')).length,
  );
  assert.match(page, /<svg class="map"/);
  assert.match(page, /<mask id="unseen">/);
  assert.match(page, /<dt>Time<\/dt>/);

  const running = await startSession(server, "steps=200 every=50");
  const early = await fetch(`${url}/sessions/${running}/report`);
  assert.match(await early.text(), /The search goes on\./);
  const stopped = await fetch(`${url}/sessions/${running}`, {
    method: "DELETE",
  });
  await stopped.body?.cancel();

  const none = await fetch(`${url}/sessions/${"0".repeat(32)}/report`);
  assert.equal(none.status, 404);
  await none.body?.cancel();
  const wrong = await fetch(
    `${url}/sessions/${id}/report`,
    startRequest("steps=2", {}),
  );
  assert.equal(wrong.status, 405);
  assert.match(wrong.headers.get("allow")!, /GET/);
  await wrong.body?.cancel();
});

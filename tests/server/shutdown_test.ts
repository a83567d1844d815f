import assert from "node:assert/strict";
import { parseSse } from "../sse.ts";
import { startProcess, startRequest, startSession, until } from "./harness.ts";

Deno.test("SIGTERM lets short runs end, stops long ones, says farewell and exits 0", async () => {
  await using server = await startProcess({ grace: 2_000 });
  const long = await startSession(server, "steps=100000 every=20");
  const done = await startSession(server, "steps=1 every=0");
  const text = async (id: string): Promise<string> =>
    await (await fetch(`${server.url}/sessions/${id}/stream`)).text();
  await text(done);
  const short = await startSession(server, "steps=3 every=400");
  const reading = Promise.all([text(short), text(long)]);
  await until(
    async () => await server.metric("splatscout_readers") === 2,
    10_000,
  );
  const start = performance.now();
  server.kill("SIGTERM");
  await until(async () => {
    const refused = await fetch(`${server.url}/sessions`, startRequest("x"));
    await refused.body?.cancel();
    return refused.status === 503;
  }, 1_500);
  const ready = await fetch(`${server.url}/ready`);
  assert.equal(ready.status, 503);
  await ready.body?.cancel();
  const [shortText, longText] = await reading;
  assert.match(shortText, /"agent_found"/);
  const { records, retry, comments } = parseSse(longText);
  assert.deepEqual(
    records.slice(-2).map(({ data }) => JSON.parse(data).type),
    ["agent_done", "session_complete"],
  );
  const { code } = await server.status;
  assert.equal(code, 0);
  const took = performance.now() - start;
  assert.ok(took > 1_900 && took < 20_000, `${took} ms`);
  assert.equal(retry, 2000);
  assert.deepEqual(comments, ["the server stops"]);
});

Deno.test("a run that does not stop does not keep the server", async () => {
  await using server = await startProcess({ grace: 100 });
  const id = await startSession(server, "steps=1000 every=10 stubborn");
  const reading = fetch(`${server.url}/sessions/${id}/stream`);
  const text = (await reading).text();
  server.kill("SIGTERM");
  const { records, retry } = parseSse(await text);
  assert.equal(JSON.parse(records.at(-1)!.data).type, "session_complete");
  assert.equal(retry, 2000);
  assert.equal((await server.status).code, 0);
});

Deno.test("a second signal ends at once", async () => {
  await using server = await startProcess({ grace: 60_000 });
  await startSession(server, "steps=100000 every=20");
  server.kill("SIGTERM");
  await until(async () => {
    const ready = await fetch(`${server.url}/ready`);
    await ready.body?.cancel();
    return ready.status === 503;
  }, 20_000);
  const start = performance.now();
  server.kill("SIGTERM");
  await server.status;
  assert.ok(performance.now() - start < 30_000, "half the grace");
});

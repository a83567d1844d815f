/** Whoever is refused is told why, and what to do about it. */

import assert from "node:assert/strict";
import { errorSchema } from "../../src/server/schemas.ts";
import { RawClient, startProcess, startSession, until } from "./harness.ts";

const json = { "Content-Type": "application/json" };
const post = (body: string, headers: HeadersInit = json): RequestInit => ({
  method: "POST",
  body,
  headers,
});

Deno.test("refusals name their cause and what to do", async (t) => {
  await using server = await startProcess({
    limits: { maxSessions: 1, maxQueued: 0, maxReaders: 1, sessionTtl: 100 },
  });
  const { url } = server;
  const refused = async (
    [path, init, status, words]: [string, RequestInit, number, RegExp],
  ): Promise<void> => {
    const answer = await fetch(url + path, init);
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assert.match(errorSchema.parse(JSON.parse(text)).error.message, words);
    assert.equal(
      answer.headers.has("Retry-After"),
      [429, 503].includes(status),
    );
  };

  await t.step("requests that cannot be understood", async () => {
    const cases: Parameters<typeof refused>[0][] = [
      ["/sessions", post("{"), 400, /must be JSON in UTF-8, such as {"query"/],
      ["/sessions", post("[]"), 400, /must be an object such as {"query"/],
      ["/sessions", post("{}"), 400, /^query: must be 1 to 2000 characters/],
      ["/sessions", post('{"query":" "}'), 400, /^query: .*not all .* spaces/],
      [
        "/sessions",
        post('{"query":"x","num_agents":99}'),
        400,
        /^num_agents: .*16/,
      ],
      ["/sessions", post("{}", {}), 415, /must be application\/json: it is/],
      ["/sessions", post(" ".repeat(2e6)), 413, /at most 1048576 bytes/],
      ["/getImage?x=a", {}, 400, /^x: must be a number such as/],
      ["/nowhere", {}, 404, /GET \/openapi\.json/],
      ["/sessions/x", {}, 404, /GET \/sessions lists/],
      ["/scene", { method: "DELETE" }, 405, /GET, HEAD, OPTIONS are/],
    ];
    for (const each of cases) await refused(each);
  });

  await t.step("bytes that are no request", async () => {
    const cases: [string, RegExp][] = [
      ["junk\r\n\r\n", /^HTTP\/1\.1 400 .*Cannot understand this as HTTP/s],
      [`GET / HTTP/1.1\r\nX: ${"x".repeat(2e4)}\r\n\r\n`, /431 .*16384 bytes/s],
      ["GET / HTTP/1.1\r\nHost: other\r\n\r\n", /403 .*--allowed-host/s],
    ];
    for (const [bytes, words] of cases) {
      using client = await RawClient.send(server.port, bytes);
      assert.match(await client.readUntil("}}"), words);
    }
  });

  await t.step(
    "what there is no more, and what there is too much of",
    async () => {
      const old = await startSession(server, "steps=1");
      await until(
        async () => {
          const answer = await fetch(`${url}/sessions/${old}`);
          await answer.body?.cancel();
          return answer.status === 410;
        },
        5_000,
      );
      await refused([`/sessions/${old}`, {}, 410, /--session-ttl/]);
      const id = await startSession(server, "steps=100000 every=50");
      await refused([
        "/sessions",
        post('{"query":"x"}'),
        429,
        /1 run and 0 wait/,
      ]);
      const stream = `/sessions/${id}/stream`;
      const reading = await fetch(url + stream);
      await refused([stream, {}, 429, /readers of this session/]);
      const resume = { headers: { "Last-Event-ID": "of-another" } };
      await refused([stream, resume, 410, /read from the start/]);
      server.kill("SIGTERM");
      await until(async () => {
        const answer = await fetch(`${url}/ready`);
        await answer.body?.cancel();
        return answer.status === 503;
      }, 5_000);
      await refused([
        "/sessions",
        post('{"query":"x"}'),
        503,
        /is about to stop/,
      ]);
      await reading.body?.cancel();
    },
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  RawClient,
  type ServerProcess,
  startProcess,
  startSession,
  until,
  within,
} from "./harness.ts";

const get = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** How long a healthy client waits for most of its answers, milliseconds. The bench takes the 99th percentile on a machine of its own. */
async function healthyP90(server: ServerProcess, n = 100): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < n; i++) {
    const start = performance.now();
    const answer = await fetch(`${server.url}/health`);
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(n * 0.9)]!;
}

Deno.test("half-open connections and slow headers are cut", async () => {
  await using server = await startProcess({
    connectionTimes: { headers: 1_500, idle: 1_500, stalled: 25_000 },
  });
  const clients = await Promise.all([
    ...Array.from({ length: 200 }, () => RawClient.connect(server.port)),
    ...Array.from(
      { length: 50 },
      () => RawClient.send(server.port, "GET / HTTP/1.1\r\nHost: loc"),
    ),
    RawClient.send(server.port, get("/health")),
  ]);
  const dripping = await RawClient.send(server.port, "GET / HTTP/1.1\r\n");
  let dripped = 0;
  const drip = setInterval(() => {
    dripping.write(`X-${dripped++}: x\r\n`).catch(() => {});
  }, 100);
  assert.ok(await healthyP90(server) < 100);
  await until(
    async () => await server.metric("splatscout_connections") <= 2,
    5_000,
  );
  clearInterval(drip);
  assert.ok(dripped < 50);
  for (const client of [...clients, dripping]) client[Symbol.dispose]();
});

Deno.test("junk on an open stream is not read", async (t) => {
  await using server = await startProcess();
  const id = await startSession(server, "steps=100000 every=50");
  const before = await server.metric("process_resident_memory_bytes");
  const junk: [string, string][] = [
    ["bytes", "\0junk".repeat(13_000)],
    ["requests", get("/health").repeat(1_500)],
    ["the beginning of a request", "GET /" + "x".repeat(60_000)],
    [
      "a body",
      "POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" +
      "x".repeat(60_000),
    ],
  ];
  for (const [what, text] of junk) {
    await t.step(what, async () => {
      using client = await RawClient.send(
        server.port,
        get(`/sessions/${id}/stream`),
      );
      await client.readUntil("agent_started");
      let sent = 0;
      try {
        for (; sent < 50e6; sent += text.length) {
          const taken = await within(client.write(text).then(() => true), 2000);
          if (!taken) break;
        }
      } catch {
        // The server has closed, or takes no more.
      }
      assert.ok(sent < 20e6, `${sent} bytes were taken`);
    });
  }
  const grown = await server.metric("process_resident_memory_bytes") - before;
  assert.ok(grown < 64e6, `${grown} bytes`);
  assert.ok(await healthyP90(server) < 100);
});

Deno.test("a server without descriptors left lives and serves", async () => {
  await using server = await startProcess({}, { descriptors: 256 });
  const clients: RawClient[] = [];
  for (let i = 0; i < 600; i++) {
    clients.push(await RawClient.connect(server.port));
  }
  // A healthy client makes the longest half-open one go.
  assert.ok(await healthyP90(server, 50) < 100);
  assert.ok(await server.metric("splatscout_connections") <= 128);
  assert.ok(await server.metric("splatscout_connections_refused_total") >= 400);
  for (const client of clients) client[Symbol.dispose]();
  assert.ok(await healthyP90(server, 50) < 100);
});

Deno.test("a server whose descriptors ran out for a while accepts again", async () => {
  await using server = await startProcess({}, { descriptors: 256 });
  await startSession(server, "steps=1 hog=1000");
  const clients = await Promise.all(
    Array.from({ length: 30 }, () => RawClient.connect(server.port)),
  );
  await until(async () => {
    // Refused while the door is shut.
    using client = await RawClient.send(server.port, get("/health"))
      .catch(() => undefined);
    if (client === undefined) return false;
    const text = await within(client.readUntil("ok"), 500);
    return text?.includes(" 200 ") ?? false;
  }, 20_000);
  assert.match(server.log(), /opened again/);
  for (const client of clients) client[Symbol.dispose]();
});

Deno.test("streams that fill the table are not cut for newcomers", async () => {
  await using server = await startProcess({ maxConnections: 20 });
  const id = await startSession(server, "steps=100000 every=50");
  const readers = await Promise.all(
    Array.from(
      { length: 20 },
      () => RawClient.send(server.port, get(`/sessions/${id}/stream`)),
    ),
  );
  for (const reader of readers) await reader.readUntil("agent_started");
  using late = await RawClient.send(server.port, get("/health"));
  assert.equal(await late.read(), undefined);
  assert.match(await readers[0]!.readUntil("agent_step"), /agent_step/);
  readers.pop()![Symbol.dispose]();
  await until(async () => {
    using again = await RawClient.send(server.port, get("/health"));
    return (await again.read())?.includes(" 200 ") ?? false;
  }, 10_000);
  for (const reader of readers) reader[Symbol.dispose]();
});

Deno.test("headers too large and lines that are no HTTP get a short answer", async () => {
  await using server = await startProcess();
  const answers: [string, RegExp][] = [
    [
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1.1 431 /,
    ],
    ["hello\r\n\r\n", /^HTTP\/1.1 400 /],
    ["GET / HTTP/9.9\r\n\r\n", /^HTTP\/1.1 400 |^$/],
    [
      "POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1.1 400 /,
    ],
    [
      "POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
      /^HTTP\/1.1 400 /,
    ],
    [
      "TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      /^HTTP\/1.1 4\d\d /,
    ],
    [
      "GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      /^HTTP\/1.1 4\d\d /,
    ],
    [
      "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      /^HTTP\/1.1 204 /,
    ],
    [
      "CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      /^(HTTP\/1.1 4\d\d |$)/,
    ],
    [
      "GET /health HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
      /^HTTP\/1.1 200 /,
    ],
  ];
  for (const [request, expected] of answers) {
    using client = await RawClient.send(server.port, request);
    assert.match(await client.readAll(), expected, request.slice(0, 60));
  }
  assert.ok(await healthyP90(server, 20) < 100);
});

Deno.test("fuzzed requests never give a 5xx nor end the server", async () => {
  await using server = await startProcess({
    limits: { maxQueued: 10_000, sessionTtl: 1 },
  });
  const method = fc.constantFrom(
    "GET",
    "POST",
    "DELETE",
    "PUT",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "get",
  );
  const path = fc.oneof(
    fc.constantFrom(
      "/",
      "/stream_agents",
      "/sessions",
      "/sessions/" + "a".repeat(32),
      "/sessions/x/stream",
      "/getImage",
      "/scene",
      "/ready",
      "/metrics",
      "/openapi.json",
      "//",
      "/%2e%2e/",
      "/sessions/%E0%A4%A",
    ),
    fc.webPath().map((path) => `/${path}`),
    fc.tuple(fc.webPath(), fc.webQueryParameters()).map(([p, q]) =>
      `/getImage${p}?${q}`
    ),
  );
  const type = fc.constantFrom(
    "application/json",
    "text/plain",
    "",
    "application/json;;",
    "é",
  );
  const body = fc.oneof(
    fc.json().map((json) => new TextEncoder().encode(json)),
    fc.uint8Array({ maxLength: 200 }),
    fc.record({
      query: fc.oneof(fc.string(), fc.constant("steps=1 every=0")),
      num_agents: fc.oneof(fc.integer(), fc.double(), fc.string()),
      start_x: fc.oneof(fc.double(), fc.constant(null)),
    }, { requiredKeys: [] }).map((value) =>
      new TextEncoder().encode(JSON.stringify(value))
    ),
  );
  const header = fc.constantFrom(
    "Last-Event-ID: x",
    "Range: bytes=0-",
    "Expect: 100-continue",
    "Authorization: Bearer \x7f",
    "Cookie: a",
    "Accept-Encoding: gzip",
    "Content-Encoding: gzip",
    "X: \xff",
    "Connection: keep-alive",
  );
  await fc.assert(
    fc.asyncProperty(
      method,
      path,
      type,
      body,
      fc.array(header, { maxLength: 3 }),
      async (method, path, type, body, headers) => {
        using client = await RawClient.connect(server.port);
        const head = [
          `${method} ${path} HTTP/1.1`,
          "Host: localhost",
          "Connection: close",
          ...(type ? [`Content-Type: ${type}`] : []),
          ...headers,
          `Content-Length: ${body.length}`,
        ].join("\r\n");
        await client.write(head + "\r\n\r\n");
        await client.write(body).catch(() => {});
        const answer = await client.readAll();
        assert.match(answer, /^HTTP\/1.1 [1-4]\d\d /, head);
      },
    ),
    { numRuns: Number(Deno.env.get("SPLATSCOUT_FUZZ") ?? 400) },
  );
  assert.doesNotMatch(server.log(), /"level":"error"/);
});

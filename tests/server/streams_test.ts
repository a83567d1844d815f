import assert from "node:assert/strict";
import { naiveRead, parseSse } from "../sse.ts";
import {
  RawClient,
  type ServerProcess,
  startProcess,
  startRequest,
  startSession,
  until,
} from "./harness.ts";

const post = (query: string): string => {
  const body = JSON.stringify({ query, num_agents: 1 });
  return `POST /stream_agents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

const runs = (server: ServerProcess): Promise<number> =>
  server.metric("test_runs");

Deno.test("a run that belongs to a request stops when its client leaves", async (t) => {
  await using server = await startProcess();
  const leaving: [string, (client: RawClient) => Promise<void> | void][] = [
    ["closes", (client) => client[Symbol.dispose]()],
    ["half-closes", (client) => client.closeWrite()],
  ];
  for (const [how, leave] of leaving) {
    await t.step(how, async () => {
      using client = await RawClient.send(
        server.port,
        post("steps=100000 every=10"),
      );
      assert.match(await client.readUntil("agent_started"), / 200 /);
      assert.equal(await runs(server), 1);
      await leave(client);
      await until(async () => await runs(server) === 0, 10_000);
    });
  }
  await t.step("aborts a fetch", async () => {
    const stop = new AbortController();
    const answer = await fetch(`${server.url}/stream_agents`, {
      ...startRequest("steps=100000 every=10"),
      signal: stop.signal,
    });
    await answer.body!.getReader().read();
    assert.equal(await runs(server), 1);
    stop.abort();
    await until(async () => await runs(server) === 0, 10_000);
  });
  await t.step("leaves while the session still waits", async () => {
    await using small = await startProcess({ limits: { maxSessions: 1 } });
    await startSession(small, "steps=1 wait=15000");
    using client = await RawClient.send(small.port, post("steps=100000"));
    await client.readUntil("\r\n\r\n");
    client[Symbol.dispose]();
    await until(async () => {
      const { sessions } = await (await fetch(`${small.url}/sessions`)).json();
      return sessions[1].status === "cancelled";
    }, 10_000);
  });
  await t.step("a run that does not stop is left to itself", async () => {
    using client = await RawClient.send(
      server.port,
      post("steps=3000 every=10 stubborn"),
    );
    await client.readUntil("agent_step");
    client[Symbol.dispose]();
    await until(async () => {
      const { sessions } = await (await fetch(`${server.url}/sessions`)).json();
      return sessions.at(-1).ended_at !== null;
    }, 20_000);
  });
});

Deno.test("readers come and go without touching the run", async () => {
  await using server = await startProcess();
  const id = await startSession(server, "steps=60 every=10 bytes=3000", {
    num_agents: 2,
  });
  const path = `/sessions/${id}/stream`;
  const leavers = Array.from({ length: 20 }, async (_, i) => {
    using client = await RawClient.send(
      server.port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    for (let n = 0; n < i; n++) await client.read();
  });
  const whole = await Promise.all(
    Array.from(
      { length: 30 },
      async () => (await fetch(server.url + path)).text(),
    ),
  );
  await Promise.all(leavers);
  const replay = await (await fetch(server.url + path)).text();
  assert.equal(new Set([...whole, replay]).size, 1);
  assert.equal(parseSse(replay).records.length, 2 + 120 + 2 + 1);
  await until(
    async () => await server.metric("splatscout_readers") === 0,
    10_000,
  );
});

Deno.test("events arrive as they are made", async () => {
  await using server = await startProcess();
  const answer = await fetch(
    `${server.url}/stream_agents`,
    startRequest("steps=50 every=10 bytes=40000"),
  );
  const late: number[] = [];
  for await (const event of naiveRead(answer)) {
    if (event.type !== "agent_step") continue;
    late.push(
      performance.timeOrigin + performance.now() - Number(event.reasoning),
    );
  }
  late.sort((a, b) => a - b);
  assert.equal(late.length, 50);
  // 5 ms is the promise, which bench/serve.ts measures; a small packet that
  // is held back until the one before is acknowledged comes 40 ms late.
  assert.ok(late[25]! < 25, `median ${late[25]} ms`);
});

Deno.test("a hundred sessions at once all end right", async () => {
  await using server = await startProcess();
  const texts = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const id = await startSession(server, `steps=${1 + i % 5} every=2`, {
        num_agents: 1 + i % 3,
      });
      return await (await fetch(`${server.url}/sessions/${id}/stream`)).text();
    }),
  );
  for (const [i, text] of texts.entries()) {
    const types = parseSse(text).records.map(({ data }) =>
      JSON.parse(data).type
    );
    const agents = 1 + i % 3;
    assert.equal(types.length, agents * (1 + i % 5 + 2) + 1);
    assert.equal(types.at(-1), "session_complete");
    assert.equal(types.filter((type) => type === "agent_found").length, 1);
  }
});

Deno.test("a stalled reader is cut while another reads on", async () => {
  await using server = await startProcess({
    connectionTimes: { headers: 10_000, idle: 30_000, stalled: 2_000 },
  });
  // More than the system's buffers take.
  const id = await startSession(server, "steps=300 every=20 bytes=60000");
  const path = `/sessions/${id}/stream`;
  using stalled = await RawClient.send(
    server.port,
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  const before = await server.metric("process_resident_memory_bytes");
  let steps = 0;
  const reading = (async () => {
    const answer = await fetch(server.url + path);
    for await (const { type } of naiveRead(answer)) {
      if (type === "agent_step") steps++;
    }
  })();
  await until(
    async () => await server.metric("splatscout_readers") === 2,
    10_000,
  );
  await until(
    async () => await server.metric("splatscout_readers") === 1,
    10_000,
  );
  assert.ok(steps > 50 && steps < 300, `cut at step ${steps}`);
  await reading;
  assert.equal(steps, 300);
  const grown = await server.metric("process_resident_memory_bytes") - before;
  assert.ok(grown < 60e6, `${grown} bytes`);
  // What the system had buffered can still be read, then comes the cut.
  const rest = await stalled.readAll();
  assert.doesNotMatch(rest, /session_complete/);
});

Deno.test("a slow reader that makes progress is kept", async () => {
  await using server = await startProcess({
    connectionTimes: { headers: 10_000, idle: 30_000, stalled: 1_500 },
  });
  const id = await startSession(server, "steps=160 every=0 bytes=60000");
  using slow = await RawClient.send(
    server.port,
    `GET /sessions/${id}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  let text = "";
  const end = performance.now() + 5_000;
  for (;;) {
    const part = await slow.read();
    if (part === undefined) break;
    text = (text + part).slice(-500);
    if (performance.now() < end) await new Promise((r) => setTimeout(r, 20));
  }
  assert.match(text, /session_complete/);
});

Deno.test({
  name: "the system takes little ahead of a reader that stands still",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using server = await startProcess();
    const id = await startSession(server, "steps=100 every=5 bytes=60000");
    using stalled = await RawClient.send(
      server.port,
      `GET /sessions/${id}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    assert.match(await stalled.readUntil("agent_started"), / 200 /);
    const live = await fetch(`${server.url}/sessions/${id}/stream`);
    assert.match(await live.text(), /session_complete/);
    const held = await bytesInQueues(server.port);
    assert.ok(held > 10_000 && held < 400_000, `${held} bytes of 6 MB`);
    assert.match(await stalled.readAll(), /session_complete/);
  },
});

/** Bytes that the system holds of connections to a port, on both sides. */
async function bytesInQueues(port: number): Promise<number> {
  const table = await Deno.readTextFile("/proc/net/tcp");
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let bytes = 0;
  for (const line of table.trim().split("\n").slice(1)) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    if (!local!.endsWith(end) && !remote!.endsWith(end)) continue;
    const [unacknowledged, unread] = queues!.split(":");
    bytes += parseInt(unacknowledged!, 16) + parseInt(unread!, 16);
  }
  return bytes;
}

Deno.test("a slow download of one large body is kept", async () => {
  await using server = await startProcess({
    connectionTimes: { headers: 10_000, idle: 30_000, stalled: 1_500 },
  });
  const id = await startSession(server, "steps=200 every=0 bytes=60000");
  const stream = await fetch(`${server.url}/sessions/${id}/stream`);
  await stream.body!.pipeTo(new WritableStream());
  using slow = await RawClient.send(
    server.port,
    `GET /sessions/${id}/report HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  let text = "";
  let bytes = 0;
  const start = performance.now();
  for (;;) {
    const part = await slow.read();
    if (part === undefined) break;
    bytes += part.length;
    text = (text + part).slice(-500);
    if (performance.now() - start < 5_000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  assert.ok(bytes > 12e6, `${bytes} bytes`);
  assert.match(text, /<\/html>\s*$/);
});

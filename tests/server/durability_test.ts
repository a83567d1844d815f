import assert from "node:assert/strict";
import { ChaosProxy, seededRandom } from "./chaos_proxy.ts";
import { parseSse, type SseRecord } from "../sse.ts";
import { temporary } from "../temporary.ts";
import {
  RawClient,
  type ServerProcess,
  startProcess,
  startRequest,
  startSession,
  until,
} from "./harness.ts";

/** Follows a session until the connection breaks. @returns whole records alone */
async function follow(
  port: number,
  id: string,
  last?: string,
): Promise<{ status: number; records: SseRecord[] }> {
  using client = await RawClient.send(
    port,
    `GET /sessions/${id}/stream HTTP/1.0\r\nHost: localhost\r\n${
      last === undefined ? "" : `Last-Event-ID: ${last}\r\n`
    }\r\n`,
  );
  const text = await client.readAll();
  const [head = "", body = ""] = text.split(/\r\n\r\n([^]*)/, 2);
  return {
    status: Number(head.slice(9, 12)),
    records: parseSse(body.slice(0, body.lastIndexOf("\n\n") + 2)).records,
  };
}

const typesOf = (records: readonly SseRecord[]): string[] =>
  records.map(({ data }) => JSON.parse(data).type);

Deno.test("kill -9 in mid-run loses nothing that a reader had seen", async () => {
  using directory = temporary();
  const random = seededRandom(7);
  const kills = Number(Deno.env.get("SPLATSCOUT_KILLS") ?? 5);
  let server: ServerProcess = await startProcess({ data: directory.path });
  for (let kill = 0; kill < kills; kill++) {
    const id = await startSession(
      server,
      `steps=100000 every=1 bytes=${Math.floor(random() * 3000)}`,
      { num_agents: 2 },
    );
    const reading = follow(server.port, id);
    await new Promise((resolve) => setTimeout(resolve, random() * 300));
    server.kill("SIGKILL");
    const { records: seen } = await reading;
    await server[Symbol.asyncDispose]();
    server = await startProcess({ data: directory.path });
    const { records: whole } = await follow(server.port, id);
    assert.deepEqual(whole.slice(0, seen.length), seen, `kill ${kill}`);
    assert.equal(typesOf(whole).at(-1), "session_complete");
    const closing = typesOf(whole).filter((type) =>
      type === "error" || type === "session_complete"
    );
    assert.ok(closing.length === 3 || closing.length === 2);
    if (seen.length > 0) {
      const { status, records } = await follow(
        server.port,
        id,
        seen.at(-1)!.id,
      );
      assert.equal(status, 200);
      assert.deepEqual([...seen, ...records], whole);
    }
    const view = await (await fetch(`${server.url}/sessions/${id}`)).json();
    assert.equal(view.status, "complete");
    assert.notEqual(view.ended_at, null);
  }
  await server[Symbol.asyncDispose]();
});

Deno.test("cuts at any byte and going on after the last id leave no gap and no double", async () => {
  await using server = await startProcess();
  const random = seededRandom(11);
  const wanted = Number(Deno.env.get("SPLATSCOUT_CUTS") ?? 150);
  await using proxy = new ChaosProxy(
    server.port,
    () => Math.floor(250 + random() ** 2 * 6000),
  );
  while (proxy.cuts < wanted) {
    const id = await startSession(
      server,
      `steps=40 every=2 bytes=${Math.floor(random() * 2000)}`,
    );
    const got: SseRecord[] = [];
    for (;;) {
      const { status, records } = await follow(proxy.port, id, got.at(-1)?.id);
      if (status === 204) break;
      got.push(...records);
      if (typesOf(records).includes("session_complete")) break;
    }
    const { records: whole } = await follow(server.port, id);
    assert.deepEqual(got, whole);
  }
});

Deno.test("a session is read again after an orderly restart, and expires", async () => {
  using directory = temporary();
  let id: string;
  let before: SseRecord[];
  {
    await using server = await startProcess({
      data: directory.path,
      sync: "always",
    });
    id = await startSession(server, "steps=5");
    before = (await follow(server.port, id)).records;
    server.kill("SIGTERM");
    assert.equal((await server.status).code, 0);
  }
  {
    await using server = await startProcess({ data: directory.path });
    const view = await (await fetch(`${server.url}/sessions/${id}`)).json();
    assert.equal(view.status, "complete");
    assert.equal(view.description, "a red chair");
    assert.deepEqual((await follow(server.port, id)).records, before);
    const answer = await fetch(`${server.url}/sessions/${id}/stream`, {
      headers: { "Last-Event-ID": "0000000000000000-0" },
    });
    assert.equal(answer.status, 410);
    await answer.body?.cancel();
  }
  await using server = await startProcess({
    data: directory.path,
    limits: { sessionTtl: 1 },
  });
  assert.equal((await follow(server.port, id)).status, 410);
});

Deno.test("what memory has no room for is read from the disk, or forgotten", async () => {
  using directory = temporary();
  for (const data of [directory.path, undefined]) {
    await using server = await startProcess({
      ...(data ? { data } : {}),
      limits: { maxMemory: 1_000_000 },
    });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      const id = await startSession(server, "steps=40 every=0 bytes=10000");
      await follow(server.port, id);
      ids.push(id);
    }
    await until(
      async () => await server.metric("splatscout_log_bytes") < 1_000_000,
      20_000,
    );
    const { status, records } = await follow(server.port, ids[0]!);
    assert.equal(status, data ? 200 : 410);
    if (data) assert.equal(records.length, 43);
    assert.equal((await follow(server.port, ids[3]!)).status, 200);
  }
});

Deno.test("a full disk makes the server unready while readers get their events", async () => {
  using directory = temporary();
  await using server = await startProcess({ data: directory.path }, {
    fileBlocks: 64,
  });
  const statusOf = async (): Promise<number> => {
    const ready = await fetch(`${server.url}/ready`);
    await ready.body?.cancel();
    return ready.status;
  };
  const answer = await fetch(
    `${server.url}/stream_agents`,
    startRequest("steps=60 every=20 bytes=3000"),
  );
  const reading = answer.text();
  await until(async () => {
    const ready = await fetch(`${server.url}/ready`);
    const { checks } = await ready.json();
    return ready.status === 503 && checks.data !== "ok";
  }, 20_000);
  const { records } = parseSse(await reading);
  assert.equal(records.length, 63);
  assert.match(server.log(), /cannot write its events/);
  // Its end changes nothing, nor does another session that fits.
  await follow(server.port, await startSession(server, "steps=2"));
  assert.equal(await statusOf(), 503);
  await growDisk(server.pid);
  await until(async () => await statusOf() === 200, 20_000);
  server.kill("SIGTERM");
  assert.equal((await server.status).code, 0);
  // What had to wait was written as soon as the disk took it.
  await using again = await startProcess({ data: directory.path });
  const id = answer.headers.get("session-id")!;
  assert.deepEqual((await follow(again.port, id)).records, records);
});

Deno.test("a disk that takes no file makes a server without sessions unready", async () => {
  using directory = temporary();
  await using server = await startProcess({ data: directory.path }, {
    fileBlocks: 4,
  });
  const ready = await fetch(`${server.url}/ready`);
  assert.equal(ready.status, 503);
  assert.notEqual((await ready.json()).checks.data, "ok");
});

/** Lifts a limit of {@linkcode startProcess} on the size of files. */
async function growDisk(pid: number): Promise<void> {
  const { success } = await new Deno.Command("prlimit", {
    args: [`--pid=${pid}`, "--fsize=unlimited:"],
  }).output();
  assert.ok(success);
}

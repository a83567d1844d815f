/**
 * Servers and workers as processes around one real NATS server: the contract
 * of the routes holds wherever a session runs.
 */

import assert from "node:assert/strict";
import { EventStore } from "../../src/events/store.ts";
import { openNats } from "../../src/server/cluster/nats.ts";
import { changeState } from "../../src/server/cluster/session_state.ts";
import { maxAttempts } from "../../src/server/cluster/attempt.ts";
import { parseSse } from "../sse.ts";
import {
  type Changes,
  type ServerProcess,
  startProcess,
  startRequest,
  startSession,
  until,
} from "../server/harness.ts";
import { temporary } from "../temporary.ts";
import { assertWhole, readThrough } from "./checks.ts";
import { type NatsProcesses, startNats } from "./nats_process.ts";

/** Milliseconds after which the job of a silent worker goes to another, in tests. */
const ackWait = 2_000;

/** A server of the cluster that runs at most `maxSessions` sessions. */
function join(
  nats: NatsProcesses,
  maxSessions: number,
  changes: Changes = {},
): Promise<ServerProcess> {
  return startProcess({
    ...changes,
    cluster: { servers: nats.urls, ackWait },
    limits: { maxSessions, ...changes.limits },
  });
}

async function view(
  { url }: ServerProcess,
  id: string,
): Promise<Record<string, unknown>> {
  return await (await fetch(`${url}/sessions/${id}`)).json();
}

Deno.test("any server starts, reads, lists and stops any session", async (t) => {
  await using nats = await startNats(1);
  await using front = await join(nats, 0);
  await using other = await join(nats, 0);
  await using worker = await join(nats, 2);

  await t.step(
    "a session is read whole at each, under the same ids",
    async () => {
      const id = await startSession(front, "steps=6 every=5 bytes=3000", {
        num_agents: 3,
      });
      const live = await readThrough([other.url], id, 0);
      assert.equal(assertWhole(live).length, 3 + 18 + 3 + 1);
      for (const server of [front, other, worker]) {
        assert.deepEqual(await readThrough([server.url], id, 0), live);
        const { status, ended_at } = await view(server, id);
        assert.equal(status, "complete");
        assert.notEqual(ended_at, null);
        const rest = await fetch(`${server.url}/sessions/${id}/stream`, {
          headers: { "Last-Event-ID": live[10]!.id },
        });
        assert.deepEqual(parseSse(await rest.text()).records, live.slice(11));
        const report = await fetch(`${server.url}/sessions/${id}/report`);
        assert.ok(/ · \d+\.\d s/.test(await report.text()), "no times");
      }
      for (const unknown of ["1a-1", "nonsense", "lost-3"]) {
        const { status, body } = await fetch(
          `${front.url}/sessions/${id}/stream`,
          { headers: { "Last-Event-ID": unknown } },
        );
        await body?.cancel();
        assert.equal(status, 410);
      }
    },
  );

  await t.step("events larger than a message come whole", async () => {
    const id = await startSession(front, "steps=2 every=0 bytes=2500000");
    const records = await readThrough([front.url], id, 0);
    assert.equal(assertWhole(records).length, 5);
    assert.equal(JSON.parse(records[1]!.data).image_b64.length, 2_500_000);
  });

  await t.step("a session that runs is stopped from elsewhere", async () => {
    const id = await startSession(front, "steps=100000 every=10");
    const reading = readThrough([front.url], id, 0);
    await until(
      async () => (await view(other, id)).status === "running",
      10_000,
    );
    const answer = await fetch(`${other.url}/sessions/${id}`, {
      method: "DELETE",
    });
    assert.equal(answer.status, 202);
    assert.equal((await answer.json()).status, "cancelled");
    assert.equal(assertWhole(await reading).at(-2)!.type, "agent_done");
    assert.equal((await view(front, id)).status, "cancelled");
    await until(async () => await worker.metric("test_runs") === 0, 5_000);
  });

  await t.step("a session that waits for a worker ends at once", async () => {
    const busy = await Promise.all(
      [0, 1].map(() => startSession(front, "steps=100000 every=10")),
    );
    await until(async () => await worker.metric("test_runs") === 2, 10_000);
    const id = await startSession(front, "steps=1");
    assert.equal((await view(other, id)).status, "queued");
    await (await fetch(`${other.url}/sessions/${id}`, { method: "DELETE" }))
      .body?.cancel();
    const records = await readThrough([front.url], id, 0);
    assert.equal(records.length, 1);
    assert.equal((await view(front, id)).status, "cancelled");
    for (const id of busy) {
      await (await fetch(`${front.url}/sessions/${id}`, { method: "DELETE" }))
        .body?.cancel();
    }
    await until(async () => await worker.metric("test_runs") === 0, 5_000);
  });

  await t.step(
    "a client of /stream_agents that leaves stops its run",
    async () => {
      const stop = new AbortController();
      const answer = await fetch(`${front.url}/stream_agents`, {
        ...startRequest("steps=100000 every=10"),
        signal: stop.signal,
      });
      await answer.body!.getReader().read();
      assert.equal(await worker.metric("test_runs"), 1);
      stop.abort();
      await until(async () => await worker.metric("test_runs") === 0, 5_000);
    },
  );

  await t.step("all list the same", async () => {
    const lists = await Promise.all([front, other, worker].map(
      async ({ url }) => await (await fetch(`${url}/sessions`)).json(),
    ));
    assert.equal(lists[0].sessions.length, 7);
    assert.deepEqual(lists[1], lists[0]);
    assert.deepEqual(lists[2], lists[0]);
    const { status, body } = await fetch(
      `${front.url}/sessions/${"0".repeat(32)}`,
    );
    await body?.cancel();
    assert.equal(status, 404);
  });

  await t.step("logs that nobody reads make room for others", async () => {
    const maxMemory = 400_000;
    await using small = await join(nats, 0, { limits: { maxMemory } });
    for (let i = 0; i < 3; i++) {
      const id = await startSession(front, "steps=10 every=0 bytes=20000");
      assertWhole(await readThrough([small.url], id, 0));
    }
    await until(
      async () => await small.metric("splatscout_log_bytes") <= maxMemory,
      5_000,
    );
  });

  await t.step(
    "files of lost sessions go once nobody knows of these",
    async () => {
      using data = temporary();
      const [old, recent] = ["a", "b"].map((digit) => digit.repeat(32));
      const store = EventStore.open(data.path, {
        sync: "interval",
        maxBytes: 1e9,
        onNotice: () => {},
      });
      for (const [id, age] of [[old!, 86_400_000], [recent!, 0]] as const) {
        await store.create({
          session_id: id,
          query: "a chair",
          num_agents: 1,
          created_at: new Date(Date.now() - age).toISOString(),
        });
      }
      store.close();
      const files = (): string[] =>
        [...Deno.readDirSync(data.path)].map(({ name }) => name)
          .filter((name) => name.endsWith(".ndjson"));
      assert.equal(files().length, 2);
      {
        await using _server = await join(nats, 0, { data: data.path });
        await until(() => files().length === 1, 5_000);
        assert.deepEqual(files(), [`${recent}.live.ndjson`]);
      }
    },
  );

  await t.step(
    "a worker that is told to stop gives its session back",
    async () => {
      const id = await startSession(front, "steps=60 every=50", {
        num_agents: 2,
      });
      const reading = readThrough([front.url], id, 0);
      await until(async () => await worker.metric("test_runs") === 1, 10_000);
      await using next = await join(nats, 2);
      worker.kill("SIGTERM");
      assert.equal((await worker.status).code, 0);
      await until(async () => await next.metric("test_runs") === 1, 5_000);
      assert.equal(assertWhole(await reading).length, 2 + 120 + 2 + 1);
    },
  );

  await t.step("agents fail only if no attempt is left", async () => {
    const id = await startSession(front, "steps=100000 every=10");
    const { connection, ...rest } = await openNats({ servers: nats.urls }, 1e6);
    await using next = await join(nats, 1);
    await until(async () => await next.metric("test_runs") === 1, 10_000);
    await changeState({ connection, ...rest }, id, {
      signal: new AbortController().signal,
      change: (state) => ({ ...state!, attempt: maxAttempts }),
    });
    await connection.close();
    next.kill("SIGKILL");
    await using last = await join(nats, 1);
    const events = assertWhole(await readThrough([last.url], id, 0));
    assert.equal(events.at(-2)!.type, "error");
    assert.match(
      JSON.stringify(events.at(-2)),
      /lost with its machine 5 times/,
    );
  });
});

Deno.test("without a cluster nothing of NATS is loaded", async () => {
  const entry = new URL("../../src/cli/serve.ts", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry.href],
    stderr: "null",
  }).output();
  interface Dependency {
    readonly specifier: string;
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier: string };
  }
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string; dependencies?: Dependency[] }[];
  };
  const bySpecifier = new Map(modules.map((module) => [
    module.specifier,
    module.dependencies ?? [],
  ]));
  const loaded = new Set([entry.href]);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of bySpecifier.get(specifier) ?? []) {
      if (code !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  assert.ok(loaded.size > 50);
  assert.deepEqual(
    [...loaded].filter((name) => /@nats-io|server\/cluster\//.test(name)),
    [],
  );
  assert.ok([...bySpecifier.keys()].some((name) => name.includes("@nats-io")));
});

/**
 * Three NATS servers, three servers and two workers as processes, which are
 * killed one after the other: nothing is lost, nothing comes twice.
 */

import assert from "node:assert/strict";
import { openNats } from "../../src/server/cluster/nats.ts";
import {
  type ServerProcess,
  startProcess,
  startSession,
  until,
} from "../server/harness.ts";
import { temporary } from "../temporary.ts";
import { assertWhole, readThrough } from "./checks.ts";
import {
  type NatsProcess,
  type NatsProcesses,
  startNats,
} from "./nats_process.ts";

/** Milliseconds after which the job of a silent worker goes to another, in tests. */
const ackWait = 2_000;

function join(
  { urls }: NatsProcesses,
  maxSessions: number,
  data?: string,
): Promise<ServerProcess> {
  return startProcess({
    cluster: { servers: urls, ackWait },
    limits: { maxSessions },
    ...(data === undefined ? {} : { data }),
  });
}

/** The server that leads the events. */
async function leaderOf(nats: NatsProcesses): Promise<NatsProcess> {
  const { connection, manager } = await openNats({ servers: nats.urls }, 1e6);
  const { cluster } = await manager.streams.info("SPLATSCOUT_EVENTS");
  await connection.close();
  return nats.servers.find(({ name }) => name === cluster!.leader)!;
}

Deno.test("workers, servers and the leader of NATS are killed in mid-run", async (t) => {
  await using nats = await startNats(3);
  await using first = await join(nats, 0);
  await using second = await join(nats, 0);
  await using third = await join(nats, 0);
  await using doomed = await join(nats, 4);
  const urls = [first.url, second.url, third.url];

  await t.step("a worker", async () => {
    const id = await startSession(first, "steps=50 every=50", {
      num_agents: 2,
    });
    const reading = readThrough(urls, id, 1);
    await until(async () => await doomed.metric("test_runs") === 1, 10_000);
    doomed.kill("SIGKILL");
    await using worker = await join(nats, 4);
    const records = await reading;
    assert.equal(assertWhole(records).length, 2 + 100 + 2 + 1);
    assert.deepEqual(await readThrough([worker.url], id, 0), records);
  });

  await using worker = await join(nats, 4);
  await t.step("a server under a hundred readers", async () => {
    const id = await startSession(
      first,
      "steps=60 every=50 bytes=3000 wait=3000",
    );
    const readers = Array.from(
      { length: 100 },
      () => readThrough(urls, id, 0),
    );
    await until(
      async () => await first.metric("splatscout_readers") === 100,
      20_000,
    );
    first.kill("SIGKILL");
    const all = await Promise.all(readers);
    assert.equal(assertWhole(all[0]!).length, 1 + 60 + 1 + 1);
    for (const records of all) assert.deepEqual(records, all[0]);
  });

  await t.step("the leader of the events", async () => {
    const id = await startSession(second, "steps=60 every=50");
    const reading = readThrough([second.url, third.url], id, 0);
    await until(async () => await worker.metric("test_runs") === 1, 10_000);
    const leader = await leaderOf(nats);
    await leader.kill();
    assert.equal(assertWhole(await reading).length, 1 + 60 + 1 + 1);
    await leader.start();
  });

  await t.step("a server of NATS that stands still", async () => {
    const id = await startSession(second, "steps=60 every=50");
    const reading = readThrough([second.url, third.url], id, 0);
    await until(async () => await worker.metric("test_runs") === 1, 10_000);
    const leader = await leaderOf(nats);
    leader.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 2 * ackWait));
    leader.signal("SIGCONT");
    assert.equal(assertWhole(await reading).length, 1 + 60 + 1 + 1);
  });

  await t.step("all of NATS", async () => {
    const id = await startSession(second, "steps=60 every=50");
    const reading = readThrough([second.url, third.url], id, 0);
    await until(async () => await worker.metric("test_runs") === 1, 10_000);
    await Promise.all(nats.servers.map((server) => server.kill()));
    await Promise.all(nats.servers.map((server) => server.start()));
    assert.equal(assertWhole(await reading).length, 1 + 60 + 1 + 1);
  });
});

Deno.test("what NATS has lost is published again from the worker's files", async () => {
  using data = temporary();
  {
    await using nats = await startNats(1);
    await using worker = await join(nats, 2, data.path);
    const ended = await startSession(worker, "steps=5 every=1", {
      num_agents: 2,
    });
    const before = assertWhole(await readThrough([worker.url], ended, 0));
    const running = await startSession(worker, "steps=60 every=50");
    await until(async () => await worker.metric("test_runs") === 1, 10_000);
    await nats.servers[0]!.kill();
    await Deno.remove(nats.servers[0]!.files, { recursive: true });
    await nats.servers[0]!.start();
    await using fresh = await join(nats, 0);
    await until(
      async () => {
        const answer = await fetch(`${fresh.url}/sessions/${ended}`);
        await answer.body?.cancel();
        return answer.ok;
      },
      20_000,
    );
    const after = await readThrough([fresh.url], ended, 0);
    assert.deepEqual(assertWhole(after), before);
    await until(async () => await worker.metric("test_runs") === 0, 20_000);
    const records = await readThrough([fresh.url], running, 0);
    assert.equal(assertWhole(records).length, 1 + 60 + 1 + 1);
  }
});

Deno.test("what has rotted on the disk of NATS is published again", async () => {
  using data = temporary();
  {
    await using nats = await startNats(1);
    await using worker = await join(nats, 2, data.path);
    const id = await startSession(worker, "steps=40 every=1 bytes=20000");
    const before = assertWhole(await readThrough([worker.url], id, 0));
    const [server] = nats.servers;
    await server!.kill();
    const block = `${
      server!.files
    }/jetstream/$G/streams/SPLATSCOUT_EVENTS/msgs/1.blk`;
    const bytes = await Deno.readFile(block);
    for (const part of [0.3, 0.5, 0.7]) {
      bytes[Math.floor(part * bytes.length)]! ^= 1;
    }
    await Deno.writeFile(block, bytes);
    await server!.start();
    await until(() => worker.log().includes("lost event(s)"), 20_000);
    await using fresh = await join(nats, 0);
    const after = await readThrough([fresh.url], id, 0);
    assert.deepEqual(assertWhole(after), before);
  }
});

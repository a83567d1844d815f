/**
 * Machines and networks that are lost, or only seem to be: processes that
 * stand still and go on later, networks that stall, agents and consumers whose
 * server is gone. Most of that is waiting, so it happens at once.
 */

import assert from "node:assert/strict";
import { follow } from "../../src/server/cluster/follow.ts";
import {
  eventsStream,
  eventsSubject,
  openNats,
} from "../../src/server/cluster/nats.ts";
import { startProcess, startSession, until } from "../server/harness.ts";
import { naiveRead } from "../sse.ts";
import { assertWhole, readThrough } from "./checks.ts";
import { startNats } from "./nats_process.ts";
import { StallingProxy } from "./stalling_proxy.ts";

/** Milliseconds after which the job of a silent worker goes to another, in tests. */
const ackWait = 1_000;

/** A server with the demo flat and real agents. */
const script = new URL("./baseline_server.ts", import.meta.url).pathname;

async function standsStill(): Promise<void> {
  await using nats = await startNats(1);
  const cluster = { servers: nats.urls, ackWait };
  await using front = await startProcess({
    cluster,
    limits: { maxSessions: 0 },
  });
  await using still = await startProcess({ cluster });
  const id = await startSession(front, "steps=60 every=50", {
    num_agents: 2,
  });
  const reading = readThrough([front.url], id, 0);
  await until(async () => await still.metric("test_runs") === 1, 10_000);
  still.kill("SIGSTOP");
  await using next = await startProcess({ cluster });
  await until(async () => await next.metric("test_runs") === 1, 10_000);
  still.kill("SIGCONT");
  await until(async () => await still.metric("test_runs") === 0, 3_000);
  assert.equal(await next.metric("test_runs"), 1);
  const records = await reading;
  assert.equal(assertWhole(records).length, 2 + 120 + 2 + 1);
  assert.deepEqual(await readThrough([next.url], id, 0), records);
}

async function isCutOff(): Promise<void> {
  await using nats = await startNats(1);
  const cluster = { servers: nats.urls, ackWait };
  await using network = new StallingProxy(Number(new URL(nats.urls[0]!).port));
  await using front = await startProcess({
    cluster,
    limits: { maxSessions: 0 },
  });
  await using far = await startProcess({
    cluster: { servers: [`nats://127.0.0.1:${network.port}`], ackWait },
  });
  const id = await startSession(front, "steps=60 every=50", {
    num_agents: 2,
  });
  const reading = readThrough([front.url], id, 0);
  await until(async () => await far.metric("test_runs") === 1, 10_000);
  network.stall();
  await using next = await startProcess({ cluster });
  await until(async () => await next.metric("test_runs") === 1, 10_000);
  network.resume();
  await until(async () => await far.metric("test_runs") === 0, 15_000);
  const records = await reading;
  assert.equal(assertWhole(records).length, 2 + 120 + 2 + 1);
  assert.deepEqual(await readThrough([far.url], id, 0), records);
}

async function agentsGoOn(): Promise<void> {
  await using nats = await startNats(1);
  const cluster = { servers: nats.urls, ackWait };
  await using front = await startProcess({
    cluster,
    limits: { maxSessions: 0 },
  });
  await using doomed = await startProcess({ cluster }, { script });
  const id = await startSession(front, "find the violet elephant", {
    num_agents: 2,
    max_steps: 8,
  });
  let seen = 0;
  const stream = await fetch(`${front.url}/sessions/${id}/stream`);
  for await (const { type } of naiveRead(stream)) {
    if (type === "agent_step") seen++;
    if (seen === 5) break;
  }
  doomed.kill("SIGKILL");
  await using next = await startProcess({ cluster }, { script });
  const records = await readThrough([front.url], id, 0);
  const events = assertWhole(records);
  const steps = events.filter((event) => event.type === "agent_step");
  assert.equal(events.length, 2 + 16 + 2 + 1);
  assert.deepEqual(await readThrough([next.url], id, 0), records);
  // Each agent looks once more from its last pose, and then moves on.
  for (const agent of [0, 1]) {
    const poses = steps.filter(({ agent_id }) => agent_id === agent)
      .map(({ pose: { x, y, yaw } }) => `${x} ${y} ${yaw}`);
    const again = poses.filter((pose, i) => pose === poses[i - 1]);
    assert.equal(again.length, 1, poses.join("\n"));
  }
}

async function isFollowed(): Promise<void> {
  await using processes = await startNats(3);
  const nats = await openNats({ servers: processes.urls }, 60_000);
  const stop = new AbortController();
  const subject = eventsSubject("0");
  await nats.client.publish(subject, "first", { timeout: 10_000 });
  const seen: string[] = [];
  const following = (async () => {
    while (!stop.signal.aborted) {
      const messages = follow(nats, {
        stream: eventsStream,
        consumer: {
          filter_subjects: subject,
          opt_start_seq: seen.length + 1,
        },
        signal: stop.signal,
      });
      for await (const message of messages) {
        seen.push(message.string());
        if (seen.length === 2) stop.abort();
      }
    }
  })();
  let leader: string | undefined;
  while (leader === undefined) {
    for await (
      const { cluster } of nats.manager.consumers.list(eventsStream)
    ) {
      leader = cluster?.leader;
    }
  }
  await processes.servers.find(({ name }) => name === leader)!.kill();
  await until(async () => {
    const options = { msgID: "second", timeout: 5_000 };
    const published = nats.client.publish(subject, "second", options);
    return await published.then(() => true, () => false);
  }, 30_000);
  await following;
  assert.deepEqual(seen, ["first", "second"]);
  await nats.connection.close();
}

Deno.test("nothing is lost or told twice where a machine is lost, or seems to be", async (t) => {
  const cases = {
    "a worker that stood still stops as soon as it goes on": standsStill,
    "a worker that is cut off stops as soon as it hears again": isCutOff,
    "agents whose machine is lost go on elsewhere from where they stood":
      agentsGoOn,
    "a stream is followed on when the server of its consumer is gone":
      isFollowed,
  };
  const all = Object.entries(cases).map(([name, fn]) =>
    t.step({
      name,
      fn,
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
    })
  );
  assert.deepEqual(new Set(await Promise.all(all)), new Set([true]));
});

/**
 * What is neither alive nor dead: processes that stand still and go on later,
 * and networks that stall.
 */

import assert from "node:assert/strict";
import { startProcess, startSession, until } from "../server/harness.ts";
import { assertWhole, readThrough } from "./checks.ts";
import { startNats } from "./nats_process.ts";

/** Milliseconds after which the job of a silent worker goes to another, in tests. */
const ackWait = 1_000;

Deno.test("a worker that stood still stops as soon as it goes on", async () => {
  await using nats = await startNats(1);
  const cluster = { servers: nats.urls, ackWait };
  await using front = await startProcess({
    cluster,
    limits: { maxSessions: 0 },
  });
  await using still = await startProcess({ cluster });
  const id = await startSession(front, "steps=100 every=50", {
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
  assert.equal(assertWhole(records).length, 2 + 200 + 2 + 1);
  assert.deepEqual(await readThrough([next.url], id, 0), records);
});

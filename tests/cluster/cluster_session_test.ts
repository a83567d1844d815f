import assert from "node:assert/strict";
import { ClusterSession } from "../../src/server/cluster/cluster_session.ts";
import type { Nats } from "../../src/server/cluster/nats.ts";

Deno.test("a log that could not be had takes no later one with it", async () => {
  const asked: PromiseWithResolvers<null>[] = [];
  const nats = {
    manager: {
      streams: {
        getMessage: () => {
          asked.push(Promise.withResolvers());
          return asked.at(-1)!.promise;
        },
        info: () => Promise.reject(new Error("away")),
      },
    },
    client: { consumers: { get: () => Promise.reject(new Error("away")) } },
  } as unknown as Nats;
  const session = new ClusterSession(nats, {
    header: {
      session_id: "0".repeat(32),
      query: "x",
      num_agents: 1,
      created_at: "2026-01-01T00:00:00.000Z",
    },
    status: "running",
    attempt: 1,
  }, () => Promise.resolve());
  const first = session.openLog();
  session.close(); // Memory was short.
  const second = session.openLog();
  asked[1]!.resolve(null);
  const log = await second;
  asked[0]!.reject(new Error("timeout"));
  await assert.rejects(first, /Cannot reach NATS/);
  assert.equal(await session.openLog(), log);
  session.close();
});

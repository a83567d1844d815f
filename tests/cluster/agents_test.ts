/** Real agents whose machine is lost while they search. */

import assert from "node:assert/strict";
import { naiveRead, startProcess, startSession } from "../server/harness.ts";
import { assertWhole, readThrough } from "./checks.ts";
import { startNats } from "./nats_process.ts";

const script = new URL("./baseline_server.ts", import.meta.url).pathname;

Deno.test("agents whose machine is lost go on elsewhere from where they stood", async () => {
  await using nats = await startNats(1);
  const cluster = { servers: nats.urls, ackWait: 1_000 };
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
});
